// Rules built in C++ are the rules of a mapping file: both give the same plan.
#include "weft/rules.h"

#include <catch2/catch.hpp>
#include <string>

#include "plan/compiled.h"
#include "weft/mapping.h"
#include "weft/operations.h"

namespace weft {
namespace {

Mapping Coded(const std::vector<Stage>& stages) {
  const absl::StatusOr<Mapping> mapping = Mapping::FromRules("m", stages);
  if (!mapping.ok()) FAIL(MessageOf(mapping.status()));
  return *mapping;
}

// Everything in a plan but the places of its rules.
std::string Outcome(const Mapping& mapping, const std::shared_ptr<const Catalog>& catalog,
                    const CompileOptions& options = {}) {
  const absl::StatusOr<Plan> plan = Compile({mapping}, catalog, options);
  if (!plan.ok()) return MessageOf(plan.status());
  std::string text = TextOf(*plan) + std::string(NameOf(plan->exactness)) + "\n";
  for (const RuleUse& rule : plan->rules) {
    text += rule.text + " of " + std::to_string(rule.tensors) + "\n";
  }
  for (const DroppedTensor& dropped : plan->dropped) text += "dropped: " + dropped.reason + "\n";
  for (const auto& [key, value] : plan->metadata) text += key + "=" + value + "\n";
  return text;
}

void CheckSame(const Mapping& coded, const Mapping& written,
               const std::shared_ptr<const Catalog>& catalog, CompileOptions options = {}) {
  const std::string outcome = Outcome(written, catalog, options);
  CHECK(Outcome(coded, catalog, options) == outcome);
  const absl::StatusOr<Plan> plan = Compile({written}, catalog, options);
  REQUIRE(plan.ok());
  options.direction = Direction::kReverse;
  CHECK(Outcome(coded, CatalogOf(*plan), options) == Outcome(written, CatalogOf(*plan), options));
}

TEST_CASE("rules in C++: renaming with conditions", "[mapping]") {
  WeightRenaming renaming{"{p*}.w", "{p*}.weight"};
  renaming.conditions.unless = {"head.{q*}"};
  renaming.conditions.when = "n > 1";
  WeightRenaming rest{"{p*}.b", "{p*}.bias"};
  rest.conditions.otherwise = true;
  WeightRenaming back{"{p*}.scale", "{p*}.s"};
  back.conditions.direction = RuleDirection::kReverse;
  CompileOptions options;
  options.set = {{"n", "2"}};
  CheckSame(Coded({{renaming, rest, back, WeightDrop{"rope.{i}", "recomputed"}}}),
            MappingOf(R"({"weft": 1, "name": "m", "stages": [[
              {"rename": "{p*}.w", "to": "{p*}.weight", "unless": "head.{q*}", "when": "n > 1"},
              {"rename": "{p*}.b", "to": "{p*}.bias", "otherwise": true},
              {"rename": "{p*}.scale", "to": "{p*}.s", "direction": "reverse"},
              {"drop": "rope.{i}", "reason": "recomputed"}]]})"),
            CatalogOf({{"a.w", {2}}, {"head.w", {2}}, {"x.b", {3}}, {"rope.1", {1}}}), options);
}

TEST_CASE("rules in C++: a converter by layouts", "[mapping]") {
  WeightConverter converter;
  converter.from = {{"gate", "{p*}.experts.{e}.w1.weight", "f d"},
                    {"up", "{p*}.experts.{e}.w3.weight", "f d"}};
  converter.to = {{"", "{p*}.experts.gate_up_proj", "e [gate:f | up:f] d"}};
  std::vector<NamedShape> tensors;
  for (int e = 0; e < 11; ++e) {
    for (const char* w : {"w1", "w3"}) {
      tensors.push_back({"m.experts." + std::to_string(e) + "." + w + ".weight", {4, 3}});
    }
  }
  CheckSame(Coded({{converter}}), MappingOfRules({R"(
      {"from": {"gate": ["{p*}.experts.{e}.w1.weight", "f d"],
                "up": ["{p*}.experts.{e}.w3.weight", "f d"]},
       "to": ["{p*}.experts.gate_up_proj", "e [gate:f | up:f] d"]})"}),
            CatalogOf(tensors));
}

TEST_CASE("rules in C++: the same conversion by layouts and by operations is the same plan",
          "[mapping]") {
  WeightConverter by_operations;
  by_operations.from = {{"", "{p*}.experts.{e}.w1.weight"}, {"", "{p*}.experts.{e}.w3.weight"}};
  by_operations.to = {{"", "{p*}.experts.gate_up_proj"}};
  by_operations.operations = {MergeModulelist{"e", 0}, Concatenate{1}};
  WeightConverter by_layouts;
  by_layouts.from = {{"gate", "{p*}.experts.{e}.w1.weight", "f d"},
                     {"up", "{p*}.experts.{e}.w3.weight", "f d"}};
  by_layouts.to = {{"", "{p*}.experts.gate_up_proj", "e [gate:f | up:f] d"}};
  std::vector<NamedShape> tensors;
  for (int e = 0; e < 3; ++e) {
    for (const char* w : {"w1", "w3"}) {
      tensors.push_back({"m.experts." + std::to_string(e) + "." + w + ".weight", {4, 3}});
    }
  }
  const absl::StatusOr<Plan> a = Compile({Coded({{by_operations}})}, CatalogOf(tensors));
  const absl::StatusOr<Plan> b = Compile({Coded({{by_layouts}})}, CatalogOf(tensors));
  REQUIRE(a.ok());
  REQUIRE(b.ok());
  CHECK(ElementsOf(*a) == ElementsOf(*b));
}

TEST_CASE("rules in C++: every operation", "[mapping]") {
  const auto convert = [](std::vector<std::string> from, std::vector<std::string> to,
                          std::vector<ConversionOp> operations) {
    WeightConverter converter;
    for (std::string& name : from) converter.from.push_back({"", std::move(name)});
    for (std::string& name : to) converter.to.push_back({"", std::move(name)});
    converter.operations = std::move(operations);
    return converter;
  };
  CheckSame(
      Coded({{convert({"a.{e}"}, {"a1", "a2"},
                      {Transpose{0, -1}, MergeModulelist{"e", 1}, Permute{{2, 0, 1}}, Chunk{0}})},
             {convert({"a1", "a2"}, {"b"}, {Concatenate{0, {"2", "2"}}})},
             {convert({"b"}, {"c.{k}"},
                      {Reshape{{"2", "-1"}, {"4", "3", "2"}}, Unsqueeze{1}, Squeeze{1},
                       Interleave{1, true}, SplitModulelist{"k", 0}})},
             {convert({"d"}, {"d1", "d2"}, {Split{0, {"1", "n - 1"}}})}}),
      MappingOf(R"({"weft": 1, "name": "m", "stages": [
        [{"convert": "a.{e}", "to": ["a1", "a2"], "operations": [
           {"op": "Transpose", "dim0": 0, "dim1": -1},
           {"op": "MergeModulelist", "over": "e", "dim": 1},
           {"op": "Permute", "dims": [2, 0, 1]}, {"op": "Chunk", "dim": 0}]}],
        [{"convert": ["a1", "a2"], "to": "b",
          "operations": [{"op": "Concatenate", "dim": 0, "sizes": [2, 2]}]}],
        [{"convert": "b", "to": "c.{k}", "operations": [
           {"op": "Reshape", "shape": [2, -1], "from": [4, 3, 2]},
           {"op": "Unsqueeze", "dim": 1}, {"op": "Squeeze", "dim": 1},
           {"op": "Interleave", "dim": 1, "inverse": true},
           {"op": "SplitModulelist", "over": "k", "dim": 0}]}],
        [{"convert": "d", "to": ["d1", "d2"],
          "operations": [{"op": "Split", "dim": 0, "sizes": [1, "n - 1"]}]}]]})"),
      CatalogOf({{"a.0", {4, 3}}, {"a.1", {4, 3}}, {"d", {5}}}), [] {
        CompileOptions options;
        options.set = {{"n", "5"}};
        return options;
      }());
}

TEST_CASE("rules in C++: errors say which rule", "[mapping]") {
  WeightConverter converter;
  converter.from = {{"", "a", "h d"}};
  converter.to = {{"", "b", "h"}};
  CHECK(MessagesOf(Mapping::FromRules("coded",
                                      {{WeightRenaming{"a.{i", "b"}}, {WeightDrop{"x"}, converter}})
                       .status()) ==
        Lines{"PATTERN_SYNTAX mapping 'coded' (/stages/0/0/rename): \"{\" at position 3 without "
              "\"}\" in pattern \"a.{i\"",
              "CELLS_DIFFER mapping 'coded' (/stages/1/1): the two sides have different cells: "
              "`from` has (h d); `to` has (h)"});
  CHECK(MessageOf(Mapping::FromRules("coded", {{WeightConverter{}}}).status()) ==
        "MAPPING_FIELD mapping 'coded' (/stages/0/0/from): a converter needs at least one tensor "
        "on each side\n"
        "MAPPING_FIELD mapping 'coded' (/stages/0/0/to): a converter needs at least one tensor on "
        "each side");
}

TEST_CASE("rules in C++: operations print as they are written", "[mapping]") {
  CHECK(TextOf(Chunk{1}) == "Chunk(dim=1)");
  CHECK(TextOf(Split{0, {"q", "2 * k"}}) == "Split(dim=0, sizes=[q, 2 * k])");
  CHECK(TextOf(Concatenate{1, {}}) == "Concatenate(dim=1)");
  CHECK(TextOf(MergeModulelist{"e", 0}) == "MergeModulelist(over=e, dim=0)");
  CHECK(TextOf(SplitModulelist{"e", -1}) == "SplitModulelist(over=e, dim=-1)");
  CHECK(TextOf(Transpose{0, 1}) == "Transpose(dim0=0, dim1=1)");
  CHECK(TextOf(Permute{{1, 0}}) == "Permute(dims=[1, 0])");
  CHECK(TextOf(Reshape{{"-1"}, {}}) == "Reshape(shape=[-1])");
  CHECK(TextOf(Interleave{0, true}) == "Interleave(dim=0, inverse=true)");
  CHECK(NameOf(ConversionOp(Squeeze{0})) == "Squeeze");
  CHECK(DocOf(ConversionOp(Transpose{})) == "Swaps the axes dim0 and dim1.");
}

TEST_CASE("rules in C++: the identity passes everything", "[mapping]") {
  CHECK(Mapping::Identity().name() == "identity");
  const absl::StatusOr<Plan> plan =
      Compile({Mapping::Identity()}, CatalogOf({{"a", {2}}, {"b.c", {}}}));
  REQUIRE(plan.ok());
  CHECK(TextOf(*plan) == "a F32 [2] <- a[0 at 0, 2 by 1/1]\nb.c F32 [] <- b.c[0 at 0]\n");
  CHECK(plan->rules.empty());
}

}  // namespace
}  // namespace weft
