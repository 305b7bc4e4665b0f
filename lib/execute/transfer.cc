#include "execute/transfer.h"

#include <algorithm>

#include "execute/arena.h"
#include "execute/saturate.h"

namespace weft::execute {
namespace {

// Runs of this size are read to their place one by one, even where one read would get several:
// copying them once more costs more than the calls.
constexpr uint64_t kDirectBytes = 16 << 10;

// Blocks at multiples of a power of two would all compete for a few lines of the cache.
uint64_t BlockStride(uint64_t block_bytes) {
  return block_bytes < 512 ? block_bytes : Sum(block_bytes, 64 + 63) & ~uint64_t{63};
}

// Appends a loop, or lengthens the one before if they step like one.
void Append(Loops& loops, const Loop& loop) {
  if (loop.count == 1) return;
  if (!loops.empty()) {
    Loop& outer = loops.back();
    if (outer.source_stride == loop.count * loop.source_stride &&
        outer.target_stride == loop.count * loop.target_stride) {
      outer = {outer.count * loop.count, loop.source_stride, loop.target_stride};
      return;
    }
  }
  loops.push_back(loop);
}

// Chooses blocks, and fills in `reads` and `moves`.
void ChooseBlocks(Transfer& transfer, bool cast) {
  absl::InlinedVector<size_t, 4> order;  // of loops, by rising stride in the file
  for (size_t k = transfer.loops.size(); k-- > 0;) order.push_back(k);
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    return transfer.loops[a].source_stride < transfer.loops[b].source_stride;
  });

  transfer.moves = transfer.loops;
  transfer.block_bytes = transfer.unit_bytes;
  uint64_t run_bytes = transfer.unit_bytes;  // of a block, without the gaps
  size_t joined = 0;
  if (cast || transfer.unit_bytes < kDirectBytes) {
    for (; joined < order.size(); ++joined) {
      const Loop& loop = transfer.loops[order[joined]];
      if (loop.source_stride > Sum(transfer.block_bytes, kCallBytes)) break;
      transfer.block_bytes += (loop.count - 1) * loop.source_stride;
      run_bytes = Product(run_bytes, loop.count);
    }
  }
  transfer.direct = !cast && joined == 0;

  const uint64_t block_stride = BlockStride(transfer.block_bytes);
  for (size_t i = joined; i < order.size(); ++i) {
    const Loop& loop = transfer.loops[order[i]];
    const uint64_t stride = Product(block_stride, transfer.blocks);
    transfer.moves[order[i]].source_stride = stride;
    transfer.reads.insert(transfer.reads.begin(), {loop.count, loop.source_stride,
                                                   transfer.direct ? loop.target_stride : stride});
    transfer.blocks = Product(transfer.blocks, loop.count);
  }
  // Where runs overlap, or are one and the same, there is none.
  if (transfer.block_bytes > run_bytes) {
    transfer.gap_bytes = Product(transfer.blocks, transfer.block_bytes - run_bytes);
  }
  if (!transfer.direct) {
    transfer.scratch_bytes = Sum(Product(block_stride, transfer.blocks - 1), transfer.block_bytes);
  }
}

}  // namespace

BufferLayout LayoutOf(const Group& group, const Sizes& sizes) {
  BufferLayout layout;
  layout.bytes = group.cell_bytes;
  layout.run_bytes = group.cell_bytes;
  layout.strides.resize(group.rank);
  bool contiguous = true;
  for (size_t k = group.rank; k-- > 0;) {
    layout.strides[k] = layout.bytes;
    if (sizes[k] == 1) continue;
    contiguous = contiguous && AxisOf(group, k).target_stride == layout.bytes;
    layout.bytes = Product(layout.bytes, sizes[k]);
    if (contiguous) {
      layout.run_bytes = layout.bytes;
    } else {
      layout.runs = Product(layout.runs, sizes[k]);
      layout.run_axes = std::max(layout.run_axes, k + 1);
    }
  }
  if (group.in_place) {
    for (size_t k = 0; k < group.rank; ++k) layout.strides[k] = AxisOf(group, k).target_stride;
    layout.runs = 1;
  }
  return layout;
}

Transfer TransferOf(const Group& group, const ByteBox& member, const Sizes& sizes,
                    const BufferLayout& layout) {
  const bool cast = group.element.cast != nullptr;
  Transfer transfer;
  transfer.unit_bytes = group.element.source_bytes;
  for (size_t k = 0; k < group.rank; ++k) {
    Append(transfer.loops, {sizes[k], member.loops[k].source_stride, layout.strides[k]});
  }
  for (size_t k = group.rank; k < member.loops.size(); ++k) Append(transfer.loops, member.loops[k]);
  if (!cast && !transfer.loops.empty()) {
    const Loop& inner = transfer.loops.back();
    if (inner.source_stride == transfer.unit_bytes && inner.target_stride == transfer.unit_bytes) {
      transfer.unit_bytes *= inner.count;
      transfer.loops.pop_back();
    }
  }
  ChooseBlocks(transfer, cast);
  return transfer;
}

}  // namespace weft::execute
