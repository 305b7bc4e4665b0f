#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

#include "weft/catalog.h"

namespace weft {
namespace {

TEST_CASE("natural order: numbers inside names compare as numbers", "[tensor]") {
  const std::vector<std::string> expected = {
      "",
      "layers",
      "layers.0.weight",
      "layers.2.bias",
      "layers.2.weight",
      "layers.10.weight",
      "layers.10x",
      "layers.x",
      "layerz",
      "\xC3\xA9",
  };
  std::vector<std::string> names = expected;
  std::mt19937 random(1);
  for (int round = 0; round < 20; ++round) {
    std::shuffle(names.begin(), names.end(), random);
    std::sort(names.begin(), names.end(),
              [](const std::string& a, const std::string& b) { return NaturalLess(a, b); });
    CHECK(names == expected);
  }
}

TEST_CASE("natural order: numbers of any length", "[tensor]") {
  const std::string nines(200, '9');
  const std::string power = "1" + std::string(200, '0');
  CHECK(NaturalLess("a" + nines, "a" + power));
  CHECK_FALSE(NaturalLess("a" + power, "a" + nines));
}

TEST_CASE("natural order: leading zeros decide last", "[tensor]") {
  CHECK(NaturalLess("a01", "a1"));
  CHECK_FALSE(NaturalLess("a1", "a01"));
  CHECK(NaturalLess("a1.b", "a01.c"));
  CHECK(NaturalLess("a01.b", "a1.c"));
  CHECK(NaturalLess("a0", "a00"));
  CHECK(NaturalLess("a00", "a1"));
  CHECK(NaturalLess("a09", "a10"));
}

TEST_CASE("natural order: a strict total order on all short strings", "[tensor]") {
  const std::string alphabet = "019.z";
  std::vector<std::string> all = {""};
  for (size_t begin = 0, length = 0; length < 3; ++length) {
    const size_t end = all.size();
    for (size_t i = begin; i < end; ++i) {
      for (const char c : alphabet) all.push_back(all[i] + c);
    }
    begin = end;
  }
  REQUIRE(all.size() == 156);
  bool is_total = true;
  bool is_transitive = true;
  for (const std::string& a : all) {
    for (const std::string& b : all) {
      const int answers = (NaturalLess(a, b) ? 1 : 0) + (NaturalLess(b, a) ? 1 : 0);
      if (answers != (a == b ? 0 : 1)) is_total = false;
      if (!NaturalLess(a, b)) continue;
      for (const std::string& c : all) {
        if (NaturalLess(b, c) && !NaturalLess(a, c)) is_transitive = false;
      }
    }
  }
  CHECK(is_total);
  CHECK(is_transitive);
}

}  // namespace
}  // namespace weft
