#include "mapping/resolved_index.h"

#include <algorithm>
#include <string>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {
namespace {

absl::Status ResolveWritten(const PatternToken& token, const Pattern& pattern,
                            const VariableTable& variables, const Expression::Resolver& resolver,
                            ResolvedIndex* resolved) {
  const std::string& variable = variables.name(token.variable);
  int64_t at[4] = {};
  for (int64_t x = 0; x < 4; ++x) {
    const Expression::Resolver with_index =
        [&](std::string_view name) -> absl::StatusOr<ParamValue> {
      if (name == variable) return ParamValue::Integer(x);
      return resolver(name);
    };
    WEFT_ASSIGN_OR_RETURN(at[x], token.written->EvaluateInteger(with_index));
  }
  resolved->offset = at[0];
  int64_t steps[3] = {};
  bool affine = true;
  for (int x = 0; x < 3; ++x) {
    affine = affine && !__builtin_sub_overflow(at[x + 1], at[x], &steps[x]);
  }
  resolved->slope = steps[0];
  if (affine && steps[0] != 0 && steps[1] == steps[0] && steps[2] == steps[0]) {
    return absl::OkStatus();
  }
  return ErrorStatus(ErrorCode::kPatternSyntax, pattern.where(),
                     absl::StrFormat("{%s} is not of the form a * %s + b",
                                     Escaped(token.written->text()), variable));
}

}  // namespace

bool ResolvedIndex::Contains(uint64_t index) const {
  if (ranges.empty()) return true;
  const auto value = static_cast<int64_t>(index);
  return std::any_of(ranges.begin(), ranges.end(), [value](const Range& range) {
    return value >= range.first && (range.open || value <= range.last) &&
           // The distance may exceed an int64_t, not a uint64_t.
           (static_cast<uint64_t>(value) - static_cast<uint64_t>(range.first)) %
                   static_cast<uint64_t>(range.step) ==
               0;
  });
}

absl::StatusOr<ResolvedIndex> ResolveIndex(const PatternToken& token, const Pattern& pattern,
                                           const VariableTable& variables,
                                           const Expression::Resolver& resolver) {
  ResolvedIndex resolved;
  if (token.written.has_value()) {
    WEFT_RETURN_IF_ERROR(ResolveWritten(token, pattern, variables, resolver, &resolved));
  }
  for (const PatternToken::Range& range : token.ranges) {
    ResolvedIndex::Range values;
    WEFT_ASSIGN_OR_RETURN(values.first, range.first.EvaluateInteger(resolver));
    values.last = values.first;
    values.open = !range.single && !range.last.has_value();
    if (range.last.has_value()) {
      WEFT_ASSIGN_OR_RETURN(values.last, range.last->EvaluateInteger(resolver));
    }
    if (range.step.has_value()) {
      WEFT_ASSIGN_OR_RETURN(values.step, range.step->EvaluateInteger(resolver));
    }
    if (values.step < 1) {
      return ErrorStatus(ErrorCode::kPatternSyntax, pattern.where(),
                         absl::StrFormat("the step of a set in pattern \"%s\" is %d; expected "
                                         "1 or more",
                                         Escaped(pattern.text()), values.step));
    }
    resolved.ranges.push_back(values);
  }
  return resolved;
}

}  // namespace weft
