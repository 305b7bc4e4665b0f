// Boxes that are carried out together, because together they fill a piece of the output.
//
// A box whose target is scattered writes short runs; where other boxes fill the gaps between its
// runs (two matrices joined along their columns, gate and up interleaved), doing them together
// turns many short writes into few long ones. A group has axes, which all its boxes have as their
// outer loops, and for every step of the axes a cell: contiguous bytes that the boxes fill without
// a hole.
//
//   [d, 2f] of a [d, f] and b [d, f]:   one axis of d steps, cells of 2f elements, members a and b
//   [c, r], transposed, alone:          axes c and r, cells of one element, one member
#ifndef WEFT_EXECUTE_GROUP_H_
#define WEFT_EXECUTE_GROUP_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "execute/byte_box.h"

namespace weft::execute {

struct Group {
  Element element;
  bool in_place = false;   // the output is memory: bytes are put where they belong, not written
  bool by_system = false;  // one contiguous range of bytes, which the system may copy by itself
  uint32_t target_file = 0;
  uint64_t target_offset = 0;  // of the first cell, from the start of the file
  uint64_t cell_bytes = 0;
  size_t rank = 0;  // the number of axes: the first `rank` loops of every member, which
                    // agree in counts and target strides
  std::vector<ByteBox> members;
};

// Sizes of a tile along the axes of a group.
using Sizes = absl::InlinedVector<uint64_t, 4>;

inline const Loop& AxisOf(const Group& group, size_t axis) { return group.members[0].loops[axis]; }

// All steps of all axes.
Sizes WholeSizes(const Group& group);

// Finds the axes and cells of a group of which element, target_file and members are set; the
// members are ordered by target_offset. False when they fill no cells of at most `max_cell_bytes`.
bool FormCells(Group& group, uint64_t max_cell_bytes);

// A group of one member of `group`, with all its loops as axes.
Group Alone(const Group& group, ByteBox member);

// The same group as a range of bytes, one cell each, when it is contiguous in source and output and
// nothing is cast; otherwise nullopt.
std::optional<Group> AsRange(const Group& group);

// The number of bytes from the first that the box writes to the last.
uint64_t TargetSpan(const ByteBox& box, const Element& element);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_GROUP_H_
