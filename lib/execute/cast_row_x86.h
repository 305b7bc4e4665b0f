// Casts that some x86-64 processors have instructions for. They give the bits that
// CastRowPortably gives.
#ifndef WEFT_EXECUTE_CAST_ROW_X86_H_
#define WEFT_EXECUTE_CAST_ROW_X86_H_

#include <immintrin.h>

#include <array>
#include <cstdint>

#include "tensor/float_element.h"
#include "weft/dtype.h"

namespace weft::execute {

// Both cast as many elements as fill whole registers, and return how many these are.

// F16 to F32.
__attribute__((target("avx,f16c"))) inline uint64_t WidenHalves(const char* source, char* target,
                                                                uint64_t count) {
  uint64_t i = 0;
  for (; i + 8 <= count; i += 8) {
    const __m128i halves = _mm_loadu_si128(reinterpret_cast<const __m128i*>(source + 2 * i));
    _mm256_storeu_ps(reinterpret_cast<float*>(target + 4 * i), _mm256_cvtph_ps(halves));
  }
  return i;
}

// What each byte becomes, its two bytes apart.
struct ByteTable {
  alignas(64) std::array<uint8_t, 256> low;
  alignas(64) std::array<uint8_t, 256> high;
};

template <DType kFrom, DType kTo>
ByteTable MakeByteTable() {
  ByteTable table;
  for (unsigned byte = 0; byte < 256; ++byte) {
    const uint16_t wide = CastElement<kFrom, kTo>(static_cast<uint8_t>(byte));
    table.low[byte] = static_cast<uint8_t>(wide & 0xFF);
    table.high[byte] = static_cast<uint8_t>(wide >> 8);
  }
  return table;
}

// 8 bits to 16, by table: 64 elements at a time, in registers that hold a table of 128 bytes.
__attribute__((target("avx512f,avx512bw,avx512vbmi"))) inline uint64_t WidenByTable(
    const ByteTable& table, const char* source, char* target, uint64_t count) {
  __m512i low[4];
  __m512i high[4];
  for (size_t part = 0; part < 4; ++part) {
    low[part] = _mm512_load_si512(table.low.data() + 64 * part);
    high[part] = _mm512_load_si512(table.high.data() + 64 * part);
  }
  // From halves of 128-bit lanes to the order of the elements.
  const __m512i first = _mm512_setr_epi64(0, 1, 8, 9, 2, 3, 10, 11);
  const __m512i second = _mm512_setr_epi64(4, 5, 12, 13, 6, 7, 14, 15);
  uint64_t i = 0;
  for (; i + 64 <= count; i += 64) {
    const __m512i bytes = _mm512_loadu_si512(source + i);
    const __mmask64 is_upper = _mm512_movepi8_mask(bytes);
    const __m512i lows =
        _mm512_mask_blend_epi8(is_upper, _mm512_permutex2var_epi8(low[0], bytes, low[1]),
                               _mm512_permutex2var_epi8(low[2], bytes, low[3]));
    const __m512i highs =
        _mm512_mask_blend_epi8(is_upper, _mm512_permutex2var_epi8(high[0], bytes, high[1]),
                               _mm512_permutex2var_epi8(high[2], bytes, high[3]));
    const __m512i even = _mm512_unpacklo_epi8(lows, highs);
    const __m512i odd = _mm512_unpackhi_epi8(lows, highs);
    _mm512_storeu_si512(target + 2 * i, _mm512_permutex2var_epi64(even, first, odd));
    _mm512_storeu_si512(target + 2 * i + 64, _mm512_permutex2var_epi64(even, second, odd));
  }
  return i;
}

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_CAST_ROW_X86_H_
