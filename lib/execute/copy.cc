#include "execute/copy.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "execute/move.h"
#include "execute/transpose.h"
#if defined(__x86_64__)
#include "execute/transpose_x86.h"
#endif

namespace weft::execute {
namespace {

constexpr size_t kRegisterBytes = 16;

// A copy of a size that the compiler knows becomes one or two moves of a register.
template <size_t kBytes>
struct Bytes {
  static constexpr uint64_t kSourceBytes = kBytes;
  static constexpr uint64_t kTargetBytes = kBytes;
  static void Move(const char* source, char* target) { std::memcpy(target, source, kBytes); }
};

// Moves whole squares of `size` elements with `squares`, and with `rest` what is left at two edges.
template <typename Squares, typename Rest>
void SplitPlane(uint64_t size, const Loop& outer, const Loop& inner, const char* source,
                char* target, const Squares& squares, const Rest& rest) {
  Loop columns = outer;
  columns.count -= outer.count % size;
  Loop rows = inner;
  rows.count -= inner.count % size;
  squares(columns, rows, source, target);
  const Loop last_columns = {outer.count - columns.count, outer.source_stride, outer.target_stride};
  const Loop last_rows = {inner.count - rows.count, inner.source_stride, inner.target_stride};
  rest(last_columns, inner, source + columns.count * outer.source_stride,
       target + columns.count * outer.target_stride);
  rest(columns, last_rows, source + rows.count * inner.source_stride,
       target + rows.count * inner.target_stride);
}

// Squares of elements, swapped in registers.
template <typename T>
void TransposePlane(const Loop& outer, const Loop& inner, const char* source, char* target) {
  constexpr size_t kSize = Square<T, kRegisterBytes>::kSize;
  const auto store = [](const auto& row, char* to) { std::memcpy(to, &row, kRegisterBytes); };
  SplitPlane(
      kSize, outer, inner, source, target,
      [&](const Loop& columns, const Loop& rows, const char* from, char* to) {
        TransposeSquares<T, kRegisterBytes, kSize>(columns, rows, from, to, store);
      },
      MovePlane<Bytes<sizeof(T)>>);
}

// Two loops; where they swap contiguous axes, this is done in registers.
template <typename T>
void CopyPlane(const Loop& outer, const Loop& inner, const char* source, char* target) {
  if (outer.source_stride != sizeof(T) || inner.target_stride != sizeof(T)) {
    return MovePlane<Bytes<sizeof(T)>>(outer, inner, source, target);
  }
#if defined(__x86_64__)
  const bool has_lines = reinterpret_cast<uintptr_t>(target) % kCacheLineBytes == 0 &&
                         outer.target_stride % kCacheLineBytes == 0;
  if (has_lines && outer.count * outer.target_stride >= kSpreadBytes) {
    return SplitPlane(kCacheLineBytes / sizeof(T), outer, inner, source, target, TransposeLines<T>,
                      TransposePlane<T>);
  }
#endif
  TransposePlane<T>(outer, inner, source, target);
}

template <typename T>
void CopyAll(const Loop* loops, size_t count, const char* source, char* target) {
  MoveAll<Bytes<sizeof(T)>, CopyPlane<T>>(loops, count, source, target);
}

}  // namespace

void CopyUnits(uint64_t unit_bytes, const Loop* loops, size_t count, const char* source,
               char* target) {
  switch (unit_bytes) {
    case 1:
      return CopyAll<uint8_t>(loops, count, source, target);
    case 2:
      return CopyAll<uint16_t>(loops, count, source, target);
    case 4:
      return CopyAll<uint32_t>(loops, count, source, target);
    case 8:
      return CopyAll<uint64_t>(loops, count, source, target);
    case 16:
      return MoveAll<Bytes<16>>(loops, count, source, target);
    default:
      ForEachStep(loops, count, [&](uint64_t from, uint64_t to) {
        std::memcpy(target + to, source + from, unit_bytes);
      });
  }
}

}  // namespace weft::execute
