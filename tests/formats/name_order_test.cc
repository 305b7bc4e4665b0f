#include "formats/name_order.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <string>
#include <vector>

namespace weft {
namespace {

// Names that share beginnings and hold numbers of all kinds.
std::string RandomName(std::mt19937_64& random) {
  static const std::vector<std::string> kPieces = {"a",
                                                   "layers.",
                                                   ".",
                                                   "0",
                                                   "00",
                                                   "1",
                                                   "9",
                                                   "10",
                                                   "12345678",
                                                   "123456789",
                                                   "1234567890",
                                                   "experts",
                                                   std::string(1, '\0'),
                                                   "\xff",
                                                   "/",
                                                   ":",
                                                   "model.layers.11.mlp.experts."};
  std::string name;
  for (uint64_t length = random() % 6; length > 0; --length) {
    name += kPieces[random() % kPieces.size()];
  }
  return name;
}

TEST_CASE("name order: sorting is by natural order, whatever names begin with", "[formats]") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<TensorInfo> tensors(60);
    std::vector<std::string> expected;
    for (TensorInfo& tensor : tensors) {
      tensor.name = RandomName(random);
      expected.push_back(tensor.name);
    }
    SortByName(tensors);
    std::sort(expected.begin(), expected.end(),
              [](const std::string& a, const std::string& b) { return NaturalLess(a, b); });
    for (size_t i = 0; i < expected.size(); ++i) {
      INFO("round " << round << ", place " << i);
      REQUIRE(tensors[i].name == expected[i]);
    }
  }
}

TEST_CASE("name order: one name in several files is in the order of the files", "[formats]") {
  std::vector<TensorInfo> tensors(4);
  tensors[0].name = tensors[1].name = tensors[3].name = "b";
  tensors[0].file = 2;
  tensors[1].file = 0;
  tensors[2].name = "a";
  tensors[3].file = 1;
  SortByName(tensors);
  CHECK(tensors[0].name == "a");
  CHECK(tensors[1].file == 0);
  CHECK(tensors[2].file == 1);
  CHECK(tensors[3].file == 2);
  int repeated = 0;
  ForEachRepeatedName(tensors, [&](const TensorInfo&, const TensorInfo&) { ++repeated; });
  CHECK(repeated == 2);
}

}  // namespace
}  // namespace weft
