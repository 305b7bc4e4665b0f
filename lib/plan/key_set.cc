#include "plan/key_set.h"

#include <algorithm>
#include <cstdint>

#include "diagnostic/status.h"

namespace weft {

KeySet::KeySet(const std::vector<NamePattern>& patterns, const Expression::Resolver& resolver,
               RegexCache& cache)
    : patterns_(patterns) {
  matchers_.reserve(patterns.size());
  for (const NamePattern& name : patterns) {
    index_.Add(*name.pattern, static_cast<uint32_t>(matchers_.size()));
    matchers_.emplace_back(name.pattern, name.variables, resolver, cache);
  }
}

absl::StatusOr<std::optional<size_t>> KeySet::Find(std::string_view name, Bindings* bindings) {
  std::vector<uint32_t> candidates;
  index_.Candidates(name, &candidates);
  std::sort(candidates.begin(), candidates.end());
  for (const uint32_t candidate : candidates) {
    Bindings found;
    WEFT_ASSIGN_OR_RETURN(const bool matches, Match(candidate, name, &found));
    if (!matches) continue;
    if (bindings != nullptr) *bindings = std::move(found);
    return candidate;
  }
  return std::nullopt;
}

absl::Status KeySet::FindAll(std::string_view name, std::vector<KeyMatch>* matches) {
  matches->clear();
  std::vector<uint32_t> candidates;
  index_.Candidates(name, &candidates);
  std::sort(candidates.begin(), candidates.end());
  for (const uint32_t candidate : candidates) {
    KeyMatch match;
    match.place = candidate;
    WEFT_ASSIGN_OR_RETURN(const bool matched, Match(candidate, name, &match.bindings));
    if (matched) matches->push_back(std::move(match));
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> KeySet::Match(uint32_t candidate, std::string_view name, Bindings* bindings) {
  *bindings = Bindings(static_cast<size_t>(patterns_[candidate].variables.size()));
  return matchers_[candidate].Match(name, *bindings);
}

}  // namespace weft
