// What a worker does at once: read some of the source, and write one piece of the output.
#ifndef WEFT_EXECUTE_JOB_H_
#define WEFT_EXECUTE_JOB_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "execute/group.h"

namespace weft::execute {

// A tile of a group.
struct Piece {
  std::shared_ptr<const Group> group;
  Sizes begin;                // first step of each axis
  Sizes sizes;                // steps of each axis
  uint64_t memory_bytes = 0;  // at most
  bool direct = false;        // read to its place in the buffer
};

// One piece; or several whole groups that are neighbours in the output, to be written at once. In
// place, pieces that follow one another, which need not fit the memory together.
struct Job {
  uint64_t number = 0;  // from 1 on, in the order of the output
  std::vector<Piece> pieces;
};

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_JOB_H_
