// How the part of one box that lies in a tile gets from the source file into the tile's buffer.
//
// The source is read in blocks. A block is contiguous in the file: the longest run of the box, and
// where the gaps between runs are cheaper to read than to step over, several runs with their gaps.
// Blocks that already lie in the order of the output are read to their place in the buffer; others
// are read into scratch memory and rearranged from there.
#ifndef WEFT_EXECUTE_TRANSFER_H_
#define WEFT_EXECUTE_TRANSFER_H_

#include <cstdint>

#include "execute/group.h"

namespace weft::execute {

// Bytes that take about as long to move as one more system call: gaps up to this size are read, and
// shapes of tiles are weighed by it.
inline constexpr uint64_t kCallBytes = 4096;

struct Transfer {
  // Loops over the file (source_stride) and the buffer (target_stride), around units.
  Loops loops;
  uint64_t unit_bytes = 1;   // copy: contiguous on both sides; cast: one element of the source
  uint64_t block_bytes = 0;  // of one read
  uint64_t blocks = 1;       // number of reads
  uint64_t gap_bytes = 0;    // in all blocks together, between runs
  Loops reads;               // from block to block: in the file, and in what is read into
  Loops moves;               // of units from scratch to buffer; unused when direct
  bool direct = false;       // read into the buffer
  uint64_t scratch_bytes = 0;
};

// Where the cells of a tile lie in its buffer: as in the file, with the gaps between runs left out.
// In place the buffer is the output itself, gaps included, and there is nothing to write.
struct BufferLayout {
  Sizes strides;           // of the axes
  uint64_t run_bytes = 0;  // contiguous in buffer and file
  uint64_t runs = 1;
  size_t run_axes = 0;  // the first axes, which step from run to run
  uint64_t bytes = 0;
};

// Sums and products saturate.
BufferLayout LayoutOf(const Group& group, const Sizes& sizes);

Transfer TransferOf(const Group& group, const ByteBox& member, const Sizes& sizes,
                    const BufferLayout& layout);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_TRANSFER_H_
