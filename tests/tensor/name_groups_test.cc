#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "weft/name_report.h"

namespace weft {
namespace {

using Texts = std::vector<std::string>;

Texts Grouped(const std::vector<std::string>& names) {
  return GroupNames(std::vector<std::string_view>(names.begin(), names.end()));
}

TEST_CASE("name groups: names that differ in indices are one text", "[tensor]") {
  CHECK(Grouped({"l.0.w", "l.1.w", "l.2.w", "norm"}) == Texts{"l.{0..2}.w", "norm"});
  CHECK(Grouped({"l.7.w"}) == Texts{"l.7.w"});
  CHECK(Grouped({}).empty());
  CHECK(Grouped({"b_1", "b_0"}) == Texts{"b_{0,1}"});
}

TEST_CASE("name groups: holes show", "[tensor]") {
  std::vector<std::string> names;
  for (int i = 0; i < 48; ++i) {
    if (i != 31) names.push_back("model.layers." + std::to_string(i) + ".mlp.gate.weight");
  }
  CHECK(Grouped(names) == Texts{"model.layers.{0..30,32..47}.mlp.gate.weight"});
}

TEST_CASE("name groups: only exact products are one text", "[tensor]") {
  std::vector<std::string> names;
  for (int layer = 0; layer < 6; ++layer) {
    for (int expert = 0; expert < 8; ++expert) {
      if (layer == 3 && expert == 5) continue;
      names.push_back("l." + std::to_string(layer) + ".e." + std::to_string(expert) + ".w");
    }
  }
  CHECK(Grouped(names) == Texts{"l.{0..2,4,5}.e.{0..7}.w", "l.3.e.{0..4,6,7}.w"});
}

TEST_CASE("name groups: what is no index is text", "[tensor]") {
  CHECK(Grouped({"w1", "w2"}) == Texts{"w1", "w2"});
  CHECK(Grouped({"l.01", "l.02"}) == Texts{"l.01", "l.02"});
  CHECK(Grouped({"l.1234567890123456789", "l.1234567890123456788"}).size() == 2);
  CHECK(Grouped({"l.123456789012345678", "l.123456789012345677"}) ==
        Texts{"l.{123456789012345677,123456789012345678}"});
}

TEST_CASE("name groups: equal names count once, in the order of the first", "[tensor]") {
  CHECK(Grouped({"z", "a.1", "z", "a.0"}) == Texts{"z", "a.{0,1}"});
}

TEST_CASE("name groups: a NUL in a name is no index", "[tensor]") {
  const std::string odd("l.\0.w", 5);
  CHECK(Grouped({odd, "l.3.w"}) == Texts{odd, "l.3.w"});
}

TEST_CASE("name groups: of many numbers the last are text", "[tensor]") {
  CHECK(Grouped({"0.0.0.0.0.0.0.0.0", "1.0.0.0.0.0.0.0.0", "0.0.0.0.0.0.0.0.1"}) ==
        Texts{"{0,1}.0.0.0.0.0.0.0.0", "0.0.0.0.0.0.0.0.1"});
}

// The texts spelled out again.
void Spell(const std::string& text, std::vector<std::string>& names) {
  const size_t open = text.find('{');
  if (open == std::string::npos) {
    names.push_back(text);
    return;
  }
  const size_t close = text.find('}', open);
  std::string set = text.substr(open + 1, close - open - 1) + ",";
  for (size_t comma = set.find(','); comma != std::string::npos; comma = set.find(',')) {
    const std::string part = set.substr(0, comma);
    set.erase(0, comma + 1);
    const size_t dots = part.find("..");
    const int first = std::stoi(part);
    const int last = dots == std::string::npos ? first : std::stoi(part.substr(dots + 2));
    for (int i = first; i <= last; ++i) {
      Spell(text.substr(0, open) + std::to_string(i) + text.substr(close + 1), names);
    }
  }
}

TEST_CASE("name groups: the texts spell exactly the names", "[tensor]") {
  uint32_t random = 1;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::string> names;
    for (int i = 0; i < 4 * 4 * 4; ++i) {
      random = random * 1664525 + 1013904223;
      if ((random >> 16) % 8 == 0) continue;
      names.push_back("a." + std::to_string(i / 16) + ".b." + std::to_string(i / 4 % 4) + "_" +
                      std::to_string(i % 4) + ".w");
    }
    std::vector<std::string> spelled;
    for (const std::string& text : Grouped(names)) Spell(text, spelled);
    std::sort(names.begin(), names.end());
    std::sort(spelled.begin(), spelled.end());
    REQUIRE(spelled == names);
  }
}

}  // namespace
}  // namespace weft
