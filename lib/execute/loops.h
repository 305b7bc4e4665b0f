// Strided loops over bytes, and the kernels that run them in memory.
#ifndef WEFT_EXECUTE_LOOPS_H_
#define WEFT_EXECUTE_LOOPS_H_

#include <cstdint>

#include "absl/container/inlined_vector.h"

namespace weft::execute {

// `count` steps; each moves the source and the target by that many bytes.
struct Loop {
  uint64_t count = 1;
  uint64_t source_stride = 0;
  uint64_t target_stride = 0;

  bool operator==(const Loop& o) const {
    return count == o.count && source_stride == o.source_stride && target_stride == o.target_stride;
  }
};

// Outermost first, by falling target_stride.
using Loops = absl::InlinedVector<Loop, 4>;

// Calls `visit(source_offset, target_offset)` for every step of all `loops`, the last one fastest.
template <typename Visit>
void ForEachStep(const Loop* loops, size_t count, const Visit& visit) {
  absl::InlinedVector<uint64_t, 4> step(count, 0);
  uint64_t source = 0;
  uint64_t target = 0;
  while (true) {
    visit(source, target);
    size_t k = count;
    while (true) {
      if (k == 0) return;
      const Loop& loop = loops[--k];
      if (++step[k] < loop.count) {
        source += loop.source_stride;
        target += loop.target_stride;
        break;
      }
      source -= (loop.count - 1) * loop.source_stride;
      target -= (loop.count - 1) * loop.target_stride;
      step[k] = 0;
    }
  }
}

// Moves one element for every step of `loops`. Source and target do not overlap and need no
// alignment.
using Kernel = void (*)(const Loop* loops, size_t count, const char* source, char* target);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_LOOPS_H_
