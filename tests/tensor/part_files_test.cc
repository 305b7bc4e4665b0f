#include "weft/part_files.h"

#include <catch2/catch.hpp>
#include <string>

namespace weft {
namespace {

PartFiles::Piece Text(std::string text) { return {std::move(text)}; }
PartFiles::Piece Number(int width, int64_t slope = 1, int64_t offset = 0) {
  return {"", true, width, slope, offset};
}

TEST_CASE("part files: the number is as wide as it is written", "[tensor]") {
  const PartFiles padded("", {Text("consolidated."), Number(2), Text(".pth")});
  CHECK(padded.PathOf(0) == "consolidated.00.pth");
  CHECK(padded.PathOf(12) == "consolidated.12.pth");
  CHECK_FALSE(padded.PathOf(100).has_value());
  CHECK(padded.PartOf("consolidated.07.pth") == 7);
  for (const char* const other : {"consolidated.7.pth", "consolidated.007.pth", "consolidated..pth",
                                  "consolidated.07.pt", "x.consolidated.07.pth", ""}) {
    CHECK_FALSE(padded.PartOf(other).has_value());
  }

  const PartFiles plain("", {Text("rank"), Number(0)});
  CHECK(plain.PathOf(10) == "rank10");
  CHECK(plain.PartOf("rank10") == 10);
  CHECK_FALSE(plain.PartOf("rank01").has_value());
  CHECK_FALSE(plain.PartOf("rank1000000000000000000000000").has_value());
  CHECK_FALSE(plain.PathOf(UINT64_MAX).has_value());
}

TEST_CASE("part files: the number is affine in the part", "[tensor]") {
  const PartFiles counted("", {Text("m-"), Number(5, 1, 1), Text("-of-4.bin")});
  CHECK(counted.PathOf(0) == "m-00001-of-4.bin");
  CHECK(counted.PartOf("m-00004-of-4.bin") == 3);
  CHECK_FALSE(counted.PartOf("m-00000-of-4.bin").has_value());

  const PartFiles backwards("", {Number(0, -2, 6)});
  CHECK(backwards.PathOf(3) == "0");
  CHECK(backwards.PartOf("4") == 1);
  CHECK_FALSE(backwards.PartOf("5").has_value());
  CHECK_FALSE(backwards.PartOf("8").has_value());
  CHECK_FALSE(backwards.PathOf(4).has_value());
}

TEST_CASE("part files: a number may stand twice, and before digits", "[tensor]") {
  const PartFiles twice("", {Text("r"), Number(0), Text("/m"), Number(2), Text(".pt")});
  CHECK(twice.PathOf(3) == "r3/m03.pt");
  CHECK(twice.PartOf("r11/m11.pt") == 11);
  CHECK_FALSE(twice.PartOf("r3/m04.pt").has_value());

  const PartFiles before_digits("", {Number(0), Text("0.pt")});
  CHECK(before_digits.PartOf("10.pt") == 1);
  CHECK(before_digits.PartOf("100.pt") == 10);
  CHECK(before_digits.PartOf("00.pt") == 0);
  CHECK_FALSE(before_digits.PartOf("0.pt").has_value());
}

TEST_CASE("part files: names in parts are made and cut", "[tensor]") {
  CHECK(NameInPart(12, "a.b") == "12/a.b");
  const auto cut = CutPart("12/a/b");
  REQUIRE(cut.has_value());
  CHECK(cut->first == 12);
  CHECK(cut->second == "a/b");
  for (const char* const other :
       {"a.b", "a/b", "/a", "01/a", "-1/a", "1", "", "10000000000000000000000/a"}) {
    CHECK_FALSE(CutPart(other).has_value());
  }
}

}  // namespace
}  // namespace weft
