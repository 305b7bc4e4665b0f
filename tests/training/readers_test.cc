// Readers that put the bytes of tensors together.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "files/decoded_text.h"
#include "formats/box_reader.h"
#include "formats/byte_reader.h"
#include "formats/float_reader.h"
#include "formats/piece_cursor.h"

namespace weft::test {
namespace {

template <typename Number>
std::string BytesOf(const std::vector<Number>& numbers) {
  std::string bytes(numbers.size() * sizeof(Number), '\0');
  std::memcpy(bytes.data(), numbers.data(), bytes.size());
  return bytes;
}

std::string ReadAll(const ByteReader& reader, uint64_t step_bytes) {
  std::string bytes(reader.size_bytes(), '\0');
  for (uint64_t at = 0; at < bytes.size(); at += step_bytes) {
    const uint64_t now = std::min<uint64_t>(step_bytes, bytes.size() - at);
    REQUIRE(reader.ReadAt(at, now, bytes.data() + at).ok());
  }
  return bytes;
}

template <typename Number>
std::vector<float> Floats(const std::vector<Number>& numbers, DType dtype) {
  const std::string stored = "??" + BytesOf(numbers);
  const FloatReader reader(std::make_shared<const DecodedText>(stored, "f"), {2, stored.size() - 2},
                           dtype);
  const std::string whole = ReadAll(reader, 1U << 20U);
  CHECK(ReadAll(reader, 3) == whole);
  std::vector<float> floats(numbers.size());
  REQUIRE(whole.size() == floats.size() * 4);
  std::memcpy(floats.data(), whole.data(), whole.size());
  return floats;
}

TEST_CASE("float reader: integers and booleans become the nearest float", "[training]") {
  CHECK(Floats<int64_t>({0, -3, (1 << 24) + 1, INT64_MIN}, DType::kI64) ==
        std::vector<float>{0, -3, 16777216, -9223372036854775808.0F});
  CHECK(Floats<uint64_t>({UINT64_MAX}, DType::kU64) == std::vector<float>{18446744073709551616.0F});
  CHECK(Floats<int32_t>({-5, 7}, DType::kI32) == std::vector<float>{-5, 7});
  CHECK(Floats<int8_t>({-128, 127}, DType::kI8) == std::vector<float>{-128, 127});
  CHECK(Floats<uint8_t>({200}, DType::kU8) == std::vector<float>{200});
  CHECK(Floats<uint8_t>({0, 1}, DType::kBool) == std::vector<float>{0, 1});
}

TEST_CASE("float reader: other floating-point numbers are what they are", "[training]") {
  CHECK(Floats<uint16_t>({0x3C00, 0x0001, 0xFC00}, DType::kF16) ==
        std::vector<float>{1, 5.9604644775390625e-08F, -INFINITY});
  CHECK(Floats<uint16_t>({0x3F80, 0xC000}, DType::kBF16) == std::vector<float>{1, -2});
  CHECK(Floats<double>({0.1, 1e300}, DType::kF64) == std::vector<float>{0.1F, INFINITY});
  CHECK_FALSE(FloatReader::Takes(DType::kC64));
  CHECK_FALSE(FloatReader::Takes(DType::kF4));
}

TEST_CASE("float reader: more than a window is read", "[training]") {
  std::vector<int32_t> numbers(50'000);
  for (size_t i = 0; i < numbers.size(); ++i) numbers[i] = static_cast<int32_t>(i) - 7;
  const std::string stored = BytesOf(numbers);
  const FloatReader reader(std::make_shared<const DecodedText>(stored, "f"), {0, stored.size()},
                           DType::kI32);
  const std::string bytes = ReadAll(reader, reader.size_bytes());
  for (size_t i = 0; i < numbers.size(); ++i) {
    float number = 0;
    std::memcpy(&number, bytes.data() + i * 4, 4);
    if (number != static_cast<float>(numbers[i])) FAIL(i);
  }
}

// A tensor of bytes that differ, cut at random places along every axis.
struct Grid {
  Grid(const Shape& shape, uint64_t element_bytes, std::mt19937& random)
      : whole(ElementsOf(shape) * element_bytes, '\0') {
    for (char& byte : whole) byte = static_cast<char>(random());
    std::vector<TensorBox> boxes = {{}};
    for (size_t axis = 0; axis < shape.size(); ++axis) {
      std::vector<TensorBox> cut;
      for (const TensorBox& box : boxes) {
        for (int64_t begin = 0; begin < shape[axis];) {
          const auto size = 1 + static_cast<int64_t>(random()) % (shape[axis] - begin);
          TensorBox next = box;
          next.begin.push_back(begin);
          next.sizes.push_back(size);
          cut.push_back(next);
          begin += size;
        }
      }
      boxes = std::move(cut);
    }
    std::vector<BoxReader::StoredBox> stored;
    for (const TensorBox& box : boxes) stored.push_back(Store(box, shape, element_bytes));
    std::shuffle(stored.begin(), stored.end(), random);
    reader = std::make_unique<const BoxReader>(shape, element_bytes, std::move(stored), "grid");
  }

  // The elements of a box, one by one.
  BoxReader::StoredBox Store(const TensorBox& box, const Shape& shape, uint64_t element_bytes) {
    std::string bytes = "head";
    const uint64_t count = ElementsOf(box.sizes);
    for (uint64_t i = 0; i < count; ++i) {
      uint64_t left = i;
      uint64_t element = 0;
      uint64_t stride = 1;
      for (size_t axis = shape.size(); axis-- > 0;) {
        const auto size = static_cast<uint64_t>(box.sizes[axis]);
        element += (left % size + static_cast<uint64_t>(box.begin[axis])) * stride;
        left /= size;
        stride *= static_cast<uint64_t>(shape[axis]);
      }
      bytes += whole.substr(element * element_bytes, element_bytes);
    }
    return {box, std::make_shared<const DecodedText>(bytes, "box"), 4};
  }

  std::string whole;
  std::unique_ptr<const BoxReader> reader;
};

TEST_CASE("box reader: boxes at random are put together, whatever is read of them", "[training]") {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    Shape shape;
    const size_t rank = random() % 5;
    for (size_t axis = 0; axis < rank; ++axis)
      shape.push_back(1 + static_cast<int64_t>(random() % 6));
    const Grid grid(shape, uint64_t{1} << random() % 4, random);
    INFO(TextOf(shape));
    REQUIRE(grid.reader->size_bytes() == grid.whole.size());
    REQUIRE(ReadAll(*grid.reader, grid.whole.size()) == grid.whole);
    REQUIRE(ReadAll(*grid.reader, 1 + random() % 9) == grid.whole);
  }
}

TEST_CASE("box reader: runs longer than a window and boxes longer than one", "[training]") {
  std::mt19937 random(8);
  for (const Shape& shape : {Shape{3, 400'000}, Shape{5'000, 90}, Shape{2, 3, 150'000}}) {
    const Grid grid(shape, 2, random);
    CHECK(ReadAll(*grid.reader, grid.whole.size()) == grid.whole);
    CHECK(ReadAll(*grid.reader, 100'003) == grid.whole);
  }
}

TEST_CASE("box: what is contiguous in a tensor", "[training]") {
  CHECK(IsContiguousIn({{2, 0}, {3, 4}}, {8, 4}));
  CHECK(IsContiguousIn({{2, 1}, {1, 2}}, {8, 4}));
  CHECK(IsContiguousIn({{}, {}}, {}));
  CHECK_FALSE(IsContiguousIn({{0, 1}, {2, 3}}, {8, 4}));
  CHECK_FALSE(IsContiguousIn({{0, 0, 0}, {2, 1, 4}}, {8, 2, 4}));
}

TEST_CASE("pieces: bytes are taken across their borders", "[training]") {
  PieceCursor cursor({{0, 10, 4}, {1, 0, 0}, {2, 5, 6}});
  CHECK(cursor.left_bytes() == 10);
  std::vector<Stretch> taken;
  cursor.Take(3, taken);
  cursor.Skip(2);
  cursor.Take(5, taken);
  CHECK(cursor.left_bytes() == 0);
  REQUIRE(taken.size() == 2);
  CHECK((taken[0].file == 0 && taken[0].offset_bytes == 10 && taken[0].size_bytes == 3));
  CHECK((taken[1].file == 2 && taken[1].offset_bytes == 6 && taken[1].size_bytes == 5));
}

}  // namespace
}  // namespace weft::test
