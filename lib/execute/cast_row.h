// Casts of elements that lie one behind another.
#ifndef WEFT_EXECUTE_CAST_ROW_H_
#define WEFT_EXECUTE_CAST_ROW_H_

#include <cstdint>
#include <cstring>

#if defined(__x86_64__)
#include "execute/cast_row_x86.h"
#endif
#include "tensor/float_element.h"
#include "weft/dtype.h"

namespace weft::execute {

// Source and target do not overlap and need no alignment.
using CastRow = void (*)(const char* source, char* target, uint64_t count);

template <DType kFrom, DType kTo>
void CastRowPortably(const char* source, char* target, uint64_t count) {
  typename FloatElement<kFrom>::Bits from;
  typename FloatElement<kTo>::Bits to;
  for (uint64_t i = 0; i < count; ++i) {
    std::memcpy(&from, source + i * sizeof(from), sizeof(from));
    to = CastElement<kFrom, kTo>(from);
    std::memcpy(target + i * sizeof(to), &to, sizeof(to));
  }
}

#if defined(__x86_64__)

// The same, with everything that it calls compiled into it for processors that have AVX2.
template <DType kFrom, DType kTo>
__attribute__((target("avx2"), flatten)) void CastRowWithAvx2(const char* source, char* target,
                                                              uint64_t count) {
  CastRowPortably<kFrom, kTo>(source, target, count);
}

template <DType kFrom, DType kTo>
void CastRowWithF16c(const char* source, char* target, uint64_t count) {
  const uint64_t done = WidenHalves(source, target, count);
  CastRowPortably<kFrom, kTo>(source + 2 * done, target + 4 * done, count - done);
}

template <DType kFrom, DType kTo>
void CastRowByTable(const char* source, char* target, uint64_t count) {
  static const ByteTable kTable = MakeByteTable<kFrom, kTo>();
  const uint64_t done = WidenByTable(kTable, source, target, count);
  CastRowPortably<kFrom, kTo>(source + done, target + 2 * done, count - done);
}

// The one for this processor.
template <DType kFrom, DType kTo>
CastRow CastRowHere() {
  if constexpr (kFrom == DType::kF16 && kTo == DType::kF32) {
    if (__builtin_cpu_supports("f16c")) return CastRowWithF16c<kFrom, kTo>;
  }
  if constexpr (sizeof(typename FloatElement<kFrom>::Bits) == 1 &&
                sizeof(typename FloatElement<kTo>::Bits) == 2) {
    if (__builtin_cpu_supports("avx512vbmi") && __builtin_cpu_supports("avx512bw")) {
      return CastRowByTable<kFrom, kTo>;
    }
  }
  return __builtin_cpu_supports("avx2") ? CastRowWithAvx2<kFrom, kTo> : CastRowPortably<kFrom, kTo>;
}

#else

template <DType kFrom, DType kTo>
CastRow CastRowHere() {
  return CastRowPortably<kFrom, kTo>;
}

#endif

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_CAST_ROW_H_
