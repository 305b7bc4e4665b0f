#include "execute/group.h"

#include <algorithm>
#include <utility>

namespace weft::execute {
namespace {

// Bytes of the output from the first to the last that the loops from `first` on write.
uint64_t SpanFrom(const Loops& loops, size_t first, const Element& element) {
  uint64_t span = element.target_bytes;
  for (size_t k = first; k < loops.size(); ++k)
    span += (loops[k].count - 1) * loops[k].target_stride;
  return span;
}

// Gives `box` the loop `axis.count` × `axis.target_stride` at position `k`, by cutting its loop
// there in two if need be. False when that is impossible.
bool GiveAxis(ByteBox& box, size_t k, const Loop& axis) {
  if (k >= box.loops.size()) return false;
  const Loop loop = box.loops[k];
  if (loop.target_stride == axis.target_stride) return loop.count == axis.count;
  if (loop.target_stride == 0 || axis.target_stride % loop.target_stride != 0) return false;
  const uint64_t steps = axis.target_stride / loop.target_stride;
  if (loop.count % steps != 0 || loop.count / steps != axis.count) return false;
  box.loops[k] = {steps, loop.source_stride, loop.target_stride};
  box.loops.insert(box.loops.begin() + static_cast<std::ptrdiff_t>(k),
                   {axis.count, loop.source_stride * steps, axis.target_stride});
  return true;
}

// The loop at position `k` with the longest stride, which the others may be cut to.
const Loop* WidestLoop(const std::vector<ByteBox>& boxes, size_t k) {
  const Loop* widest = nullptr;
  for (const ByteBox& box : boxes) {
    if (k >= box.loops.size()) return nullptr;
    const Loop& loop = box.loops[k];
    if (widest == nullptr || loop.target_stride > widest->target_stride) widest = &loop;
  }
  return widest;
}

// Makes the outer loops of all boxes agree as far as they can; returns how many do.
size_t ShareAxes(std::vector<ByteBox>& boxes) {
  size_t rank = 0;
  while (const Loop* widest = WidestLoop(boxes, rank)) {
    const Loop axis = *widest;
    for (ByteBox& box : boxes) {
      if (!GiveAxis(box, rank, axis)) return rank;
    }
    ++rank;
  }
  return rank;
}

// True when the cells of the group do not touch each other.
bool CellsAreApart(const Group& group) {
  uint64_t span = group.cell_bytes;
  for (size_t k = group.rank; k-- > 0;) {
    const Loop& axis = AxisOf(group, k);
    if (axis.target_stride < span) return false;
    span += (axis.count - 1) * axis.target_stride;
  }
  return true;
}

// Sets the cell that the members span with their inner loops; false when they leave holes in it.
bool SetCell(Group& group) {
  uint64_t begin = group.members[0].target_offset;
  uint64_t end = begin;
  uint64_t filled = 0;
  for (const ByteBox& member : group.members) {
    end = std::max(end, member.target_offset + SpanFrom(member.loops, group.rank, group.element));
    uint64_t bytes = group.element.target_bytes;
    for (size_t k = group.rank; k < member.loops.size(); ++k) bytes *= member.loops[k].count;
    filled += bytes;
  }
  group.target_offset = begin;
  group.cell_bytes = end - begin;
  return filled == group.cell_bytes;
}

}  // namespace

uint64_t TargetSpan(const ByteBox& box, const Element& element) {
  return SpanFrom(box.loops, 0, element);
}

Sizes WholeSizes(const Group& group) {
  Sizes sizes;
  for (size_t k = 0; k < group.rank; ++k) sizes.push_back(AxisOf(group, k).count);
  return sizes;
}

bool FormCells(Group& group, uint64_t max_cell_bytes) {
  if (group.members.size() == 1) {
    group.rank = group.members[0].loops.size();
    return SetCell(group);
  }
  // The more axes, the smaller the cells; the members may only fill them with fewer axes.
  group.rank = ShareAxes(group.members);
  while (true) {
    const bool filled = SetCell(group);
    if (group.cell_bytes > max_cell_bytes) return false;
    if (filled && CellsAreApart(group)) return true;
    if (group.rank == 0) return false;
    --group.rank;
  }
}

Group Alone(const Group& group, ByteBox member) {
  Group alone;
  alone.element = group.element;
  alone.in_place = group.in_place;
  alone.target_file = group.target_file;
  alone.members.push_back(std::move(member));
  FormCells(alone, group.element.target_bytes);
  return alone;
}

std::optional<Group> AsRange(const Group& group) {
  if (group.members.size() != 1 || group.element.cast != nullptr) return std::nullopt;
  const ByteBox& box = group.members[0];
  const uint64_t element_bytes = group.element.source_bytes;
  uint64_t bytes = element_bytes;
  if (box.loops.size() > 1) return std::nullopt;
  if (box.loops.size() == 1) {
    const Loop& loop = box.loops[0];
    if (loop.source_stride != element_bytes || loop.target_stride != element_bytes) {
      return std::nullopt;
    }
    bytes *= loop.count;
  }
  Group range = group;
  range.element = Element{};
  range.target_offset = box.target_offset;
  range.cell_bytes = 1;
  range.rank = 1;
  range.members[0].loops = {{bytes, 1, 1}};
  return range;
}

}  // namespace weft::execute
