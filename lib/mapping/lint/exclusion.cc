#include "mapping/lint/exclusion.h"

#include <algorithm>

namespace weft {

uint32_t Exclusion::Add(std::shared_ptr<const Automaton> names) {
  automata_.push_back(std::move(names));
  return static_cast<uint32_t>(automata_.size() - 1);
}

void Exclusion::Exclude(std::shared_ptr<const Automaton> names,
                        const std::vector<std::shared_ptr<const Automaton>>& but_not) {
  // What is left out of `but_not` would exclude more than it should.
  const bool exact = names->exact && std::all_of(but_not.begin(), but_not.end(),
                                                 [](const auto& other) { return other->exact; });
  if (!exact) {
    is_exact_ = false;
    return;
  }
  Excluded excluded = {Add(std::move(names)), {}};
  for (const auto& other : but_not) excluded.but_not.push_back(Add(other));
  exclusions_.push_back(std::move(excluded));
}

void Exclusion::Require(const std::vector<std::shared_ptr<const Automaton>>& names) {
  std::vector<uint32_t>& required = requirements_.emplace_back();
  for (const auto& one : names) {
    is_exact_ = is_exact_ && one->exact;
    required.push_back(Add(one));
  }
}

uint32_t Exclusion::NumberOf(Members members) {
  for (size_t next = 0; next < members.size(); ++next) {
    const auto [automaton, state] = members[next];
    for (const Automaton::Jump& jump : automata_[automaton]->states[state].jumps) {
      const Member to = {automaton, jump.to};
      // Sets are small but for the one at the start, which has few jumps.
      if (std::find(members.begin(), members.end(), to) == members.end()) members.push_back(to);
    }
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  const auto [found, added] =
      numbers_.try_emplace(std::move(members), static_cast<uint32_t>(sets_.size()));
  if (added) sets_.push_back(found->first);
  return found->second;
}

uint32_t Exclusion::Start() {
  Members members;
  for (uint32_t automaton = 0; automaton < automata_.size(); ++automaton) {
    members.emplace_back(automaton, automata_[automaton]->start);
  }
  return NumberOf(std::move(members));
}

uint32_t Exclusion::Next(uint32_t set, char32_t character) {
  const auto known = next_.find({set, character});
  if (known != next_.end()) return known->second;
  Members members;
  for (const auto& [automaton, state] : sets_[set]) {
    for (const Automaton::Edge& edge : automata_[automaton]->states[state].edges) {
      if (character < edge.range.first || character > edge.range.last) continue;
      members.emplace_back(automaton, edge.to);
    }
  }
  const uint32_t next = NumberOf(std::move(members));
  next_.emplace(std::make_pair(set, character), next);
  return next;
}

uint32_t Exclusion::Next(uint32_t set, std::u32string_view text) {
  for (const char32_t character : text) set = Next(set, character);
  return set;
}

bool Exclusion::Accepts(uint32_t set) {
  const Members& members = sets_[set];
  const auto ends = [&](uint32_t automaton) {
    return std::binary_search(members.begin(), members.end(),
                              Member{automaton, automata_[automaton]->end});
  };
  return std::none_of(exclusions_.begin(), exclusions_.end(),
                      [&](const Excluded& excluded) {
                        return ends(excluded.names) &&
                               std::none_of(excluded.but_not.begin(), excluded.but_not.end(), ends);
                      }) &&
         std::all_of(requirements_.begin(), requirements_.end(),
                     [&](const std::vector<uint32_t>& required) {
                       return std::any_of(required.begin(), required.end(), ends);
                     });
}

void Exclusion::Boundaries(uint32_t set, CharacterRange range,
                           std::vector<char32_t>* starts) const {
  for (const auto& [automaton, state] : sets_[set]) {
    for (const Automaton::Edge& edge : automata_[automaton]->states[state].edges) {
      if (edge.range.first > range.first && edge.range.first <= range.last) {
        starts->push_back(edge.range.first);
      }
      if (edge.range.last >= range.first && edge.range.last < range.last) {
        starts->push_back(edge.range.last + 1);
      }
    }
  }
}

}  // namespace weft
