#include "weft/provenance.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "plan/compiled.h"

namespace weft {
namespace {

// gate and up of two experts, joined and stacked: [2, 4, 3].
Plan Fused() {
  const auto catalog = CatalogOf({{"e.0.gate", {2, 3}},
                                  {"e.0.up", {2, 3}},
                                  {"e.1.gate", {2, 3}},
                                  {"e.1.up", {2, 3}},
                                  {"norm", {3}},
                                  {"rope", {5}}});
  auto plan =
      Compile({MappingOfRules({R"({"from": {"g": ["e.{i}.gate", "f d"], "u": ["e.{i}.up", "f d"]},
                           "to": ["fused", "i [g:f | u:f] d"]})",
                               R"({"drop": "rope", "reason": "recomputed"})"})},
              catalog);
  REQUIRE(plan.ok());
  return *std::move(plan);
}

std::vector<std::string> OriginTexts(const Plan& plan, const std::string& target,
                                     const std::string& region) {
  const auto tensor = FindTarget(plan, target);
  REQUIRE(tensor.ok());
  const auto parsed = ParseRegion(region, (**tensor).shape);
  REQUIRE(parsed.ok());
  std::vector<std::string> texts;
  for (const Origin& origin : OriginsOf(plan, **tensor, *parsed)) {
    std::string text = TargetText(origin.box, (**tensor).shape) + " <- ";
    if (origin.tensor == nullptr) {
      text += origin.constant->text;
    } else {
      text += origin.tensor->name + SourceText(origin.box, origin.tensor->shape) + " @" +
              std::to_string(origin.offset_bytes - origin.tensor->offset_bytes);
    }
    texts.push_back(text);
  }
  return texts;
}

using Texts = std::vector<std::string>;

TEST_CASE("provenance: a whole tensor, run by run", "[plan]") {
  CHECK(OriginTexts(Fused(), "fused", "") ==
        Texts{"[0, 0:2, :] <- e.0.gate[:, :] @0", "[0, 2:4, :] <- e.0.up[:, :] @0",
              "[1, 0:2, :] <- e.1.gate[:, :] @0", "[1, 2:4, :] <- e.1.up[:, :] @0"});
  CHECK(OriginTexts(Fused(), "norm", "") == Texts{"[:] <- norm[:] @0"});
}

TEST_CASE("provenance: a slice, across sources", "[plan]") {
  CHECK(OriginTexts(Fused(), "fused", "1,1:3,2") ==
        Texts{"[1, 1, 2] <- e.1.gate[1, 2] @20", "[1, 2, 2] <- e.1.up[0, 2] @8"});
  CHECK(OriginTexts(Fused(), "fused", "0:2,0") ==
        Texts{"[0, 0, :] <- e.0.gate[0, :] @0", "[1, 0, :] <- e.1.gate[0, :] @0"});
  CHECK(OriginTexts(Fused(), "fused", ":,2:2,:").empty());
}

TEST_CASE("provenance: every element alone says what the whole says", "[plan]") {
  const Plan plan = Fused();
  const auto elements = ElementsOf(plan);
  for (const PlannedTensor& target : plan.tensors) {
    for (uint64_t i = 0; i < ElementsOf(target.shape); ++i) {
      const auto origins = OriginsOf(plan, target, ElementAt(target.shape, i));
      REQUIRE(origins.size() == 1);
      CHECK(origins[0].box.target_offset == i);
      CHECK(origins[0].box.factors.empty());
      const Element expected = elements.at(target.name)[i];
      CHECK(origins[0].box.source == expected.source);
      CHECK(origins[0].box.source_offset == expected.place);
    }
  }
}

TEST_CASE("provenance: transposed, strided and permuted reads", "[plan]") {
  const auto catalog = CatalogOf({{"a", {4, 6}}});
  const auto transposed =
      Compile({MappingOfRules({R"({"from": ["a", "x y"], "to": ["t", "y x"]})"})}, catalog);
  REQUIRE(transposed.ok());
  CHECK(OriginTexts(*transposed, "t", "") == Texts{"[:, :] <- a[:, :] @0"});
  CHECK(OriginTexts(*transposed, "t", "2") == Texts{"[2, :] <- a[:, 2] @8"});
  const auto interleaved =
      Compile({MappingOfRules(
                  {R"({"from": ["a", "(j c) y"], "to": ["t", "(c j) y"], "sizes": {"c": 2}})"})},
              catalog);
  REQUIRE(interleaved.ok());
  CHECK(OriginTexts(*interleaved, "t", "") == Texts{"[:, :] <- a[:, :] @0"});
  CHECK(OriginTexts(*interleaved, "t", "0:2") == Texts{"[0:2, :] <- a[0:3:2, :] @0"});
}

TEST_CASE("provenance: elements that are no block of axes are told by loops", "[plan]") {
  Box box;
  box.source_offset = 5;
  box.target_offset = 1;
  box.factors = {{3, 2, 7}, {2, 9, 3}};
  CHECK(TargetText(box, {4, 6}) == "1 + 3×7 + 2×3");
  CHECK(SourceText(box, {4, 6}) == "5 + 2×9 + 3×2");
  CHECK(SourceText(box, {40}) == "5 + 2×9 + 3×2");
  CHECK_FALSE(KeepsOrder(box));
  box.factors = {{3, 9, 7}, {2, 2, 3}};
  CHECK(KeepsOrder(box));
  CHECK(KeepsOrder(Box()));
  box.factors = {{3, 0, 1}};
  CHECK(SourceText(box, {40}) == "5 + 3×0");
}

TEST_CASE("provenance: a constant is no tensor", "[plan]") {
  const auto plan =
      Compile({MappingOfRules({R"({"from": ["a", "v"], "to": ["t", "[w:v | ~0:2]"]})"})},
              CatalogOf({{"a", {3}}}));
  REQUIRE(plan.ok());
  CHECK(OriginTexts(*plan, "t", "") == Texts{"[0:3] <- a[:] @0", "[3:5] <- 0"});
}

TEST_CASE("provenance: where a source goes", "[plan]") {
  const Plan plan = Fused();
  const auto uses = UsesOf(plan, "e.1.up");
  REQUIRE(uses.ok());
  REQUIRE(uses->uses.size() == 1);
  CHECK(uses->uses[0].target->name == "fused");
  REQUIRE(uses->uses[0].boxes.size() == 1);
  CHECK(TargetText(uses->uses[0].boxes[0], {2, 4, 3}) == "[1, 2:4, :]");
  CHECK(uses->dropped == nullptr);
  CHECK(uses->file->name == "model.safetensors");
  const auto dropped = UsesOf(plan, "rope");
  REQUIRE(dropped.ok());
  CHECK(dropped->uses.empty());
  REQUIRE(dropped->dropped != nullptr);
  CHECK(dropped->dropped->reason == "recomputed");
}

TEST_CASE("provenance: a copy that is only compared is a use by a check", "[plan]") {
  const auto plan =
      Compile({MappingOfRules({R"({"rename": "a", "to": "x", "copies": {"from": ["b"]}})"})},
              CatalogOf({{"a", {3}}, {"b", {3}}}));
  REQUIRE(plan.ok());
  const auto uses = UsesOf(*plan, "b");
  REQUIRE(uses.ok());
  CHECK(uses->uses.empty());
  CHECK(uses->checks.size() == 1);
}

TEST_CASE("provenance: an unknown name, with those nearest to it", "[plan]") {
  const Plan plan = Fused();
  const auto target = FindTarget(plan, "fussed");
  CHECK(ErrorsOf(target.status()) ==
        Lines{"BAD_ARGUMENT target: expected the name of one of its 2 tensors, got 'fussed'",
              "hint: did you mean 'fused'?"});
  const auto source = UsesOf(plan, "e.1.upp");
  CHECK(ErrorsOf(source.status()) ==
        Lines{"BAD_ARGUMENT source: expected the name of one of its 6 tensors, got 'e.1.upp'",
              "hint: did you mean 'e.1.up' or 'e.1.gate'?"});
}

TEST_CASE("provenance: regions as text", "[plan]") {
  const Shape shape = {4, 5, 6};
  const auto parsed = [&](const char* text) { return *ParseRegion(text, shape); };
  CHECK(parsed("3,:,0:5") == Region{{3, 4}, {0, 5}, {0, 5}});
  CHECK(parsed(" 1 , 2: , :3 ") == Region{{1, 2}, {2, 5}, {0, 3}});
  CHECK(parsed("") == WholeOf(shape));
  CHECK(ParseRegion("", {}).value().empty());
  for (const char* text :
       {"4", "0:5", "2:1", "x", "1,,2", "0,0,0,0", "-1", "0,", "1:2:3", "99999999999999999999"}) {
    INFO(text);
    CHECK_FALSE(ParseRegion(text, shape).ok());
  }
  CHECK(
      ErrorsOf(ParseRegion("1,7", shape).status()) ==
      Lines{
          "BAD_ARGUMENT [1,7]: axis 1 of shape [4, 5, 6]: expected an index or a range within 0:5",
          "hint: write an index, begin:end or : for each axis, such as [3,:,0:5]"});
}

}  // namespace
}  // namespace weft
