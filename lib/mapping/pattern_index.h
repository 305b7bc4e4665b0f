// Which patterns may match a name: a trie over the segments of the patterns.
//
// The cost of a look-up grows with the segments of the name, not with the number of patterns,
// unless many patterns begin alike. It is a filter: every pattern that matches is among the
// candidates; a candidate need not match. (RE2::Set does the same job for small sets; with
// thousands of patterns of kilobytes its Compile fails or its automaton thrashes.)
#ifndef WEFT_MAPPING_PATTERN_INDEX_H_
#define WEFT_MAPPING_PATTERN_INDEX_H_

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"
#include "mapping/pattern.h"

namespace weft {

class PatternIndex {
 public:
  PatternIndex();

  // `id` is what Candidates returns for the pattern.
  void Add(const Pattern& pattern, uint32_t id);

  // Appends the ids of all patterns that may match, each once, in rising order.
  void Candidates(std::string_view name, std::vector<uint32_t>* ids) const;

 private:
  // A segment that holds variables, known by the literal text before and behind them.
  struct MixedKey {
    uint32_t node;
    std::string_view prefix;
    std::string_view suffix;

    bool operator==(const MixedKey& o) const {
      return node == o.node && prefix == o.prefix && suffix == o.suffix;
    }
    template <typename H>
    friend H AbslHashValue(H h, const MixedKey& key) {
      return H::combine(std::move(h), key.node, key.prefix, key.suffix);
    }
  };

  // The lengths of the two texts. A node has few different ones, however many segments.
  struct MixedLengths {
    size_t prefix = 0;
    size_t suffix = 0;
  };

  struct Node {
    absl::flat_hash_map<std::string_view, uint32_t> literals;  // into `texts_`
    uint32_t any = 0;  // a segment that is one variable; 0: none
    std::vector<MixedLengths> mixed;
    uint32_t path = 0;                       // any number of segments; 0: none
    bool is_path = false;                    // stays here for any segment
    absl::InlinedVector<uint32_t, 1> ends;   // patterns whose last segment leads here
    absl::InlinedVector<uint32_t, 1> rests;  // patterns that may go on in any way from here
  };

  struct Segment;
  void Walk(uint32_t root, std::string_view name, std::vector<uint32_t>* ids) const;
  void Insert(uint32_t node, const std::vector<Segment>& segments, size_t from, uint32_t id);
  uint32_t NewNode();
  uint32_t LiteralChild(uint32_t node, std::string_view text);
  uint32_t MixedChild(uint32_t node, std::string_view prefix, std::string_view suffix);

  std::vector<Node> nodes_;  // the first is the root
  uint32_t parts_root_ = 0;  // of what follows the part in names that begin with one; 0: none
  absl::flat_hash_map<MixedKey, uint32_t> mixed_;  // child; the texts are in `texts_`
  std::deque<std::string> texts_;                  // of the edges
};

}  // namespace weft

#endif  // WEFT_MAPPING_PATTERN_INDEX_H_
