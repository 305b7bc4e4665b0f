// What a name must not be: a set of automata, followed all at once and only as far as names are
// read.
#ifndef WEFT_MAPPING_LINT_EXCLUSION_H_
#define WEFT_MAPPING_LINT_EXCLUSION_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "mapping/lint/automaton.h"

namespace weft {

class Exclusion {
 public:
  // Names of `names` are excluded, but for those that one of `but_not` accepts. Automata that are
  // not exact would exclude too much, or too little; they are left out, and is_exact() says so.
  void Exclude(std::shared_ptr<const Automaton> names,
               const std::vector<std::shared_ptr<const Automaton>>& but_not = {});
  // A name must be one of these; called again, one of those too.
  void Require(const std::vector<std::shared_ptr<const Automaton>>& names);

  bool empty() const { return exclusions_.empty() && requirements_.empty(); }
  bool is_exact() const { return is_exact_; }

  // Sets of states, known by number. Start() is the one before the first character.
  uint32_t Start();
  uint32_t Next(uint32_t set, char32_t character);
  uint32_t Next(uint32_t set, std::u32string_view text);
  bool Accepts(uint32_t set);
  // Appends the characters within `range` from which on Next may differ.
  void Boundaries(uint32_t set, CharacterRange range, std::vector<char32_t>* starts) const;
  // The number of states in the set: what a step from it costs.
  size_t SizeOf(uint32_t set) const { return sets_[set].size(); }

 private:
  struct Excluded {
    uint32_t names;
    std::vector<uint32_t> but_not;
  };
  // Automaton and state.
  using Member = std::pair<uint32_t, uint32_t>;
  using Members = std::vector<Member>;

  uint32_t Add(std::shared_ptr<const Automaton> names);
  uint32_t NumberOf(Members members);

  std::vector<std::shared_ptr<const Automaton>> automata_;
  std::vector<Excluded> exclusions_;
  std::vector<std::vector<uint32_t>> requirements_;
  bool is_exact_ = true;
  std::vector<Members> sets_;
  absl::flat_hash_map<Members, uint32_t> numbers_;
  absl::flat_hash_map<std::pair<uint32_t, char32_t>, uint32_t> next_;
};

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_EXCLUSION_H_
