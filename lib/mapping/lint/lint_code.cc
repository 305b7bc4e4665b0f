#include "weft/lint.h"

namespace weft {

std::string_view NameOf(LintCode code) {
  switch (code) {
    case LintCode::kAmbiguousPattern:
      return "AMBIGUOUS_PATTERN";
    case LintCode::kOverlappingDomains:
      return "OVERLAPPING_DOMAINS";
    case LintCode::kOverlappingRanges:
      return "OVERLAPPING_RANGES";
    case LintCode::kNameWithoutTarget:
      return "NAME_WITHOUT_TARGET";
    case LintCode::kUnreachableRule:
      return "UNREACHABLE_RULE";
    case LintCode::kVariableLost:
      return "VARIABLE_LOST";
    case LintCode::kNotInvertible:
      return "NOT_INVERTIBLE";
    case LintCode::kParamNotOnWayBack:
      return "PARAM_NOT_ON_WAY_BACK";
    case LintCode::kBadIndex:
      return "BAD_INDEX";
    case LintCode::kUnusedParam:
      return "UNUSED_PARAM";
    case LintCode::kUnusedTable:
      return "UNUSED_TABLE";
    case LintCode::kUnusedSize:
      return "UNUSED_SIZE";
    case LintCode::kRuleWithoutKeys:
      return "RULE_WITHOUT_KEYS";
    case LintCode::kOverlappingShares:
      return "OVERLAPPING_SHARES";
    case LintCode::kUndecided:
      return "UNDECIDED";
  }
  return "";
}

}  // namespace weft
