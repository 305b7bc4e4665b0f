#include "execute/copy.h"

#include <catch2/catch.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <new>
#include <random>
#include <vector>

#if defined(__x86_64__)
#include "execute/transpose_x86.h"
#endif

namespace weft::execute {
namespace {

// Memory of which the first byte begins a cache line, and all are 0xEE.
class Memory {
 public:
  explicit Memory(uint64_t size_bytes)
      : bytes_(static_cast<char*>(::operator new(size_bytes, kAlignment))),
        size_bytes_(size_bytes) {
    std::memset(bytes_, 0xEE, size_bytes);
  }
  ~Memory() { ::operator delete(bytes_, kAlignment); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  char* data() { return bytes_; }
  bool operator==(const Memory& o) const {
    return size_bytes_ == o.size_bytes_ && std::memcmp(bytes_, o.bytes_, size_bytes_) == 0;
  }

 private:
  static constexpr std::align_val_t kAlignment{64};
  char* bytes_;
  uint64_t size_bytes_;
};

std::vector<char> RandomBytes(uint64_t size_bytes) {
  std::mt19937_64 random(size_bytes);
  std::vector<char> bytes(size_bytes);
  for (char& byte : bytes) byte = static_cast<char>(random());
  return bytes;
}

// A matrix [rows, columns], and where it is put as [columns, rows].
struct Transposition {
  uint64_t unit_bytes = 0;
  uint64_t rows = 0;
  uint64_t columns = 0;
  uint64_t source_stride = 0;  // of a row
  uint64_t target_stride = 0;  // of a column
  uint64_t target_offset = 0;  // from the beginning of a cache line

  Loop columns_loop() const { return {columns, unit_bytes, target_stride}; }
  Loop rows_loop() const { return {rows, source_stride, unit_bytes}; }
  uint64_t target_bytes() const { return target_offset + columns * target_stride; }
};

// Unit by unit.
void TransposeSimply(const Transposition& t, const char* source, char* target) {
  for (uint64_t row = 0; row < t.rows; ++row) {
    for (uint64_t column = 0; column < t.columns; ++column) {
      std::memcpy(target + t.target_offset + column * t.target_stride + row * t.unit_bytes,
                  source + row * t.source_stride + column * t.unit_bytes, t.unit_bytes);
    }
  }
}

template <typename Transpose>
void CheckTransposes(const Transposition& t, const Transpose& transpose) {
  CAPTURE(t.unit_bytes, t.rows, t.columns, t.source_stride, t.target_stride, t.target_offset);
  const std::vector<char> source = RandomBytes(t.rows * t.source_stride);
  Memory expected(t.target_bytes());
  TransposeSimply(t, source.data(), expected.data());
  Memory target(t.target_bytes());
  transpose(source.data(), target.data() + t.target_offset);
  CHECK(target == expected);
}

void CheckCopyTransposes(const Transposition& t) {
  const Loop loops[] = {t.columns_loop(), t.rows_loop()};
  CheckTransposes(t, [&](const char* source, char* target) {
    CopyUnits(t.unit_bytes, loops, 2, source, target);
  });
}

TEST_CASE("copy: transposes of every unit, whole squares or not", "[execute]") {
  for (const uint64_t unit : {1u, 2u, 3u, 4u, 8u, 16u}) {
    for (const uint64_t rows : {1u, 7u, 32u, 70u, 129u}) {
      for (const uint64_t columns : {2u, 16u, 67u, 128u}) {
        CheckCopyTransposes({unit, rows, columns, columns * unit, rows * unit, 0});
        CheckCopyTransposes({unit, rows, columns, columns * unit + 5, rows * unit + 3, 1});
      }
    }
  }
}

TEST_CASE("copy: transposes to rows that are far apart", "[execute]") {
  constexpr uint64_t kFar = 160 << 10;
  for (const uint64_t unit : {1u, 2u, 4u, 8u, 16u}) {
    for (const uint64_t rows : {64u, 70u, 200u}) {
      for (const uint64_t columns : {64u, 67u}) {
        CAPTURE(unit, rows, columns);
        CheckCopyTransposes({unit, rows, columns, columns * unit + 64, kFar, 0});
        CheckCopyTransposes({unit, rows, columns, columns * unit + 1, kFar, 128});
        // Rows that do not begin with a cache line.
        CheckCopyTransposes({unit, rows, columns, columns * unit, kFar, unit});
        CheckCopyTransposes({unit, rows, columns, columns * unit, kFar + unit, 0});
      }
    }
  }
}

#if defined(__x86_64__)

template <typename T>
void CheckTransposesLines() {
  constexpr uint64_t kLine = 64 / sizeof(T);
  for (const uint64_t rows : {kLine, 3 * kLine}) {
    for (const uint64_t columns : {kLine, 2 * kLine}) {
      const Transposition t = {sizeof(T), rows, columns, columns * sizeof(T) + 8, 64 * rows, 64};
      const auto check = [&](auto transpose) {
        CheckTransposes(t, [&](const char* source, char* target) {
          transpose(t.columns_loop(), t.rows_loop(), source, target);
        });
      };
      check(TransposeLinesPortably<T>);
      if (HasAvx512ForTransposes()) check(TransposeLinesWithAvx512<T>);
    }
  }
}

TEST_CASE("copy: transposes past the cache, with and without AVX-512", "[execute]") {
  CheckTransposesLines<uint8_t>();
  CheckTransposesLines<uint16_t>();
  CheckTransposesLines<uint32_t>();
  CheckTransposesLines<uint64_t>();
}

#endif

}  // namespace
}  // namespace weft::execute
