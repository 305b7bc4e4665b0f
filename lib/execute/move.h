// The loop nest of all kernels, as a template over what happens to one element.
//
// A Unit has `kSourceBytes`, `kTargetBytes` and `static void Move(const char*, char*)`.
#ifndef WEFT_EXECUTE_MOVE_H_
#define WEFT_EXECUTE_MOVE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "execute/loops.h"

namespace weft::execute {

template <typename Unit>
void MoveRow(const Loop& row, const char* source, char* target) {
  // Strides that the compiler knows let it use vector instructions.
  if (row.source_stride == Unit::kSourceBytes && row.target_stride == Unit::kTargetBytes) {
    for (uint64_t i = 0; i < row.count; ++i) {
      Unit::Move(source + i * Unit::kSourceBytes, target + i * Unit::kTargetBytes);
    }
    return;
  }
  for (uint64_t i = 0; i < row.count; ++i) {
    Unit::Move(source + i * row.source_stride, target + i * row.target_stride);
  }
}

// Two loops of which one is short in the source's strides and the other in the target's: in blocks
// of so few cache lines on either side that each line is still in the cache when its next element
// is moved.
template <typename Unit>
void MovePlane(const Loop& outer, const Loop& inner, const char* source, char* target) {
  constexpr uint64_t kBlock = 32;
  for (uint64_t i = 0; i < outer.count; i += kBlock) {
    const uint64_t outer_end = std::min(outer.count, i + kBlock);
    for (uint64_t j = 0; j < inner.count; j += kBlock) {
      const Loop row = {std::min(inner.count - j, kBlock), inner.source_stride,
                        inner.target_stride};
      const char* from = source + i * outer.source_stride + j * inner.source_stride;
      char* to = target + i * outer.target_stride + j * inner.target_stride;
      for (uint64_t o = i; o < outer_end; ++o) {
        MoveRow<Unit>(row, from, to);
        from += outer.source_stride;
        to += outer.target_stride;
      }
    }
  }
}

// A Kernel. `kMovePlane` moves what MovePlane moves.
template <typename Unit, auto kMovePlane = MovePlane<Unit>>
void MoveAll(const Loop* loops, size_t count, const char* source, char* target) {
  if (count == 0) {
    Unit::Move(source, target);
    return;
  }
  // `inner` has the shortest steps in the target, `outer` those in the source.
  Loops rest(loops, loops + count);
  Loop inner = rest.back();
  rest.pop_back();
  const auto outer_at = std::min_element(
      rest.begin(), rest.end(),
      [](const Loop& a, const Loop& b) { return a.source_stride < b.source_stride; });
  if (outer_at == rest.end() || outer_at->source_stride >= inner.source_stride) {
    ForEachStep(rest.data(), rest.size(), [&](uint64_t from, uint64_t to) {
      MoveRow<Unit>(inner, source + from, target + to);
    });
    return;
  }
  Loop outer = *outer_at;
  rest.erase(outer_at);
  // Rows of a few elements are all overhead.
  if (inner.count < 8 && inner.count < outer.count) std::swap(inner, outer);
  ForEachStep(rest.data(), rest.size(), [&](uint64_t from, uint64_t to) {
    kMovePlane(outer, inner, source + from, target + to);
  });
}

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_MOVE_H_
