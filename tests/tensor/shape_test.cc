#include "tensor/shape.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <limits>

namespace weft {
namespace {

constexpr int64_t kTwo62 = int64_t{1} << 62;
constexpr int64_t kMost = std::numeric_limits<int64_t>::max();

TEST_CASE("shape: text", "[tensor]") {
  CHECK(TextOf(Shape{}) == "[]");
  CHECK(TextOf(Shape{7}) == "[7]");
  CHECK(TextOf(Shape{60, 1408, 2048}) == "[60, 1408, 2048]");
}

TEST_CASE("shape: number of elements", "[tensor]") {
  CHECK(CheckedElementsOf({}) == 1);
  CHECK(CheckedElementsOf({3, 4, 5}) == 60);
  CHECK(CheckedElementsOf({3, 0, 5}) == 0);
  CHECK(CheckedElementsOf({kMost}) == static_cast<uint64_t>(kMost));
  CHECK(ElementsOf({}) == 1);
  CHECK(ElementsOf({3, 0, 5}) == 0);
  CHECK(ElementsOf({3, 4, 5}) == 60);
}

TEST_CASE("shape: a product of 2^63 or more is refused in any order of the axes", "[tensor]") {
  for (Shape shape : {Shape{0, 4, kTwo62}, Shape{2, 2, kTwo62}, Shape{1, 3, kMost}}) {
    std::sort(shape.begin(), shape.end());
    do {
      CHECK_FALSE(CheckedElementsOf(shape).has_value());
      CHECK_FALSE(CheckedBitsOf(shape, DType::kU8).has_value());
    } while (std::next_permutation(shape.begin(), shape.end()));
  }
}

TEST_CASE("shape: a negative size is refused", "[tensor]") {
  CHECK_FALSE(CheckedElementsOf({-1}).has_value());
  CHECK_FALSE(CheckedElementsOf({0, -1}).has_value());
  CHECK_FALSE(CheckedBitsOf({-2, -2}, DType::kF32).has_value());
}

TEST_CASE("shape: bits", "[tensor]") {
  CHECK(CheckedBitsOf({}, DType::kF32) == 32);
  CHECK(CheckedBitsOf({3}, DType::kF4) == 12);
  CHECK(CheckedBitsOf({4}, DType::kF6E2M3) == 24);
  CHECK(CheckedBitsOf({5, 0}, DType::kF64) == 0);
  CHECK(CheckedBitsOf({kTwo62 / 64}, DType::kF64) == static_cast<uint64_t>(kTwo62));
  CHECK_FALSE(CheckedBitsOf({kTwo62 / 32}, DType::kF64).has_value());
  CHECK_FALSE(CheckedBitsOf({0, kTwo62 / 32}, DType::kF64).has_value());
}

TEST_CASE("shape: checked sums and products", "[tensor]") {
  constexpr uint64_t kMax = std::numeric_limits<uint64_t>::max();
  CHECK(CheckedAdd(kMax - 1, 1) == kMax);
  CHECK_FALSE(CheckedAdd(kMax, 1).has_value());
  CHECK(CheckedMultiply(kMax / 3, 3) == kMax);
  CHECK_FALSE(CheckedMultiply(kMax / 3 + 1, 3).has_value());
  CHECK(CheckedMultiply(0, kMax) == 0);
}

}  // namespace
}  // namespace weft
