// Traps of operations. The numbers are those of docs/traps.md.
#include <catch2/catch.hpp>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "plan/compiled.h"

namespace weft {
namespace {

using Places = std::vector<uint64_t>;

absl::StatusOr<Plan> Compiled(const std::string& rule, const std::vector<NamedShape>& tensors,
                              const CompileOptions& options = {}) {
  return Compile({MappingOfRules({rule})}, CatalogOf(tensors), options);
}

Plan Planned(const std::string& rule, const std::vector<NamedShape>& tensors,
             const CompileOptions& options = {}) {
  absl::StatusOr<Plan> plan = Compiled(rule, tensors, options);
  if (!plan.ok()) FAIL(MessageOf(plan.status()));
  return *std::move(plan);
}

// The places in their source of the elements of a tensor.
Places PlacesOf(const Plan& plan, const std::string& name) {
  Places places;
  const std::vector<Element> elements = ElementsOf(plan).at(name);
  for (const Element& element : elements) places.push_back(element.place);
  return places;
}

// "a0 a1 b0 …": names of the sources, and places in them.
std::string SpelledOut(const Plan& plan, const std::string& name) {
  std::string text;
  const std::vector<Element> elements = ElementsOf(plan).at(name);
  for (const Element& element : elements) {
    text += (text.empty() ? "" : " ") + plan.catalog->tensors[element.source].name +
            std::to_string(element.place);
  }
  return text;
}

TEST_CASE("trap 8: parts that are not equal are refused, not rounded up", "[traps]") {
  for (const int64_t size : {int64_t{10}, int64_t{4}}) {
    const absl::StatusOr<Plan> plan =
        Compiled(R"({"convert": "qkv", "to": ["q", "k", "v"], "operations": [{"op": "Chunk"}]})",
                 {{"qkv", {size, 2}}});
    REQUIRE_FALSE(plan.ok());
    INFO(MessageOf(plan.status()));
    CHECK(MessageOf(plan.status()).rfind("WRONG_SHAPE m.json:2:1 (/stages/0/0), tensor 'qkv'", 0) ==
          0);
  }
}

TEST_CASE("trap 8: heads that are interleaved have a layout of their own", "[traps]") {
  // Two heads of q, k, v of one row each: plain thirds have the right shape and the wrong rows.
  const Plan plan = Planned(R"j({"from": ["qkv", "(h [q:1 | k:1 | v:1])"],
                                 "to": {"q": ["q", "h"], "k": ["k", "h"], "v": ["v", "h"]}})j",
                            {{"qkv", {6}}});
  CHECK(PlacesOf(plan, "q") == Places{0, 3});
  CHECK(PlacesOf(plan, "k") == Places{1, 4});
  CHECK(PlacesOf(plan, "v") == Places{2, 5});
}

TEST_CASE("trap 9: keys have fewer heads than queries, and each its own permutation", "[traps]") {
  // Four heads of queries, two of keys, four elements a head: in each, pairs become halves.
  const Plan plan = Planned(R"({"convert": ["wq", "wk"], "to": ["q", "k"],
                  "operations": [{"op": "PermuteForRope", "heads": ["heads", "kv_heads"]}]})",
                            {{"wq", {16}}, {"wk", {8}}}, [] {
                              CompileOptions options;
                              options.set = {{"heads", "4"}, {"kv_heads", "2"}};
                              return options;
                            }());
  CHECK(PlacesOf(plan, "k") == Places{0, 2, 1, 3, 4, 6, 5, 7});
  CHECK(PlacesOf(plan, "q") == Places{0, 2, 1, 3, 4, 6, 5, 7, 8, 10, 9, 11, 12, 14, 13, 15});
}

TEST_CASE("trap 9: a number of heads that nobody gives is an error, not one head", "[traps]") {
  const absl::StatusOr<Plan> plan = Compiled(R"({"convert": "wq", "to": "q",
                   "operations": [{"op": "PermuteForRope", "heads": "num_heads"}]})",
                                             {{"wq", {16}}});
  REQUIRE_FALSE(plan.ok());
  CHECK(MessageOf(plan.status()).find("UNKNOWN_PARAM") == 0);
  CHECK(MessageOf(plan.status()).find("num_heads") != std::string::npos);
}

TEST_CASE("trap 10: Interleave has a direction, and the way back has the other", "[traps]") {
  const Plan plan =
      Planned(R"({"convert": "a", "to": "b", "operations": [{"op": "Interleave"}]})", {{"a", {6}}});
  CHECK(PlacesOf(plan, "b") == Places{0, 2, 4, 1, 3, 5});
  const Plan inverse = Planned(
      R"({"convert": "a", "to": "b", "operations": [{"op": "Interleave", "inverse": true}]})",
      {{"a", {6}}});
  CHECK(PlacesOf(inverse, "b") == Places{0, 3, 1, 4, 2, 5});
}

TEST_CASE("trap 11: Transpose swaps the axes of a square, too", "[traps]") {
  const Plan plan = Planned(R"({"convert": "a", "to": "b", "operations": [{"op": "Transpose"}]})",
                            {{"a", {2, 2}}});
  CHECK(PlacesOf(plan, "b") == Places{0, 2, 1, 3});
}

TEST_CASE("trap 12: parts are joined in the order of the rule", "[traps]") {
  const Plan plan =
      Planned(R"({"convert": ["w3", "w1"], "to": "b", "operations": [{"op": "Concatenate"}]})",
              {{"w1", {2}}, {"w3", {1}}});
  CHECK(SpelledOut(plan, "b") == "w30 w10 w11");
}

TEST_CASE("trap 13: Concatenate after MergeModulelist counts the new axis", "[traps]") {
  const std::vector<NamedShape> tensors = {
      {"e.0.g", {1, 2}}, {"e.1.g", {1, 2}}, {"e.0.u", {1, 2}}, {"e.1.u", {1, 2}}};
  const Plan named = Planned(
      R"({"convert": ["e.{e}.g", "e.{e}.u"], "to": "b",
          "operations": [{"op": "MergeModulelist", "over": "e"}, {"op": "Concatenate", "dim": 1}]})",
      tensors);
  const Plan layouts = Planned(
      R"({"from": {"g": ["e.{e}.g", "f d"], "u": ["e.{e}.u", "f d"]}, "to": ["b", "e [g:f | u:f] d"]})",
      tensors);
  CHECK(SpelledOut(named, "b") == "e.0.g0 e.0.g1 e.0.u0 e.0.u1 e.1.g0 e.1.g1 e.1.u0 e.1.u1");
  CHECK(TextOf(named) == TextOf(layouts));
}

TEST_CASE("trap 21: joining unequal parts says that it cannot be undone, unless sizes are given",
          "[traps]") {
  const std::vector<NamedShape> tensors = {{"a", {2}}, {"b", {3}}};
  const Plan plain = Planned(
      R"({"convert": ["a", "b"], "to": "c", "operations": [{"op": "Concatenate"}]})", tensors);
  CHECK(plain.exactness == Exactness::kOneWay);
  REQUIRE(plain.exactness_reasons.size() == 1);
  CHECK(plain.exactness_reasons[0].rfind("m.json:2:1 (/stages/0/0): ", 0) == 0);
  const Plan sized = Planned(R"({"convert": ["a", "b"], "to": "c",
                                 "operations": [{"op": "Concatenate", "sizes": [2, 3]}]})",
                             tensors);
  CHECK(sized.exactness == Exactness::kExact);
}

TEST_CASE("trap 21: five experts in two runs are three and two, and come back", "[traps]") {
  std::vector<NamedShape> tensors;
  for (int e = 0; e < 5; ++e) tensors.push_back({"e." + std::to_string(e) + ".w", {1, 2}});
  const Plan plan = Planned(
      R"({"convert": "e.{e}.w", "to": ["text", "vision"],
          "operations": [{"op": "ErnieFuseAndSplitTextVisionExperts", "over": "e"}]})",
      tensors);
  CHECK(NamesOf(plan) == "text [3, 1, 2]\nvision [2, 1, 2]\n");
  CHECK(plan.exactness == Exactness::kExact);
}

TEST_CASE("trap 17: a shard is cut from the result, whatever made it", "[traps]") {
  // Gate and up, four rows each, become one tensor. The second half of its rows is `up` alone; the
  // second half of each part is rows 2 and 3 of both. Halves of the sources, cut before they are
  // joined, could only be the latter.
  const auto mapping = [](const std::string& layout) {
    return MappingOfRules(
        {R"({"convert": ["gate", "up"], "to": "fused", "operations": [{"op": "Concatenate"}]})"},
        R"("sharding": {"to": [{"names": "fused", "layout": ")" + layout +
            R"(", "split": "f"}]}, )");
  };
  CompileOptions options;
  options.shard = Shard{1, 2};
  const auto places = [&options](const Mapping& cut) {
    const absl::StatusOr<Plan> plan =
        Compile({cut}, CatalogOf({{"gate", {4}}, {"up", {4}}}), options);
    if (!plan.ok()) FAIL(MessageOf(plan.status()));
    return SpelledOut(*plan, "fused");
  };
  CHECK(places(mapping("f")) == "up0 up1 up2 up3");
  CHECK(places(mapping("[gate:f | up:f]")) == "gate2 gate3 up2 up3");

  // Of a transposed weight, a rank's rows are columns of the source.
  const absl::StatusOr<Plan> transposed =
      Compile({MappingOfRules({R"({"from": ["w", "i o"], "to": ["t", "o i"]})"},
                              R"("sharding": {"to": [{"names": "t", "layout": "o i",
                                                      "split": "o"}]}, )")},
              CatalogOf({{"w", {2, 4}}}), options);
  if (!transposed.ok()) FAIL(MessageOf(transposed.status()));
  CHECK(PlacesOf(*transposed, "t") == Places{2, 6, 3, 7});
}

}  // namespace
}  // namespace weft
