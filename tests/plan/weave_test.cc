#include "plan/weave.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "plan/compiled.h"

namespace weft {
namespace {

using Texts = std::vector<std::string>;

// "block | text | type | tensors | bytes"
Texts TextsOf(const std::vector<WeaveLine>& lines) {
  Texts texts;
  for (const WeaveLine& line : lines) {
    texts.push_back(line.block + " | " + line.text + " | " + line.type + " | " +
                    std::to_string(line.tensors) + " | " + std::to_string(line.bytes));
  }
  return texts;
}

// "text of the line -> number of the strand: bytes"
Texts TextsOf(const std::vector<WeaveThread>& threads, const std::vector<WeaveLine>& lines) {
  Texts texts;
  for (const WeaveThread& thread : threads) {
    texts.push_back(lines[thread.line].text + " -> " + std::to_string(thread.strand) + ": " +
                    std::to_string(thread.bytes));
  }
  return texts;
}

Plan PlanOf(const std::vector<std::string>& rules, std::vector<NamedShape> tensors) {
  auto plan = Compile({MappingOfRules(rules)}, CatalogOf(std::move(tensors)));
  REQUIRE(plan.ok());
  return *std::move(plan);
}

std::vector<NamedShape> Layers(const Texts& forms, int layers, const Shape& shape) {
  std::vector<NamedShape> tensors;
  for (int i = 0; i < layers; ++i) {
    for (const std::string& form : forms)
      tensors.push_back({"l." + std::to_string(i) + form, shape});
  }
  return tensors;
}

TEST_CASE("weave: layers are one block, experts one line, mixed sources their own", "[plan]") {
  std::vector<NamedShape> tensors =
      Layers({".e.0.g", ".e.1.g", ".e.0.u", ".e.1.u", ".router"}, 3, {2, 5});
  tensors.push_back({"head", {4}});
  const Plan plan =
      PlanOf({R"({"from": {"g": ["{p*}.e.{i}.g", "f d"], "u": ["{p*}.e.{i}.u", "f d"]},
                                "to": ["{p*}.fused", "i [g:f | u:f] d"]})",
              R"({"rename": "{p*}.router", "to": "{p*}.gate"})"},
             tensors);
  const Weave weave = WeaveOf(plan, 60);
  CHECK(TextsOf(weave.sources) == Texts{" | head | F32 [4] | 1 | 16",
                                        "l.{0..2} | e.{0,1}.g | F32 [2, 5] | 6 | 240",
                                        "l.{0..2} | e.{0,1}.u | F32 [2, 5] | 6 | 240",
                                        "l.{0..2} | router | F32 [2, 5] | 3 | 120"});
  CHECK(TextsOf(weave.targets) == Texts{" | head | F32 [4] | 1 | 16",
                                        "l.{0..2} | fused | F32 [2, 4, 5] | 3 | 480",
                                        "l.{0..2} | gate | F32 [2, 5] | 3 | 120"});
  REQUIRE(weave.strands.size() == 3);
  CHECK(weave.strands[0].passes);
  CHECK(weave.strands[2].rules == Texts{"rename"});
  CHECK(TextsOf(weave.incoming, weave.sources) ==
        Texts{"head -> 0: 16", "e.{0,1}.g -> 1: 240", "e.{0,1}.u -> 1: 240", "router -> 2: 120"});
  CHECK(TextsOf(weave.outgoing, weave.targets) ==
        Texts{"head -> 0: 16", "fused -> 1: 480", "gate -> 2: 120"});
  CHECK(weave.sources[1].names == Texts{"l.{0..2}.e.{0,1}.g"});
}

TEST_CASE("weave: forms that differ in a segment and go the same way are one line", "[plan]") {
  const Weave weave = WeaveOf(PlanOf({}, Layers({".q.w", ".k.w", ".k.b", ".norm"}, 2, {2})), 60);
  CHECK(TextsOf(weave.sources) == Texts{"l.{0,1} | k.{b|w} | F32 [2] | 4 | 32",
                                        "l.{0,1} | norm | F32 [2] | 2 | 16",
                                        "l.{0,1} | q.w | F32 [2] | 2 | 16"});
}

TEST_CASE("weave: of many variants three are named", "[plan]") {
  const Weave weave = WeaveOf(
      PlanOf({}, {{"x.a", {1}}, {"x.b", {2}}, {"x.c", {1}}, {"x.d", {1}}, {"x.e", {1}}}), 60);
  CHECK(TextsOf(weave.sources) == Texts{" | x.{a|b|c|… 5 in all} | F32, 2 shapes | 5 | 24"});
  CHECK(weave.sources[0].names == Texts{"x.a", "x.b", "x.c", "x.d", "x.e"});
}

TEST_CASE("weave: a line with some indices of its block says which", "[plan]") {
  std::vector<NamedShape> tensors = Layers({".w"}, 4, {2});
  tensors.push_back({"l.1.extra.w", {2}});
  const Weave weave = WeaveOf(PlanOf({}, tensors), 60);
  CHECK(TextsOf(weave.sources) ==
        Texts{"l.{0..3} | w | F32 [2] | 4 | 32", "l.{0..3} | 1.extra.w | F32 [2] | 1 | 8"});
}

TEST_CASE("weave: dropped tensors, constants and casts", "[plan]") {
  CompileOptions options;
  options.dtype = DType::kBF16;
  const auto plan =
      Compile({MappingOfRules({R"({"drop": "rope", "reason": "recomputed"})",
                               R"({"from": ["p", "v"], "to": ["p", "[w:v | ~0:2]"]})"})},
              CatalogOf({{"p", {3}}, {"rope", {5}}, {"z", {0}}}), options);
  REQUIRE(plan.ok());
  const Weave weave = WeaveOf(*plan, 60);
  CHECK(TextsOf(weave.sources) == Texts{" | p | F32 [3] | 1 | 12", " | rope | F32 [5] | 1 | 20",
                                        " | z | F32 [0] | 1 | 0",
                                        "constants of the mapping | 0 | F32 | 0 | 0"});
  CHECK(TextsOf(weave.targets) == Texts{" | p | BF16 [5] | 1 | 10", " | z | BF16 [0] | 1 | 0"});
  REQUIRE(weave.strands.size() == 4);
  CHECK(weave.strands[0].rules.back() == "cast F32 to BF16");
  CHECK(weave.strands[0].places.size() == 1);
  CHECK(weave.strands[1].rules == Texts{"cast F32 to BF16"});
  CHECK(weave.strands[2].rules == Texts{"dropped: recomputed"});
  CHECK(weave.strands[2].drops);
  CHECK(weave.strands[3].rules == Texts{"no elements"});
  CHECK(TextsOf(weave.incoming, weave.sources) ==
        Texts{"p -> 0: 12", "rope -> 2: 20", "z -> 3: 0", "0 -> 0: 8"});
}

TEST_CASE("weave: beyond a number of lines the rest is one", "[plan]") {
  const Weave weave =
      WeaveOf(PlanOf({}, {{"a", {1}}, {"b.b", {1}}, {"c.c.c", {1}}, {"d.d.d.d", {1}}}), 3);
  CHECK(TextsOf(weave.sources) == Texts{" | a | F32 [1] | 1 | 4", " | b.b | F32 [1] | 1 | 4",
                                        " | … 2 more lines | of many types | 2 | 8"});
  CHECK(TextsOf(weave.incoming, weave.sources) ==
        Texts{"a -> 0: 4", "b.b -> 0: 4", "… 2 more lines -> 0: 8"});
}

}  // namespace
}  // namespace weft
