// The names that the rules of one stage take and make, for one assignment of the params.
#ifndef WEFT_MAPPING_LINT_STAGE_NAMES_H_
#define WEFT_MAPPING_LINT_STAGE_NAMES_H_

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/document.h"
#include "mapping/lint/assignments.h"
#include "mapping/lint/automaton.h"
#include "mapping/lint/exclusion.h"
#include "mapping/lint/name_language.h"
#include "mapping/lint/rule_names.h"
#include "mapping/lint/word_search.h"

namespace weft {

// A name of a rule of the stage.
struct StagePlace {
  size_t rule = 0;
  NamePlace name;
};

// The names of one place: an automaton, and what the names, or those they are made of, must not be.
struct PlaceNames {
  std::shared_ptr<const Automaton> automaton;
  std::shared_ptr<Exclusion> exclusion;

  WordReader reader() const { return {automaton.get(), exclusion.get()}; }
};

// Patterns of a rule that restrict a name of it.
enum class Restriction {
  kOwn,      // the name's own pattern
  kTargets,  // and those of the other side
  kRule,     // all of the rule: what a group needs to be complete
};

// The free params on which anything about the names of the rule depends.
std::set<std::string> FreeParamsOf(const internal::MappingDocument& document, size_t stage,
                                   size_t rule, const ParamAssignments& params);

// As far as params decide whether the evidence holds; nullopt where names, shapes or dtypes do.
std::optional<bool> HoldsByParams(const Guard& guard, const Expression::Resolver& resolver);

class StageNames {
 public:
  // All arguments outlive this.
  StageNames(const internal::MappingDocument& document, size_t stage,
             const ParamAssignments& params, Assignment assignment, RegexCache& cache,
             uint64_t* total_steps);
  StageNames(const StageNames&) = delete;
  StageNames& operator=(const StageNames&) = delete;

  const Assignment& assignment() const { return assignment_; }
  const Expression::Resolver& resolver() const { return resolver_; }

  // False where the rule's `when`, or the stage's evidence as far as it is about params, does not
  // hold, or cannot be evaluated with these values.
  bool IsOn(size_t rule) const;

  // The names that the rule takes there, read as it is written. nullopt where a pattern has no
  // meaning with these values.
  std::optional<PlaceNames> Taken(const StagePlace& place, Restriction restriction);
  // The names that it reads there, be it that it yields them to another rule.
  std::optional<PlaceNames> Read(const StagePlace& place);
  // The names that it makes there, each made of a name that it takes.
  std::optional<PlaceNames> Made(const StagePlace& place);
  // All names of a pattern with variables of its own; null where it has no meaning here.
  std::shared_ptr<const Automaton> OwnNames(const NamePattern& name);
  // All names that `keys` list; null where they list none, and for no keys.
  std::shared_ptr<const Automaton> Keys(const std::vector<NamePattern>& keys);
  bool IsKey(const std::vector<NamePattern>& keys, std::string_view name);

  // False where the pattern matches nothing at all.
  bool HasNames(const Pattern& pattern, const VariableTable& variables);

  // The rule's own judgement of names.
  RuleNames& Judge(size_t rule);

  // The patterns resolved; an error of the kind kPatternSyntax says that an index is none.
  absl::Status Resolve(size_t rule);

 private:
  const internal::CheckedStage& stage() const { return document_.stages[stage_]; }
  std::optional<ResolvedPattern> ResolvedOf(const Pattern& pattern, const VariableTable& variables);
  std::shared_ptr<Exclusion> NewExclusion(size_t rule);
  std::shared_ptr<Exclusion> ExclusionOf(size_t rule);
  bool ExcludeOthers(size_t rule, Exclusion* exclusion);
  bool TakenByOthers(size_t rule, std::string_view name);
  std::shared_ptr<const Automaton> Built(Automaton automaton);

  const internal::MappingDocument& document_;
  const size_t stage_;
  const Assignment assignment_;
  const Expression::Resolver resolver_;
  RegexCache& cache_;
  uint64_t* total_steps_;
  struct Judged {
    RuleNames::TakenByOthers others;
    std::unique_ptr<RuleNames> names;
  };
  std::map<size_t, Judged> judges_;
  std::map<size_t, std::shared_ptr<Exclusion>> exclusions_;
  std::map<const std::vector<NamePattern>*, std::shared_ptr<const Automaton>> keys_;
  using Key = std::tuple<size_t, int, size_t, size_t, int>;
  std::map<Key, std::optional<PlaceNames>> names_;
};

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_STAGE_NAMES_H_
