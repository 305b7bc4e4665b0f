#include "plan/box_range.h"

#include <utility>

#include "plan/view.h"

namespace weft {
namespace {

uint64_t LastTarget(const Box& box) {
  uint64_t last = box.target_offset;
  for (const Factor& factor : box.factors) last += (factor.count - 1) * factor.target_stride;
  return last;
}

uint64_t LastSource(const Box& box) {
  uint64_t last = box.source_offset;
  for (const Factor& factor : box.factors) last += (factor.count - 1) * factor.source_stride;
  return last;
}

}  // namespace

std::vector<Box> BoxesOfPart(const std::vector<Box>& boxes, const Box& part) {
  const uint64_t last = LastSource(part);
  std::vector<Box> touched;
  for (const Box& box : boxes) {
    if (box.target_offset > last) break;
    if (LastTarget(box) >= part.source_offset) touched.push_back(box);
  }
  std::vector<Box> result;
  Compose(part, View::OfBoxes(std::move(touched)), &result);
  Coalesce(result);
  return result;
}

std::vector<Box> BoxesOfRange(const std::vector<Box>& boxes, uint64_t begin, uint64_t elements) {
  Box range;
  range.source_offset = begin;
  if (elements > 1) range.factors = {{elements, 1, 1}};
  return BoxesOfPart(boxes, range);
}

}  // namespace weft
