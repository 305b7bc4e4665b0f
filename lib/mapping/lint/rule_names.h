// What one rule does with one name, by its own matchers: the judge of every witness.
#ifndef WEFT_MAPPING_LINT_RULE_NAMES_H_
#define WEFT_MAPPING_LINT_RULE_NAMES_H_

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mapping/document.h"
#include "mapping/expression.h"
#include "mapping/pattern.h"

namespace weft {

// A name of a tensor of a rule: its own is number 0, then those of `copies`.
struct NamePlace {
  Side side = Side::kFrom;
  size_t tensor = 0;
  size_t name = 0;
};

class RuleNames {
 public:
  // True when a rule that goes before takes the name; for `otherwise`.
  using TakenByOthers = std::function<bool(std::string_view name)>;

  // All arguments outlive this. `others` may be null.
  RuleNames(const internal::CheckedRule& rule, const Expression::Resolver& resolver,
            RegexCache& cache, const TakenByOthers* others);

  // Read as the rule is written, is the name taken? Then `*bindings`, which may be null, are set.
  bool Takes(size_t tensor, size_t name, std::string_view text, Bindings* bindings);

  // The names from which the rule makes `target`, one for each tensor where it can be told; nullopt
  // where it does not make it.
  std::optional<std::vector<std::string>> SourcesOf(size_t tensor, size_t name,
                                                    std::string_view target);

  // One name of each tensor that the rule makes for these bindings, where there is one.
  std::vector<std::string> TargetsOf(const Bindings& bindings);

  // Whether the rule takes the name and has no name to give for it on the other side.
  bool TakesWithoutTarget(size_t tensor, size_t name, std::string_view text);

  // The message of an `unless` pattern that reads a name in two ways which the rule would take.
  std::optional<std::string> TwoReadingsOfUnless(size_t unless, size_t tensor, size_t name,
                                                 std::string_view text);

  // The message of the reader, with both readings, where the name reads in two ways. An `otherwise`
  // rule reads a name before it yields.
  std::optional<std::string> TwoReadings(NamePlace place, std::string_view text);

 private:
  bool MatchesUnless(std::string_view from_name);
  bool IsExcluded(std::string_view from_name);

  const internal::CheckedRule& rule_;
  const TakenByOthers* others_;
  std::vector<std::vector<PatternMatcher>> from_;  // by tensor and name
  std::vector<std::vector<PatternMatcher>> to_;
  std::vector<PatternMatcher> unless_;
};

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_RULE_NAMES_H_
