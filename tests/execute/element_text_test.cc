#include "execute/element_text.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

namespace weft::execute {
namespace {

TEST_CASE("element text: numbers of every floating-point dtype", "[execute]") {
  const double infinity = std::numeric_limits<double>::infinity();
  struct Row {
    DType dtype;
    std::vector<std::pair<uint64_t, double>> numbers;
    std::vector<uint64_t> nans;
  };
  const Row rows[] = {
      {DType::kF64, {{0x3FF8000000000000, 1.5}}, {0x7FF8000000000000}},
      {DType::kF32, {{0x3FC00000, 1.5}, {0xFF800000, -infinity}}, {0x7FC00000}},
      {DType::kF16,
       {{0x3C00, 1}, {0x7BFF, 65504}, {0x0001, std::ldexp(1, -24)}, {0xFC00, -infinity}},
       {0x7E00}},
      {DType::kBF16, {{0x3FC0, 1.5}, {0xC000, -2}, {0x7F80, infinity}}, {0x7FC0}},
      {DType::kF8E5M2,
       {{0x3C, 1}, {0x7B, 57344}, {0x01, std::ldexp(1, -16)}, {0x7C, infinity}},
       {0x7D, 0xFF}},
      {DType::kF8E4M3, {{0x38, 1}, {0x7E, 448}, {0x01, std::ldexp(1, -9)}}, {0x7F, 0xFF}},
      {DType::kF8E5M2Fnuz, {{0x40, 1}, {0x7F, 57344}, {0x01, std::ldexp(1, -17)}}, {0x80}},
      {DType::kF8E4M3Fnuz, {{0x40, 1}, {0x7F, 240}, {0xFF, -240}}, {0x80}},
      {DType::kF8E8M0, {{0x7F, 1}, {0x80, 2}, {0x00, std::ldexp(1, -127)}}, {0xFF}},
      {DType::kF6E2M3, {{0x08, 1}, {0x1F, 7.5}, {0x21, -0.125}}, {}},
      {DType::kF6E3M2, {{0x0C, 1}, {0x1F, 28}, {0x01, 0.0625}}, {}},
      {DType::kF4,
       {{0, 0}, {1, 0.5}, {2, 1}, {3, 1.5}, {4, 2}, {5, 3}, {6, 4}, {7, 6}, {15, -6}},
       {}},
  };
  for (const Row& row : rows) {
    CAPTURE(std::string(NameOf(row.dtype)));
    for (const auto& [bits, number] : row.numbers) {
      CAPTURE(bits);
      CHECK(NumberOf(row.dtype, bits) == number);
    }
    for (const uint64_t bits : row.nans) CHECK(std::isnan(NumberOf(row.dtype, bits)));
  }
}

TEST_CASE("element text: floats are told with their bits, which a NaN may need", "[execute]") {
  CHECK(ElementText(DType::kF32, 0x3DCCCCCD) == "0.1 (0x3DCCCCCD)");
  CHECK(ElementText(DType::kBF16, 0x3FC0) == "1.5 (0x3FC0)");
  CHECK(ElementText(DType::kF16, 0x7E01) == "nan (0x7E01)");
  CHECK(ElementText(DType::kF64, 0x8000000000000000) == "-0 (0x8000000000000000)");
  CHECK(ElementText(DType::kF4, 0x3) == "1.5 (0x3)");
  CHECK(ElementText(DType::kC64, 0x400000003FC00000) == "(1.5 (0x3FC00000), 2 (0x40000000))");
}

TEST_CASE("element text: integers and truth values", "[execute]") {
  CHECK(ElementText(DType::kBool, 1) == "true");
  CHECK(ElementText(DType::kBool, 0) == "false");
  CHECK(ElementText(DType::kBool, 7) == "0x07");
  CHECK(ElementText(DType::kU8, 200) == "200");
  CHECK(ElementText(DType::kI8, 200) == "-56");
  CHECK(ElementText(DType::kI16, 0xFFFF) == "-1");
  CHECK(ElementText(DType::kI32, 0x80000000) == "-2147483648");
  CHECK(ElementText(DType::kI64, ~uint64_t{0}) == "-1");
  CHECK(ElementText(DType::kU64, ~uint64_t{0}) == "18446744073709551615");
}

TEST_CASE("element text: elements of less than a byte lie lowest bits first", "[execute]") {
  const char nibbles[] = {'\x21', '\x43'};
  for (uint64_t i = 0; i < 4; ++i) CHECK(BitsAt(DType::kF4, nibbles, i) == i + 1);
  // 1, 2, 3, 4 in six bits each: 0b000100'000011'000010'000001.
  const char sixes[] = {'\x81', '\x30', '\x10'};
  for (uint64_t i = 0; i < 4; ++i) CHECK(BitsAt(DType::kF6E2M3, sixes, i) == i + 1);
  const char words[] = {'\1', '\2', '\3', '\4'};
  CHECK(BitsAt(DType::kU16, words, 1) == 0x0403);
}

}  // namespace
}  // namespace weft::execute
