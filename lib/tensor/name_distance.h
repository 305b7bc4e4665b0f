// How far two names are from one another: weft/name_report.h says what that means.
#ifndef WEFT_TENSOR_NAME_DISTANCE_H_
#define WEFT_TENSOR_NAME_DISTANCE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/inlined_vector.h"

namespace weft {

// The segments of a name, by number. Of a name with more segments, the last is all the rest.
constexpr size_t kMostSegments = 32;
using Segments = absl::InlinedVector<uint32_t, 12>;

class SegmentTable {
 public:
  // Costs are in thousandths.
  static constexpr int kWhole = 1000;

  // `name` may be a form: a mark is a letter like any other.
  Segments Split(std::string_view name);

  // 0 … kWhole · (|a| + |b|).
  int Distance(const Segments& a, const Segments& b) const;

  size_t size() const { return letters_.size(); }

  // A segment that is nothing but an index, written or marked, says little of a name.
  bool IsIndex(uint32_t segment) const { return letters_[segment].is_index; }

 private:
  struct Letters {
    bool is_index = false;
    std::vector<uint16_t>
        pairs;  // of neighbouring letters, with those at the ends of words; sorted
  };

  uint32_t Intern(std::string_view segment);
  int RenameCost(uint32_t a, uint32_t b) const;

  absl::flat_hash_map<std::string, uint32_t> number_;
  std::vector<Letters> letters_;
};

}  // namespace weft

#endif  // WEFT_TENSOR_NAME_DISTANCE_H_
