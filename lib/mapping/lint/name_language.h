// The names that a pattern stands for, as an automaton.
#ifndef WEFT_MAPPING_LINT_NAME_LANGUAGE_H_
#define WEFT_MAPPING_LINT_NAME_LANGUAGE_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/expression.h"
#include "mapping/lint/automaton.h"
#include "mapping/lint/index_set.h"
#include "mapping/pattern.h"
#include "mapping/resolved_index.h"

namespace weft {

// A pattern whose expressions have their values.
struct ResolvedPattern {
  const Pattern* pattern = nullptr;
  std::vector<ResolvedIndex> indexes;  // by token

  // Errors: those of ResolveIndex.
  static absl::StatusOr<ResolvedPattern> Of(const Pattern& pattern, const VariableTable& variables,
                                            const Expression::Resolver& resolver);
};

// The values that a variable can have.
struct VariableDomain {
  bool is_index = false;
  IndexSet indexes;                              // of an index
  std::optional<std::vector<std::string>> rows;  // of a text: one of these; nullopt: any
  std::vector<const PatternToken*> texts;        // … that each of these tokens reads
  bool exact = true;                             // false: it may have fewer

  bool empty() const { return is_index ? indexes.empty() : rows.has_value() && rows->empty(); }
};

// By number of the variable.
using VariableDomains = std::map<int, VariableDomain>;

// What all patterns together say of their variables.
VariableDomains DomainsOf(const std::vector<const ResolvedPattern*>& patterns);

// The domain of one value.
VariableDomain SingleIndex(int64_t index);
VariableDomain SingleText(const std::string& canonical);

// The first values of a domain that lists them; nullopt where it does not, or has more than `most`.
std::optional<std::vector<VariableDomain>> ValuesOf(const VariableDomain& domain, size_t most);

// The names that the pattern has for values in `domains`.
Automaton NamesOf(const ResolvedPattern& pattern, const VariableDomains& domains);

// The same for `written`, with the name that `source` has for the same values on the second tape.
// There is no second tape where the two do not go in step: variables in another order, a variable
// of several values that stands in `source` alone, an endless index that is written as other
// numbers.
Automaton NamesMadeOf(const ResolvedPattern& written, const ResolvedPattern& source,
                      const VariableDomains& domains);

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_NAME_LANGUAGE_H_
