#include "execute/tile.h"

#include <algorithm>

#include "execute/arena.h"
#include "execute/saturate.h"

namespace weft::execute {
namespace {

// Large enough that a call more does not count, small enough for all threads to have some.
constexpr uint64_t kRangeBytes = 8 << 20;

constexpr uint64_t kLineBytes = 64;

struct Footprint {
  uint64_t memory_bytes = 0;
  uint64_t target_bytes = 0;
  bool direct = false;
  double cost = 0;  // of moving one byte: bytes moved for it, calls counted as kCallBytes
};

Footprint FootprintOf(const Group& group, const Sizes& sizes) {
  const BufferLayout layout = LayoutOf(group, sizes);
  double moved = static_cast<double>(layout.runs) * kCallBytes + static_cast<double>(layout.bytes);
  uint64_t memory = ArenaBytes(layout.bytes);
  Transfer transfer;
  const ByteBox* previous = nullptr;
  for (const ByteBox& member : group.members) {
    // Members mostly look the same: hundreds of experts of one shape.
    if (previous == nullptr || previous->loops != member.loops) {
      transfer = TransferOf(group, member, sizes, layout);
    }
    previous = &member;
    moved += static_cast<double>(transfer.blocks) *
             static_cast<double>(Sum(kCallBytes, transfer.block_bytes));
    memory = Sum(memory, ArenaBytes(transfer.scratch_bytes));
  }
  return {memory, layout.bytes, memory == ArenaBytes(layout.bytes),
          moved / static_cast<double>(layout.bytes)};
}

// Makes the last tile along each axis about as large as the others. Along the axis that is
// contiguous in the output tiles are whole cache lines of any element, so that one that begins with
// a line ends with one, too.
void Balance(const Group& group, Sizes& sizes) {
  for (size_t k = 0; k < group.rank; ++k) {
    const uint64_t count = AxisOf(group, k).count;
    const uint64_t tiles = (count - 1) / sizes[k] + 1;
    const uint64_t balanced = (count - 1) / tiles + 1;
    const bool is_run = AxisOf(group, k).target_stride == group.cell_bytes;
    const uint64_t step = is_run && group.cell_bytes % kLineBytes != 0 ? kLineBytes : 1;
    sizes[k] = std::min(sizes[k], (balanced - 1) / step * step + step);
  }
}

TileShape ShapeOf(const Group& group, const Sizes& sizes) {
  const Footprint footprint = FootprintOf(group, sizes);
  return {sizes,          footprint.memory_bytes,     footprint.direct,
          footprint.cost, sizes == WholeSizes(group), LayoutOf(group, sizes).runs == 1};
}

}  // namespace

TileShape ChooseTile(const Group& group, uint64_t memory_bytes) {
  Sizes sizes = WholeSizes(group);
  if (FootprintOf(group, sizes).memory_bytes <= std::min(memory_bytes, kTileBytes)) {
    return ShapeOf(group, sizes);
  }
  // Grow from one step: double the axis that makes moving a byte cheapest, while there is room.
  sizes.assign(group.rank, 1);
  Footprint now = FootprintOf(group, sizes);
  while (true) {
    size_t best_axis = group.rank;
    Footprint best;
    for (size_t k = 0; k < group.rank; ++k) {
      const uint64_t count = AxisOf(group, k).count;
      if (sizes[k] == count) continue;
      const uint64_t size = sizes[k];
      sizes[k] = size > count / 2 ? count : size * 2;
      const Footprint grown = FootprintOf(group, sizes);
      sizes[k] = size;
      if (grown.memory_bytes > memory_bytes) continue;
      if (best_axis == group.rank || grown.cost < best.cost) {
        best_axis = k;
        best = grown;
      }
    }
    if (best_axis == group.rank) break;
    const bool worth_it = best.cost < now.cost * 0.99;
    if (!worth_it && (now.target_bytes >= kTileBytes || best.cost > now.cost)) break;
    const uint64_t count = AxisOf(group, best_axis).count;
    sizes[best_axis] = sizes[best_axis] > count / 2 ? count : sizes[best_axis] * 2;
    now = best;
  }
  Balance(group, sizes);
  return ShapeOf(group, sizes);
}

TileShape RangeTile(const Group& range) {
  TileShape shape;
  shape.sizes = {std::min(AxisOf(range, 0).count, kRangeBytes)};
  shape.memory_bytes = 0;
  shape.whole = shape.sizes == WholeSizes(range);
  return shape;
}

bool IsBetterApart(const Group& group, const TileShape& shape, uint64_t memory_bytes) {
  if (group.members.size() == 1) return false;
  if (shape.memory_bytes > memory_bytes) return true;
  if (shape.whole && shape.dense) return false;
  double moved = 0;
  double written = 0;
  double cost = 0;
  const ByteBox* previous = nullptr;
  for (const ByteBox& member : group.members) {
    if (previous == nullptr || previous->loops != member.loops) {
      cost = ChooseTile(Alone(group, member), memory_bytes).cost;
    }
    previous = &member;
    double bytes = static_cast<double>(group.element.target_bytes);
    for (const Loop& loop : member.loops) bytes *= static_cast<double>(loop.count);
    moved += cost * bytes;
    written += bytes;
  }
  return moved < shape.cost * written;
}

}  // namespace weft::execute
