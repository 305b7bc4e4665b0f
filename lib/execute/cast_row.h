// Casts of elements that lie one behind another.
#ifndef WEFT_EXECUTE_CAST_ROW_H_
#define WEFT_EXECUTE_CAST_ROW_H_

#include <cstdint>
#include <cstring>

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

#if defined(__x86_64__) && !defined(__AVX2__)

// The same, with everything that it calls compiled into it for processors that have AVX2.
template <DType kFrom, DType kTo>
__attribute__((target("avx2"), flatten)) void CastRowWithAvx2(const char* source, char* target,
                                                              uint64_t count) {
  CastRowPortably<kFrom, kTo>(source, target, count);
}

// The one for this processor.
template <DType kFrom, DType kTo>
CastRow CastRowHere() {
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
