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

// A square of elements, a row in a register of 16 bytes.
template <typename T>
class Square {
 public:
  static constexpr size_t kSize = 16 / sizeof(T);

  Square(const char* source, uint64_t row_stride) {
    for (size_t i = 0; i < kSize; ++i) std::memcpy(&rows_[i], source + i * row_stride, 16);
  }

  void Store(char* target, uint64_t row_stride) const {
    for (size_t i = 0; i < kSize; ++i) std::memcpy(target + i * row_stride, &rows_[i], 16);
  }

  // Interleaving row i with row i + kSize / 2, for all i, rotates the bits of an element's position
  // (row, column) by one; after as many times as a column has bits, row and column have changed
  // places.
  void Transpose() {
    for (size_t step = 1; step < kSize; step *= 2) {
      Row next[kSize];
      for (size_t i = 0; i < kSize / 2; ++i) {
        next[2 * i] = Interleave<0>(rows_[i], rows_[i + kSize / 2], kColumns);
        next[2 * i + 1] = Interleave<kSize / 2>(rows_[i], rows_[i + kSize / 2], kColumns);
      }
      std::copy_n(next, kSize, rows_);
    }
  }

 private:
  using Row __attribute__((vector_size(16))) = T;
  static constexpr std::make_index_sequence<kSize> kColumns = {};

  // a[kFirst], b[kFirst], a[kFirst + 1], b[kFirst + 1], …
  template <size_t kFirst, size_t... kColumn>
  static Row Interleave(Row a, Row b, std::index_sequence<kColumn...>) {
    return __builtin_shufflevector(a, b, (kFirst + kColumn / 2 + kColumn % 2 * kSize)...);
  }

  Row rows_[kSize];
};

// Moves elements of which `columns` are contiguous in the source and `rows` in the target. The
// counts are multiples of Square<T>::kSize.
template <typename T>
void TransposeSquares(const Loop& columns, const Loop& rows, const char* source, char* target) {
  constexpr uint64_t kSize = Square<T>::kSize;
  // A cache line on either side is used up before the next one is begun; of those being written
  // only kSize are open at a time, as they may all compete for the same places in the cache.
  constexpr uint64_t kLine = 64 / sizeof(T);
  for (uint64_t i = 0; i < columns.count; i += kLine) {
    const uint64_t columns_end = std::min(columns.count, i + kLine);
    for (uint64_t j = 0; j < rows.count; j += kLine) {
      const uint64_t rows_end = std::min(rows.count, j + kLine);
      for (uint64_t column = i; column < columns_end; column += kSize) {
        for (uint64_t row = j; row < rows_end; row += kSize) {
          Square<T> square(source + row * rows.source_stride + column * sizeof(T),
                           rows.source_stride);
          square.Transpose();
          square.Store(target + column * columns.target_stride + row * sizeof(T),
                       columns.target_stride);
        }
      }
    }
  }
}

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_TRANSPOSE_H_
