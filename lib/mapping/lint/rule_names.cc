#include "mapping/lint/rule_names.h"

#include <algorithm>
#include <utility>

#include "diagnostic/status.h"

namespace weft {
namespace {

using internal::CheckedName;
using internal::CheckedRule;
using internal::CheckedTensor;

constexpr uint64_t kMostValues = 100'000;

std::vector<std::vector<PatternMatcher>> MatchersOf(const std::vector<CheckedTensor>& side,
                                                    const CheckedRule& rule,
                                                    const Expression::Resolver& resolver,
                                                    RegexCache& cache) {
  std::vector<std::vector<PatternMatcher>> matchers(side.size());
  for (size_t tensor = 0; tensor < side.size(); ++tensor) {
    matchers[tensor].reserve(side[tensor].names.size());
    for (const CheckedName& name : side[tensor].names) {
      matchers[tensor].emplace_back(name.pattern, rule.variables, resolver, cache);
    }
  }
  return matchers;
}

// A name of the written side for the bindings: a list stands for its first member, a replicated
// variable for its first value.
std::optional<std::string> FirstNameOf(const CheckedTensor& tensor, PatternMatcher& matcher,
                                       Bindings bindings) {
  for (const internal::ListVariable& list : tensor.lists) {
    bindings[static_cast<size_t>(list.variable)] = {Binding::Kind::kIndex, 0, {}};
  }
  for (const int variable : tensor.names.front().replicated) {
    const auto values = matcher.Values(variable, kMostValues);
    if (!values.ok()) return std::nullopt;
    if (values->has_value() && (*values)->empty()) return std::nullopt;
    bindings[static_cast<size_t>(variable)] =
        values->has_value() ? (*values)->front() : Binding{Binding::Kind::kIndex, 0, {}};
  }
  absl::StatusOr<std::optional<std::string>> name = matcher.Make(bindings);
  if (!name.ok() || !name->has_value() || (*name)->empty()) return std::nullopt;
  Bindings read(bindings.size());
  const absl::StatusOr<bool> matches = matcher.Match(**name, read);
  if (!matches.ok() || !*matches) return std::nullopt;
  for (const int variable : matcher.pattern().variables()) {
    const auto v = static_cast<size_t>(variable);
    if (!(read[v] == bindings[v])) return std::nullopt;
  }
  return *std::move(name);
}

// Variables of one side alone whose texts nothing lists: there is no name to guess.
bool HasEndlessText(const CheckedName& name) {
  return std::any_of(name.replicated.begin(), name.replicated.end(), [&name](int variable) {
    return std::any_of(name.pattern->tokens().begin(), name.pattern->tokens().end(),
                       [variable](const PatternToken& token) {
                         return token.variable == variable && !token.IsFinite() &&
                                token.kind != PatternToken::Kind::kIndex;
                       });
  });
}

std::optional<std::string> MessageOfTwoReadings(const absl::Status& status) {
  if (status.ok()) return std::nullopt;
  const Diagnostic diagnostic = DiagnosticsOf(status).front();
  if (diagnostic.code != ErrorCode::kAmbiguousKey) return std::nullopt;
  return diagnostic.what;
}

}  // namespace

RuleNames::RuleNames(const CheckedRule& rule, const Expression::Resolver& resolver,
                     RegexCache& cache, const TakenByOthers* others)
    : rule_(rule),
      others_(others),
      from_(MatchersOf(rule.from, rule, resolver, cache)),
      to_(MatchersOf(rule.to, rule, resolver, cache)) {
  unless_.reserve(rule.unless.size());
  for (const NamePattern& name : rule.unless) {
    unless_.emplace_back(name.pattern, name.variables, resolver, cache);
  }
}

bool RuleNames::MatchesUnless(std::string_view from_name) {
  for (size_t i = 0; i < unless_.size(); ++i) {
    Bindings bindings(static_cast<size_t>(rule_.unless[i].variables.size()));
    const absl::StatusOr<bool> matches = unless_[i].Match(from_name, bindings);
    if (!matches.ok() || *matches) return true;
  }
  return false;
}

bool RuleNames::IsExcluded(std::string_view from_name) {
  return MatchesUnless(from_name) ||
         (rule_.otherwise && others_ != nullptr && (*others_)(from_name));
}

bool RuleNames::Takes(size_t tensor, size_t name, std::string_view text, Bindings* bindings) {
  Bindings read(static_cast<size_t>(rule_.variables.size()));
  const absl::StatusOr<bool> matches = from_[tensor][name].Match(text, read);
  if (!matches.ok() || !*matches || IsExcluded(text)) return false;
  if (bindings != nullptr) *bindings = std::move(read);
  return true;
}

std::optional<std::vector<std::string>> RuleNames::SourcesOf(size_t tensor, size_t name,
                                                             std::string_view target) {
  Bindings read(static_cast<size_t>(rule_.variables.size()));
  const absl::StatusOr<bool> matches = to_[tensor][name].Match(target, read);
  if (!matches.ok() || !*matches) return std::nullopt;
  std::vector<std::string> sources;
  for (size_t i = 0; i < from_.size(); ++i) {
    if (HasEndlessText(rule_.from[i].names.front())) continue;
    std::optional<std::string> guess = FirstNameOf(rule_.from[i], from_[i].front(), read);
    if (!guess.has_value() || IsExcluded(*guess)) return std::nullopt;
    sources.push_back(*std::move(guess));
  }
  return sources;
}

std::vector<std::string> RuleNames::TargetsOf(const Bindings& bindings) {
  std::vector<std::string> targets;
  for (size_t i = 0; i < to_.size(); ++i) {
    std::optional<std::string> name = FirstNameOf(rule_.to[i], to_[i].front(), bindings);
    if (name.has_value()) targets.push_back(*std::move(name));
  }
  return targets;
}

bool RuleNames::TakesWithoutTarget(size_t tensor, size_t name, std::string_view text) {
  Bindings read;
  if (!Takes(tensor, name, text, &read)) return false;
  for (size_t i = 0; i < to_.size(); ++i) {
    for (size_t n = 0; n < to_[i].size(); ++n) {
      Bindings bindings = read;
      for (const internal::ListVariable& list : rule_.to[i].lists) {
        bindings[static_cast<size_t>(list.variable)] = {Binding::Kind::kIndex, 0, {}};
      }
      bool countable = true;
      for (const int variable : rule_.to[i].names[n].replicated) {
        const auto values = to_[i][n].Values(variable, kMostValues);
        countable = countable && values.ok() && values->has_value() && !(*values)->empty();
        if (countable) bindings[static_cast<size_t>(variable)] = (*values)->front();
      }
      if (!countable) continue;
      const auto made = to_[i][n].Make(bindings);
      if (made.ok() && !made->has_value()) return true;
    }
  }
  return false;
}

std::optional<std::string> RuleNames::TwoReadingsOfUnless(size_t unless, size_t tensor, size_t name,
                                                          std::string_view text) {
  Bindings read(static_cast<size_t>(rule_.variables.size()));
  const absl::StatusOr<bool> matches = from_[tensor][name].Match(text, read);
  if (!matches.ok() || !*matches) return std::nullopt;
  for (size_t i = 0; i <= unless; ++i) {
    Bindings bindings(static_cast<size_t>(rule_.unless[i].variables.size()));
    const absl::StatusOr<bool> excluded = unless_[i].Match(text, bindings);
    if (i == unless) return MessageOfTwoReadings(excluded.status());
    if (!excluded.ok() || *excluded) return std::nullopt;
  }
  return std::nullopt;
}

std::optional<std::string> RuleNames::TwoReadings(NamePlace place, std::string_view text) {
  PatternMatcher& matcher = (place.side == Side::kFrom ? from_ : to_)[place.tensor][place.name];
  Bindings read(static_cast<size_t>(rule_.variables.size()));
  std::optional<std::string> message = MessageOfTwoReadings(matcher.Match(text, read).status());
  if (message.has_value() && place.side == Side::kFrom && MatchesUnless(text)) return std::nullopt;
  return message;
}

}  // namespace weft
