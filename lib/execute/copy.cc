#include "execute/copy.h"

#include <cstring>

#include "execute/move.h"
#include "execute/transpose.h"

namespace weft::execute {
namespace {

// A copy of a size that the compiler knows becomes one or two moves of a register.
template <size_t kBytes>
struct Bytes {
  static constexpr uint64_t kSourceBytes = kBytes;
  static constexpr uint64_t kTargetBytes = kBytes;
  static void Move(const char* source, char* target) { std::memcpy(target, source, kBytes); }
};

// Two loops; where they swap contiguous axes, squares of elements are swapped in registers.
template <typename T>
void CopyPlane(const Loop& outer, const Loop& inner, const char* source, char* target) {
  using Unit = Bytes<sizeof(T)>;
  if (outer.source_stride != sizeof(T) || inner.target_stride != sizeof(T)) {
    return MovePlane<Unit>(outer, inner, source, target);
  }
  Loop columns = outer;
  columns.count -= outer.count % Square<T>::kSize;
  Loop rows = inner;
  rows.count -= inner.count % Square<T>::kSize;
  TransposeSquares<T>(columns, rows, source, target);
  const Loop last_columns = {outer.count - columns.count, outer.source_stride, outer.target_stride};
  const Loop last_rows = {inner.count - rows.count, inner.source_stride, inner.target_stride};
  MovePlane<Unit>(last_columns, inner, source + columns.count * outer.source_stride,
                  target + columns.count * outer.target_stride);
  MovePlane<Unit>(columns, last_rows, source + rows.count * inner.source_stride,
                  target + rows.count * inner.target_stride);
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
