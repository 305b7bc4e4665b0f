// What operations do to a view, in terms of the axes of its tensor.
#ifndef WEFT_PLAN_AXIS_VIEW_H_
#define WEFT_PLAN_AXIS_VIEW_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "plan/view.h"
#include "weft/catalog.h"

namespace weft {

// The elements before, along and behind an axis.
struct AxisSplit {
  uint64_t outer = 1;
  uint64_t size = 1;
  uint64_t inner = 1;
};

AxisSplit SplitAt(const Shape& shape, size_t axis);

// A block of `size` positions along the axis: at `source_at` of an axis of source_size, to
// `target_at` of one of target_size.
struct AxisBlock {
  AxisSplit split;
  uint64_t source_size = 0;
  uint64_t source_at = 0;
  uint64_t target_size = 0;
  uint64_t target_at = 0;
};

// Appends the boxes of the block.
void ComposeBlock(const AxisBlock& block, const View& view, std::vector<Box>* boxes);

// New axis i is old axis order[i].
View Reorder(const View& view, const Shape& shape, const std::vector<size_t>& order);

// Along the axis, in each of `heads` heads: the first `rotary` elements, which are pairs, become
// halves; with `inverse` halves become pairs. The others stay.
View PermuteHeads(const View& view, const AxisSplit& split, uint64_t heads, uint64_t rotary,
                  bool inverse);

}  // namespace weft

#endif  // WEFT_PLAN_AXIS_VIEW_H_
