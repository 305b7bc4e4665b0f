// Rules as data (weft/rules.h) → checked rules: patterns, layouts and expressions parsed, variables
// sorted into groups and lists, cells of both sides compared. All errors are collected.
#ifndef WEFT_MAPPING_RULE_CHECKER_H_
#define WEFT_MAPPING_RULE_CHECKER_H_

#include <functional>
#include <string>
#include <string_view>

#include "diagnostic/status.h"
#include "mapping/document.h"
#include "weft/limits.h"
#include "weft/rules.h"

namespace weft {

// Where a field of a rule stands, for messages. `pointer` is relative to the rule: "" for the rule
// itself,
// "/from/gate/0" for a pattern.
using PlaceOf = std::function<std::string(std::string_view pointer)>;

// Adds what is wrong to `diagnostics`; the result is complete only when nothing was added.
internal::CheckedRule CheckRule(const Rule& rule, const PlaceOf& place, const Tables& tables,
                                const Limits& limits, Diagnostics& diagnostics);

}  // namespace weft

#endif  // WEFT_MAPPING_RULE_CHECKER_H_
