// Swaps two axes of bytes in memory.
#ifndef WEFT_EXECUTE_TRANSPOSE_H_
#define WEFT_EXECUTE_TRANSPOSE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "execute/loops.h"

namespace weft::execute {

inline constexpr uint64_t kCacheLineBytes = 64;

// A square of elements, a row in a register of `kBytes`.
template <typename T, size_t kBytes>
class Square {
 public:
  static constexpr size_t kSize = kBytes / sizeof(T);
  using Row __attribute__((vector_size(kBytes))) = T;

  void Load(const char* source, uint64_t row_stride) {
#pragma GCC unroll 64
    for (size_t i = 0; i < kSize; ++i) std::memcpy(&rows_[i], source + i * row_stride, kBytes);
  }

  const Row& row(size_t i) const { return rows_[i]; }

  // Interleaving row i with row i + kSize / 2, for all i, rotates the bits of an element's position
  // (row, column) by one; after as many times as a column has bits, row and column have changed
  // places.
  void Transpose() {
#pragma GCC unroll 8
    for (size_t step = 1; step < kSize; step *= 2) {
      Row next[kSize];
#pragma GCC unroll 64
      for (size_t i = 0; i < kSize / 2; ++i) {
        Interleave<0>(rows_[i], rows_[i + kSize / 2], kColumns, next[2 * i]);
        Interleave<kSize / 2>(rows_[i], rows_[i + kSize / 2], kColumns, next[2 * i + 1]);
      }
      std::copy_n(next, kSize, rows_);
    }
  }

 private:
  static constexpr std::make_index_sequence<kSize> kColumns = {};

  // a[kFirst], b[kFirst], a[kFirst + 1], b[kFirst + 1], … By reference, since how long vectors are
  // passed depends on the processor that is compiled for.
  template <size_t kFirst, size_t... kColumn>
  static void Interleave(const Row& a, const Row& b, std::index_sequence<kColumn...>, Row& out) {
    out = __builtin_shufflevector(a, b, (kFirst + kColumn / 2 + kColumn % 2 * kSize)...);
  }

  Row rows_[kSize];
};

// Moves elements of which `columns` are contiguous in the source and `rows` in the target, in
// squares of registers of `kBytes` that `store(row, to)` brings to memory, `kRows` of the target at
// a time. The columns are multiples of Square<T, kBytes>::kSize, the rows of `kRows`, and these of
// that size.
template <typename T, size_t kBytes, size_t kRows, typename Store>
void TransposeSquares(const Loop& columns, const Loop& rows, const char* source, char* target,
                      const Store& store) {
  constexpr size_t kSize = Square<T, kBytes>::kSize;
  // A cache line on either side is used up before the next one is begun; of those being written
  // only kSize are open at a time, as they may all compete for the same places in the cache.
  constexpr uint64_t kLine = kCacheLineBytes / sizeof(T);
  for (uint64_t i = 0; i < columns.count; i += kLine) {
    const uint64_t columns_end = std::min(columns.count, i + kLine);
    for (uint64_t j = 0; j < rows.count; j += kLine) {
      const uint64_t rows_end = std::min(rows.count, j + kLine);
      for (uint64_t column = i; column < columns_end; column += kSize) {
        for (uint64_t row = j; row < rows_end; row += kRows) {
          Square<T, kBytes> squares[kRows / kSize];
          const char* from = source + row * rows.source_stride + column * sizeof(T);
          for (Square<T, kBytes>& square : squares) {
            square.Load(from, rows.source_stride);
            square.Transpose();
            from += kSize * rows.source_stride;
          }
          char* to = target + column * columns.target_stride + row * sizeof(T);
#pragma GCC unroll 64
          for (size_t k = 0; k < kSize; ++k) {
            for (size_t part = 0; part < kRows / kSize; ++part) {
              store(squares[part].row(k), to + part * kBytes);
            }
            to += columns.target_stride;
          }
        }
      }
    }
  }
}

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_TRANSPOSE_H_
