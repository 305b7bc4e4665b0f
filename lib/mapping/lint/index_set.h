// Sets of indexes: unions of arithmetic progressions of integers ≥ 0.
#ifndef WEFT_MAPPING_LINT_INDEX_SET_H_
#define WEFT_MAPPING_LINT_INDEX_SET_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "mapping/resolved_index.h"

namespace weft {

// first, first + step, … up to `last`, which belongs to it.
struct Progression {
  int64_t first = 0;
  int64_t last = 0;
  int64_t step = 1;
};

class IndexSet {
 public:
  // Indexes have at most 18 digits.
  static constexpr int64_t kLargest = 999'999'999'999'999'999;

  // All indexes.
  IndexSet();

  // The indexes for which the token has a name: those of its ranges, written as a number that is
  // not negative and fits `width` digits (0: any).
  static IndexSet Of(const ResolvedIndex& index, int width);

  // The numbers that are written for the indexes of `indexes`.
  static IndexSet Written(const IndexSet& indexes, const ResolvedIndex& index);

  // nullopt where the result would have too many progressions.
  static std::optional<IndexSet> Intersection(const IndexSet& a, const IndexSet& b);

  const std::vector<Progression>& progressions() const { return progressions_; }
  bool empty() const { return progressions_.empty(); }
  bool IsAll() const;

  // The members in rising order, each once; nullopt where there are more than `most`.
  std::optional<std::vector<int64_t>> Members(size_t most) const;

 private:
  void Add(int64_t first, int64_t last, int64_t step);

  std::vector<Progression> progressions_;
};

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_INDEX_SET_H_
