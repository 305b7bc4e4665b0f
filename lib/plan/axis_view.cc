#include "plan/axis_view.h"

#include <utility>

namespace weft {

AxisSplit SplitAt(const Shape& shape, size_t axis) {
  AxisSplit split;
  for (size_t i = 0; i < shape.size(); ++i) {
    const auto size = static_cast<uint64_t>(shape[i]);
    if (i < axis) {
      split.outer *= size;
    } else if (i == axis) {
      split.size = size;
    } else {
      split.inner *= size;
    }
  }
  return split;
}

void ComposeBlock(const AxisBlock& block, const View& view, std::vector<Box>* boxes) {
  const AxisSplit& s = block.split;
  if (s.outer == 0 || s.size == 0 || s.inner == 0) return;
  Box step;
  step.source_offset = block.source_at * s.inner;
  step.target_offset = block.target_at * s.inner;
  step.factors = {{s.outer, block.source_size * s.inner, block.target_size * s.inner},
                  {s.size * s.inner, 1, 1}};
  Normalize(step);
  Compose(step, view, boxes);
}

View Reorder(const View& view, const Shape& shape, const std::vector<size_t>& order) {
  std::vector<uint64_t> source_strides(shape.size(), 1);
  for (size_t i = shape.size(); i-- > 1;) {
    source_strides[i - 1] = source_strides[i] * static_cast<uint64_t>(shape[i]);
  }
  Box step;
  uint64_t target_stride = 1;
  for (size_t i = order.size(); i-- > 0;) {
    const auto size = static_cast<uint64_t>(shape[order[i]]);
    step.factors.push_back({size, source_strides[order[i]], target_stride});
    target_stride *= size;
  }
  std::vector<Box> boxes;
  if (target_stride > 0) {
    Normalize(step);
    Compose(step, view, &boxes);
    if (boxes.size() > 1) Coalesce(boxes);
  }
  return View::OfBoxes(std::move(boxes));
}

View PermuteHeads(const View& view, const AxisSplit& split, uint64_t heads, uint64_t rotary,
                  bool inverse) {
  const uint64_t head = heads == 0 ? 0 : split.size / heads;
  std::vector<Box> boxes;
  if (split.outer * split.inner * head == 0) return View::OfBoxes({});
  const Factor outer = {split.outer, split.size * split.inner, split.size * split.inner};
  const Factor each_head = {heads, head * split.inner, head * split.inner};
  const Factor inner = {split.inner, 1, 1};
  if (rotary > 0) {
    const uint64_t half = rotary / 2;
    Box step;
    // Pairs lie two apart in the order of pairs, and half a head's rotary part in that of halves.
    const Factor pair = {half, 2 * split.inner, split.inner};
    const Factor part = {2, split.inner, half * split.inner};
    step.factors = {outer, each_head, pair, part, inner};
    if (inverse) {
      for (Factor& factor : step.factors) std::swap(factor.source_stride, factor.target_stride);
    }
    Normalize(step);
    Compose(step, view, &boxes);
  }
  if (rotary < head) {
    Box step;
    step.source_offset = rotary * split.inner;
    step.target_offset = step.source_offset;
    step.factors = {outer, each_head, {(head - rotary) * split.inner, 1, 1}};
    Normalize(step);
    Compose(step, view, &boxes);
  }
  Coalesce(boxes);
  return View::OfBoxes(std::move(boxes));
}

}  // namespace weft
