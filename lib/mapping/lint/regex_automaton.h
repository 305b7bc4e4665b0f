// A regular expression as an automaton.
#ifndef WEFT_MAPPING_LINT_REGEX_AUTOMATON_H_
#define WEFT_MAPPING_LINT_REGEX_AUTOMATON_H_

#include <string_view>

#include "mapping/lint/automaton.h"

namespace weft {

// Of an expression that RE2 accepts. Literals, escapes, classes, `.`, groups, alternatives and
// repetitions are followed; where something else stands (anchors, flags, \pL, [:alpha:], deep
// nesting, large counts) the automaton accepts every text and says that it is not exact.
Automaton RegexAutomaton(std::string_view regex);

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_REGEX_AUTOMATON_H_
