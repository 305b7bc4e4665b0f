// Into which tiles a group is cut.
//
// A tile is the part of a group between two steps of each axis. It must fit the memory of a worker:
// the buffer for what it writes and the scratch for what it reads. Within that, long reads and long
// writes pull its shape in different directions when axes change their order.
#ifndef WEFT_EXECUTE_TILE_H_
#define WEFT_EXECUTE_TILE_H_

#include <cstdint>

#include "execute/group.h"
#include "execute/transfer.h"

namespace weft::execute {

// Tiles are not made larger than this once that saves hardly any calls: a buffer that stays in the
// processor's cache between read and write is faster than a longer call.
inline constexpr uint64_t kTileBytes = 1 << 20;

struct TileShape {
  Sizes sizes;
  uint64_t memory_bytes = 0;  // of the largest tile
  bool direct = false;        // all of it is read to where it lies in the tile's buffer
  double cost = 0;            // of a byte of output: bytes that are moved for it, calls included
  bool whole = false;         // one tile is the whole group
  bool dense = false;         // a tile is contiguous in the output
};

// The shape for at most `memory_bytes` of buffers. Its own memory_bytes is larger only when a tile
// of one step of each axis is.
TileShape ChooseTile(const Group& group, uint64_t memory_bytes);

// The shape of the pieces in which the system copies a range.
TileShape RangeTile(const Group& range);

// True when the members of the group, each alone and in its own tiles, cost less than the group in
// tiles of `shape`: when cells are so large that few fit a tile, reads across them are short.
bool IsBetterApart(const Group& group, const TileShape& shape, uint64_t memory_bytes);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_TILE_H_
