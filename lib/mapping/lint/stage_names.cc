#include "mapping/lint/stage_names.h"

#include <algorithm>
#include <utility>

#include "diagnostic/status.h"

namespace weft {
namespace {

using internal::CheckedName;
using internal::CheckedRule;
using internal::CheckedTensor;

// Collects the free params of what a stage holds.
class FreeParams {
 public:
  FreeParams(const ParamAssignments& params, size_t scope) : params_(params), scope_(scope) {}

  void Add(const Expression& expression) { params_.AddFree(scope_, expression, &free_); }

  void Add(const Pattern& pattern, const VariableTable& variables) {
    for (const PatternToken& token : pattern.tokens()) {
      if (token.written.has_value()) {
        for (const std::string& name : token.written->names()) {
          if (name != variables.name(token.variable)) params_.AddFree(scope_, name, &free_);
        }
      }
      for (const PatternToken::Range& range : token.ranges) {
        Add(range.first);
        if (range.last.has_value()) Add(*range.last);
        if (range.step.has_value()) Add(*range.step);
      }
    }
  }

  void Add(const std::vector<NamePattern>& names) {
    for (const NamePattern& name : names) Add(*name.pattern, name.variables);
  }

  void Add(const Guard& guard) {
    if (guard.param.has_value()) Add(*guard.param);
    for (const Guard& part : guard.parts) Add(part);
  }

  void Add(const CheckedRule& rule) {
    if (rule.when.has_value()) Add(*rule.when);
    for (const auto* side : {&rule.from, &rule.to}) {
      for (const CheckedTensor& tensor : *side) {
        for (const CheckedName& name : tensor.names) Add(*name.pattern, rule.variables);
      }
    }
    Add(rule.unless);
  }

  std::set<std::string> Take() { return std::move(free_); }

 private:
  const ParamAssignments& params_;
  const size_t scope_;
  std::set<std::string> free_;
};

}  // namespace

std::set<std::string> FreeParamsOf(const internal::MappingDocument& document, size_t stage,
                                   size_t rule, const ParamAssignments& params) {
  const internal::CheckedStage& checked = document.stages[stage];
  FreeParams free(params, checked.scope);
  free.Add(checked.rules[rule]);
  if (checked.when.has_value()) free.Add(*checked.when);
  if (stage == 0) free.Add(document.from_keys);
  if (stage + 1 == document.stages.size()) free.Add(document.to_keys);
  if (checked.rules[rule].otherwise) {
    for (const CheckedRule& other : checked.rules) free.Add(other);
  }
  return free.Take();
}

std::optional<bool> HoldsByParams(const Guard& guard, const Expression::Resolver& resolver) {
  switch (guard.kind) {
    case Guard::Kind::kParam: {
      const absl::StatusOr<bool> holds = guard.param->EvaluateBool(resolver);
      return holds.ok() && *holds;
    }
    case Guard::Kind::kAll:
    case Guard::Kind::kAny: {
      const bool decisive = guard.kind == Guard::Kind::kAny;
      std::optional<bool> all = !decisive;
      for (const Guard& part : guard.parts) {
        const std::optional<bool> holds = HoldsByParams(part, resolver);
        if (holds == decisive) return decisive;
        if (!holds.has_value()) all.reset();
      }
      return all;
    }
    case Guard::Kind::kNot: {
      const std::optional<bool> holds = HoldsByParams(guard.parts.front(), resolver);
      return holds.has_value() ? std::optional<bool>(!*holds) : std::nullopt;
    }
    default:
      return std::nullopt;
  }
}

StageNames::StageNames(const internal::MappingDocument& document, size_t stage,
                       const ParamAssignments& params, Assignment assignment, RegexCache& cache,
                       uint64_t* total_steps)
    : document_(document),
      stage_(stage),
      assignment_(std::move(assignment)),
      resolver_(params.ResolverOf(document.stages[stage].scope, assignment_)),
      cache_(cache),
      total_steps_(total_steps) {}

bool StageNames::IsOn(size_t rule) const {
  if (stage().when.has_value() && HoldsByParams(*stage().when, resolver_) == false) return false;
  const std::optional<Expression>& when = stage().rules[rule].when;
  if (!when.has_value()) return true;
  const absl::StatusOr<bool> holds = when->EvaluateBool(resolver_);
  return holds.ok() && *holds;
}

std::optional<ResolvedPattern> StageNames::ResolvedOf(const Pattern& pattern,
                                                      const VariableTable& variables) {
  absl::StatusOr<ResolvedPattern> resolved = ResolvedPattern::Of(pattern, variables, resolver_);
  if (!resolved.ok()) return std::nullopt;
  return *std::move(resolved);
}

absl::Status StageNames::Resolve(size_t rule) {
  const CheckedRule& checked = stage().rules[rule];
  for (const auto* side : {&checked.from, &checked.to}) {
    for (const CheckedTensor& tensor : *side) {
      for (const CheckedName& name : tensor.names) {
        WEFT_RETURN_IF_ERROR(
            ResolvedPattern::Of(*name.pattern, checked.variables, resolver_).status());
      }
    }
  }
  for (const NamePattern& unless : checked.unless) {
    WEFT_RETURN_IF_ERROR(
        ResolvedPattern::Of(*unless.pattern, unless.variables, resolver_).status());
  }
  return absl::OkStatus();
}

bool StageNames::HasNames(const Pattern& pattern, const VariableTable& variables) {
  const std::optional<ResolvedPattern> resolved = ResolvedOf(pattern, variables);
  if (!resolved.has_value()) return true;
  const VariableDomains domains = DomainsOf({&*resolved});
  return std::none_of(domains.begin(), domains.end(),
                      [](const auto& entry) { return entry.second.empty(); });
}

std::shared_ptr<const Automaton> StageNames::Built(Automaton automaton) {
  *total_steps_ -= std::min<uint64_t>(*total_steps_, automaton.states.size());
  return std::make_shared<const Automaton>(std::move(automaton));
}

std::shared_ptr<const Automaton> StageNames::OwnNames(const NamePattern& name) {
  const std::optional<ResolvedPattern> resolved = ResolvedOf(*name.pattern, name.variables);
  if (!resolved.has_value()) return nullptr;
  return Built(NamesOf(*resolved, DomainsOf({&*resolved})));
}

std::shared_ptr<const Automaton> StageNames::Keys(const std::vector<NamePattern>& keys) {
  if (keys.empty()) return nullptr;
  const auto [found, added] = keys_.try_emplace(&keys);
  if (!added) return found->second;
  Automaton all;
  all.end = all.NewState();
  for (const NamePattern& key : keys) {
    const auto names = OwnNames(key);
    // A pattern without a meaning here could list any name.
    if (names == nullptr || all.is_full()) return found->second = nullptr;
    AutomatonPieces pieces(all, 0, true);
    all.AddJump(pieces.Inserted(all.start, *names), all.end);
  }
  return found->second = Built(std::move(all));
}

bool StageNames::IsKey(const std::vector<NamePattern>& keys, std::string_view name) {
  if (keys.empty()) return true;
  return std::any_of(keys.begin(), keys.end(), [&](const NamePattern& key) {
    PatternMatcher matcher(key.pattern, key.variables, resolver_, cache_);
    Bindings bindings(static_cast<size_t>(key.variables.size()));
    const absl::StatusOr<bool> matches = matcher.Match(name, bindings);
    return matches.ok() && *matches;
  });
}

// Of an `otherwise` rule: the names that the other rules take. False where they are not known.
bool StageNames::ExcludeOthers(size_t rule, Exclusion* exclusion) {
  for (size_t other = 0; other < stage().rules.size(); ++other) {
    const CheckedRule& checked = stage().rules[other];
    if (other == rule || checked.otherwise || checked.direction == RuleDirection::kReverse ||
        !IsOn(other)) {
      continue;
    }
    std::vector<std::shared_ptr<const Automaton>> but_not;
    for (const NamePattern& unless : checked.unless) {
      but_not.push_back(OwnNames(unless));
      if (but_not.back() == nullptr) return false;
    }
    for (const CheckedTensor& tensor : checked.from) {
      for (const CheckedName& name : tensor.names) {
        const auto resolved = ResolvedOf(*name.pattern, checked.variables);
        if (!resolved.has_value()) return false;
        exclusion->Exclude(Built(NamesOf(*resolved, DomainsOf({&*resolved}))), but_not);
      }
    }
  }
  return true;
}

// What `unless` and the keys of the mapping leave out.
std::shared_ptr<Exclusion> StageNames::NewExclusion(size_t rule) {
  const CheckedRule& checked = stage().rules[rule];
  auto exclusion = std::make_shared<Exclusion>();
  for (const NamePattern& unless : checked.unless) {
    const auto names = OwnNames(unless);
    if (names == nullptr) return nullptr;
    exclusion->Exclude(names);
  }
  if (stage_ == 0 && checked.direction != RuleDirection::kReverse) {
    const auto keys = Keys(document_.from_keys);
    if (keys != nullptr) exclusion->Require({keys});
  }
  return exclusion;
}

std::shared_ptr<Exclusion> StageNames::ExclusionOf(size_t rule) {
  const auto [found, added] = exclusions_.try_emplace(rule);
  if (!added) return found->second;
  const CheckedRule& checked = stage().rules[rule];
  auto exclusion = NewExclusion(rule);
  if (exclusion != nullptr && checked.otherwise && checked.direction != RuleDirection::kReverse &&
      !ExcludeOthers(rule, exclusion.get())) {
    return nullptr;
  }
  return found->second = std::move(exclusion);
}

std::optional<PlaceNames> StageNames::Read(const StagePlace& place) {
  std::optional<PlaceNames> names = Taken(place, Restriction::kOwn);
  if (names.has_value() && stage().rules[place.rule].otherwise) {
    names->exclusion = NewExclusion(place.rule);
  }
  return names;
}

bool StageNames::TakenByOthers(size_t rule, std::string_view name) {
  for (size_t other = 0; other < stage().rules.size(); ++other) {
    const CheckedRule& checked = stage().rules[other];
    if (other == rule || checked.otherwise || checked.direction == RuleDirection::kReverse ||
        !IsOn(other)) {
      continue;
    }
    for (size_t tensor = 0; tensor < checked.from.size(); ++tensor) {
      for (size_t n = 0; n < checked.from[tensor].names.size(); ++n) {
        if (Judge(other).Takes(tensor, n, name, nullptr)) return true;
      }
    }
  }
  return false;
}

RuleNames& StageNames::Judge(size_t rule) {
  Judged& judged = judges_[rule];
  if (judged.names == nullptr) {
    judged.others = [this, rule](std::string_view name) { return TakenByOthers(rule, name); };
    judged.names =
        std::make_unique<RuleNames>(stage().rules[rule], resolver_, cache_, &judged.others);
  }
  return *judged.names;
}

std::optional<PlaceNames> StageNames::Taken(const StagePlace& place, Restriction restriction) {
  const Key key = {place.rule, 0, place.name.tensor, place.name.name,
                   static_cast<int>(restriction)};
  const auto [found, added] = names_.try_emplace(key);
  if (!added) return found->second;
  const CheckedRule& rule = stage().rules[place.rule];
  std::vector<ResolvedPattern> resolved;
  const auto add = [&](const Pattern& pattern) {
    auto one = ResolvedOf(pattern, rule.variables);
    if (!one.has_value()) return false;
    resolved.push_back(*std::move(one));
    return true;
  };
  if (!add(*rule.from[place.name.tensor].names[place.name.name].pattern)) return std::nullopt;
  if (restriction == Restriction::kRule) {
    for (const CheckedTensor& tensor : rule.from) {
      if (!add(tensor.pattern())) return std::nullopt;
    }
  }
  for (const CheckedTensor& tensor : rule.to) {
    if (restriction == Restriction::kOwn) break;
    for (const CheckedName& name : tensor.names) {
      if (!add(*name.pattern)) return std::nullopt;
      if (restriction == Restriction::kRule) break;
    }
  }
  std::vector<const ResolvedPattern*> patterns;
  patterns.reserve(resolved.size());
  for (const ResolvedPattern& one : resolved) patterns.push_back(&one);
  PlaceNames names;
  names.exclusion = ExclusionOf(place.rule);
  if (names.exclusion == nullptr) return std::nullopt;
  names.automaton = Built(NamesOf(resolved.front(), DomainsOf(patterns)));
  return names_[key] = std::move(names);
}

std::optional<PlaceNames> StageNames::Made(const StagePlace& place) {
  const Key key = {place.rule, 1, place.name.tensor, place.name.name, 0};
  const auto [found, added] = names_.try_emplace(key);
  if (!added) return found->second;
  const CheckedRule& rule = stage().rules[place.rule];
  std::vector<ResolvedPattern> resolved;
  const auto add = [&](const Pattern& pattern) {
    auto one = ResolvedOf(pattern, rule.variables);
    if (!one.has_value()) return false;
    resolved.push_back(*std::move(one));
    return true;
  };
  if (!add(*rule.to[place.name.tensor].names[place.name.name].pattern)) return std::nullopt;
  for (const auto* side : {&rule.from, &rule.to}) {
    for (const CheckedTensor& tensor : *side) {
      if (!add(tensor.pattern())) return std::nullopt;
    }
  }
  std::vector<const ResolvedPattern*> patterns;
  patterns.reserve(resolved.size());
  for (const ResolvedPattern& one : resolved) patterns.push_back(&one);
  VariableDomains domains = DomainsOf(patterns);
  // What stands in the source alone: the first member of a list, the first of several names.
  for (const internal::ListVariable& list : rule.from.front().lists) {
    domains[list.variable] = SingleIndex(0);
  }
  for (const int variable : rule.from.front().names.front().replicated) {
    VariableDomain& domain = domains[variable];
    const auto members = domain.is_index ? domain.indexes.Members(100'000) : std::nullopt;
    if (domain.is_index) {
      domain = SingleIndex(members.has_value() && !members->empty() ? members->front() : 0);
    } else if (domain.rows.has_value() && !domain.rows->empty()) {
      domain = SingleText(domain.rows->front());
    }
  }
  PlaceNames names;
  names.exclusion = ExclusionOf(place.rule);
  if (names.exclusion == nullptr) return std::nullopt;
  const ResolvedPattern& source = resolved[1];
  names.automaton =
      Built(names.exclusion->empty() ? NamesOf(resolved.front(), domains)
                                     : NamesMadeOf(resolved.front(), source, domains));
  return names_[key] = std::move(names);
}

}  // namespace weft
