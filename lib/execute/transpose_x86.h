// Transposes that write whole cache lines past the cache, on x86-64.
//
// Where the rows of the target are far apart, no cache has the lines that are written. An ordinary
// store has each of them read before; these do not.
#ifndef WEFT_EXECUTE_TRANSPOSE_X86_H_
#define WEFT_EXECUTE_TRANSPOSE_X86_H_

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "execute/loops.h"
#include "execute/transpose.h"

namespace weft::execute {

// No cache has the lines of a target that lie apart so far.
constexpr uint64_t kSpreadBytes = 8 << 20;

struct StreamStore {
  template <typename Row>
  void operator()(const Row& row, char* to) const {
    _mm_stream_si128(reinterpret_cast<__m128i*>(to), reinterpret_cast<__m128i>(row));
  }
};

struct StreamStoreAvx512 {
  template <typename Row>
  __attribute__((target("avx512f"))) void operator()(const Row& row, char* to) const {
    _mm512_stream_si512(reinterpret_cast<__m512i*>(to), reinterpret_cast<__m512i>(row));
  }
};

// Both move elements of which `columns` are contiguous in the source and `rows` in the target. The
// counts are multiples of a cache line, and the target's rows begin with one.

template <typename T>
void TransposeLinesPortably(const Loop& columns, const Loop& rows, const char* source,
                            char* target) {
  constexpr size_t kRows = kCacheLineBytes / sizeof(T);
  TransposeSquares<T, 16, kRows>(columns, rows, source, target, StreamStore());
  _mm_sfence();
}

template <typename T>
__attribute__((target("avx512f,avx512bw,avx512vbmi"), flatten)) void TransposeLinesWithAvx512(
    const Loop& columns, const Loop& rows, const char* source, char* target) {
  constexpr size_t kRows = kCacheLineBytes / sizeof(T);
  TransposeSquares<T, 64, kRows>(columns, rows, source, target, StreamStoreAvx512());
  _mm_sfence();
}

inline bool HasAvx512ForTransposes() {
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi");
}

template <typename T>
void TransposeLines(const Loop& columns, const Loop& rows, const char* source, char* target) {
  static const bool kHasAvx512 = HasAvx512ForTransposes();
  if (kHasAvx512) return TransposeLinesWithAvx512<T>(columns, rows, source, target);
  TransposeLinesPortably<T>(columns, rows, source, target);
}

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_TRANSPOSE_X86_H_
