#include "plan/stage_matcher.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "plan/param_scope.h"

namespace weft {

using internal::CheckedName;
using internal::CheckedRule;
using internal::CheckedStage;
using internal::CheckedTensor;

namespace {

constexpr uint64_t kMostValues = 1'000'000;  // of a variable that stands on one side only

// As it is written, `otherwise` yields to any other rule; turned, ForwardTakes has settled it.
bool YieldsToOthers(const RuleView& view) { return view.rule().otherwise && !view.turned(); }

bool HasEndlessText(const CheckedName& name) {
  return std::any_of(name.replicated.begin(), name.replicated.end(), [&name](int variable) {
    return std::any_of(name.pattern->tokens().begin(), name.pattern->tokens().end(),
                       [variable](const PatternToken& token) {
                         return token.variable == variable && !token.IsFinite() &&
                                token.kind != PatternToken::Kind::kIndex;
                       });
  });
}

}  // namespace

RuleView::RuleView(const CheckedRule& rule, Direction direction)
    : rule_(&rule),
      turned_(direction == Direction::kReverse && rule.direction != RuleDirection::kReverse) {}

bool ActsIn(const CheckedRule& rule, Direction direction) {
  if (direction == Direction::kForward) return rule.direction != RuleDirection::kReverse;
  return rule.direction != RuleDirection::kForward && rule.kind != CheckedRule::Kind::kDrop;
}

struct StageMatcher::ActiveRule {
  explicit ActiveRule(RuleView rule_view) : view(rule_view) {}

  RuleView view;
  // By tensor and name.
  std::vector<std::vector<PatternMatcher>> readers;
  std::vector<std::vector<PatternMatcher>> writers;
  std::vector<PatternMatcher> unless;
  std::optional<bool> is_on;  // the rule's `when`, once it is known
};

StageMatcher::StageMatcher(const CheckedStage& stage, Direction direction,
                           const Expression::Resolver& resolver, RegexCache& cache)
    : resolver_(resolver), cache_(cache) {
  bool needs_forward = false;
  for (const CheckedRule& rule : stage.rules) {
    if (!ActsIn(rule, direction)) continue;
    auto active = std::make_unique<ActiveRule>(RuleView(rule, direction));
    const auto add = [&](const std::vector<CheckedTensor>& side,
                         std::vector<std::vector<PatternMatcher>>* matchers) {
      matchers->resize(side.size());
      for (size_t tensor = 0; tensor < side.size(); ++tensor) {
        (*matchers)[tensor].reserve(side[tensor].names.size());
        for (const CheckedName& name : side[tensor].names) {
          (*matchers)[tensor].emplace_back(name.pattern, rule.variables, resolver_, cache_);
        }
      }
    };
    add(active->view.read(), &active->readers);
    add(active->view.written(), &active->writers);
    active->unless.reserve(rule.unless.size());
    for (const NamePattern& name : rule.unless) {
      active->unless.emplace_back(name.pattern, name.variables, resolver_, cache_);
    }
    for (uint32_t tensor = 0; tensor < active->readers.size(); ++tensor) {
      for (uint32_t name = 0; name < active->readers[tensor].size(); ++name) {
        index_.Add(active->readers[tensor][name].pattern(), static_cast<uint32_t>(places_.size()));
        places_.push_back({static_cast<uint32_t>(rules_.size()), tensor, name});
      }
    }
    needs_forward = needs_forward || (active->view.turned() && rule.otherwise);
    rules_.push_back(std::move(active));
  }
  if (needs_forward) {
    forward_ = std::make_unique<StageMatcher>(stage, Direction::kForward, resolver, cache);
  }
}

StageMatcher::~StageMatcher() = default;

const RuleView& StageMatcher::rule(uint32_t rule) const { return rules_[rule]->view; }

PatternMatcher& StageMatcher::writer(uint32_t rule, uint32_t tensor, uint32_t name) {
  return rules_[rule]->writers[tensor][name];
}

PatternMatcher& StageMatcher::reader(uint32_t rule, uint32_t tensor, uint32_t name) {
  return rules_[rule]->readers[tensor][name];
}

absl::StatusOr<bool> StageMatcher::IsOn(ActiveRule& rule) {
  if (!rule.is_on.has_value()) {
    const std::optional<Expression>& when = rule.view.rule().when;
    rule.is_on = true;
    if (when.has_value()) {
      WEFT_ASSIGN_OR_RETURN(rule.is_on, when->EvaluateBool(resolver_));
    }
  }
  return *rule.is_on;
}

absl::StatusOr<bool> StageMatcher::Excluded(ActiveRule& rule, std::string_view from_name) {
  for (size_t i = 0; i < rule.unless.size(); ++i) {
    Bindings bindings(static_cast<size_t>(rule.view.rule().unless[i].variables.size()));
    WEFT_ASSIGN_OR_RETURN(const bool matches, rule.unless[i].Match(from_name, bindings));
    if (matches) return true;
  }
  return false;
}

absl::StatusOr<bool> StageMatcher::OtherRuleTakesForward(const ActiveRule& rule,
                                                         std::string_view from_name) {
  WEFT_ASSIGN_OR_RETURN(const std::optional<Claim> claim, forward_->Match(from_name));
  return claim.has_value() && &forward_->rule(claim->rule).rule() != &rule.view.rule();
}

// Guess and check: would the rule, read forward, take the names that it gives here?
absl::StatusOr<bool> StageMatcher::ForwardTakes(ActiveRule& rule, const Bindings& bindings) {
  for (size_t i = 0; i < rule.writers.size(); ++i) {
    PatternMatcher& writer = rule.writers[i].front();
    // A list stands for its first member, a replicated variable for its first value.
    Bindings given = bindings;
    for (const internal::ListVariable& list : rule.view.written()[i].lists) {
      given[static_cast<size_t>(list.variable)] = {Binding::Kind::kIndex, 0, {}};
    }
    for (const int variable : rule.view.written()[i].names.front().replicated) {
      WEFT_ASSIGN_OR_RETURN(const auto values, writer.Values(variable, kMostValues));
      if (values.has_value() && values->empty()) return false;
      given[static_cast<size_t>(variable)] =
          values.has_value() ? values->front() : Binding{Binding::Kind::kIndex, 0, {}};
    }
    // Where nothing says which values a text takes, there is no name to guess; making it says so.
    if (HasEndlessText(rule.view.written()[i].names.front())) continue;
    WEFT_ASSIGN_OR_RETURN(const std::optional<std::string> guess, writer.Make(given));
    if (!guess.has_value()) return false;
    Bindings read(given.size());
    WEFT_ASSIGN_OR_RETURN(const bool matches, writer.Match(*guess, read));
    if (!matches) return false;
    for (const int variable : writer.pattern().variables()) {
      const auto v = static_cast<size_t>(variable);
      if (!(read[v] == given[v])) return false;
    }
    WEFT_ASSIGN_OR_RETURN(const bool excluded, Excluded(rule, *guess));
    if (excluded) return false;
    if (rule.view.rule().otherwise) {
      WEFT_ASSIGN_OR_RETURN(const bool taken, OtherRuleTakesForward(rule, *guess));
      if (taken) return false;
    }
  }
  return true;
}

absl::StatusOr<std::optional<Claim>> StageMatcher::Match(std::string_view name) {
  std::vector<uint32_t> candidates;
  index_.Candidates(name, &candidates);
  std::optional<Claim> claim;
  for (const uint32_t candidate : candidates) {
    const auto [rule_index, tensor, name_index] = places_[candidate];
    ActiveRule& active = *rules_[rule_index];
    const CheckedRule& rule = active.view.rule();
    Bindings bindings(static_cast<size_t>(rule.variables.size()));
    const absl::StatusOr<bool> matches = active.readers[tensor][name_index].Match(name, bindings);
    if (matches.ok() && !*matches) continue;
    // How a rule reads a name that it does not take anyway is no matter: first whether it takes it.
    const absl::StatusOr<bool> on = IsOn(active);
    if (!on.ok()) return NeededBy(rule.where, on.status());
    if (!*on) continue;
    if (!active.view.turned()) {
      WEFT_ASSIGN_OR_RETURN(const bool excluded, Excluded(active, name));
      if (excluded) continue;
    }
    if (!matches.ok()) return NeededBy(rule.where, matches.status());
    if (active.view.turned()) {
      WEFT_ASSIGN_OR_RETURN(const bool taken, ForwardTakes(active, bindings));
      if (!taken) continue;
    }
    if (claim.has_value() && claim->rule != rule_index) {
      const CheckedRule& other = rules_[claim->rule]->view.rule();
      const bool yields = YieldsToOthers(active.view);
      if (yields != YieldsToOthers(rules_[claim->rule]->view)) {
        if (yields) continue;
        claim.reset();
      } else {
        return ErrorStatus(ErrorCode::kTwoRulesOneTensor, rule.where,
                           absl::StrFormat("tensor '%s' is taken by two rules: this one and %s",
                                           Escaped(name), other.where),
                           "narrow one of the patterns, or use \"unless\" or \"otherwise\"");
      }
    }
    if (!claim.has_value()) {
      claim.emplace();
      claim->rule = rule_index;
    }
    claim->readings.push_back({tensor, name_index, std::move(bindings)});
  }
  return claim;
}

}  // namespace weft
