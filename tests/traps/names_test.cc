// Traps of names and groups: where loading by patterns and string surgery gives silently wrong
// weights. docs/traps.md lists them; the numbers here are those of the table there.
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plan/compiled.h"
#include "weft/name_report.h"

namespace weft {
namespace {

constexpr std::string_view kExperts =
    R"({"convert": ["l.{e}.gate", "l.{e}.up"], "to": "l.gate_up",
        "operations": [{"op": "MergeModulelist", "over": "e"}, {"op": "Concatenate", "dim": 1}]})";

Plan Planned(const Mapping& mapping, const std::vector<NamedShape>& tensors,
             const CompileOptions& options = {}) {
  absl::StatusOr<Plan> plan = Compile({mapping}, CatalogOf(tensors), options);
  if (!plan.ok()) FAIL(MessageOf(plan.status()));
  return *std::move(plan);
}

Plan Planned(const std::string& rule, const std::vector<NamedShape>& tensors) {
  return Planned(MappingOfRules({rule}), tensors);
}

std::string Refused(const std::vector<std::string>& rules, const std::vector<NamedShape>& tensors) {
  const absl::StatusOr<Plan> plan = Compile({MappingOfRules(rules)}, CatalogOf(tensors));
  if (plan.ok()) FAIL("accepted:\n" << NamesOf(*plan));
  return MessageOf(plan.status());
}

// The text holds all the parts.
void CheckHas(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts) {
    INFO(text);
    CHECK(text.find(part) != std::string::npos);
  }
}

TEST_CASE("trap 1: lists with holes in different places are not paired by position", "[traps]") {
  CheckHas(
      Refused({std::string(kExperts)},
              {{"l.0.gate", {2}}, {"l.2.gate", {2}}, {"l.0.up", {2}}, {"l.1.up", {2}}}),
      {"INDEX_SETS_DIFFER m.json:2:1 (/stages/0/0)", "missing: 'l.1.gate'", "missing: 'l.2.up'"});
}

TEST_CASE("trap 2: two keys for one target are an error that names both rules", "[traps]") {
  CheckHas(
      Refused({R"({"rename": "a.{i}", "to": "t.{i}"})", R"({"rename": "b.{i}", "to": "t.{i}"})"},
              {{"a.0", {2}}, {"b.0", {2}}}),
      {"TWO_RULES_ONE_TARGET m.json:3:1 (/stages/0/1)", "'t.0'", "'b.0'",
       "m.json:2:1 (/stages/0/0)"});
}

TEST_CASE("trap 2: a fused tensor beside the parts that would make it is an error", "[traps]") {
  CheckHas(
      Refused({std::string(kExperts)}, {{"l.0.gate", {2}}, {"l.0.up", {2}}, {"l.gate_up", {1, 4}}}),
      {"NAME_COLLISION m.json:2:1 (/stages/0/0)", "'l.gate_up'"});
}

TEST_CASE("trap 3: a name that is kept and yet undone on the way back is told", "[traps]") {
  const Plan plan = Planned(R"({"rename": "{x*}", "to": "encoder.{x*}", "unless": "encoder.{y*}"})",
                            {{"encoder.layers.w", {2}}, {"norm.w", {2}}});
  CHECK(NamesOf(plan) == "encoder.layers.w [2]\nencoder.norm.w [2]\n");
  REQUIRE(plan.exactness == Exactness::kOneWay);
  CheckHas(
      plan.exactness_reasons.front(),
      {"m.json:2:1 (/stages/0/0)", "'encoder.layers.w' passes, and the way back would take it"});
}

TEST_CASE("trap 4: expert 10 comes after expert 2", "[traps]") {
  std::vector<NamedShape> tensors;
  for (int e = 0; e < 11; ++e) tensors.push_back({"l." + std::to_string(e) + ".down", {1}});
  const Plan plan = Planned(
      R"({"convert": "l.{e}.down", "to": "l.down",
          "operations": [{"op": "MergeModulelist", "over": "e"}]})",
      tensors);
  const std::vector<Element> elements = ElementsOf(plan).at("l.down");
  REQUIRE(elements.size() == 11);
  for (size_t e = 0; e < 11; ++e) {
    CHECK(plan.catalog->tensors[elements[e].source].name == "l." + std::to_string(e) + ".down");
  }
}

TEST_CASE("trap 5: a text that a name holds twice is replaced where the pattern says", "[traps]") {
  CHECK(NamesOf(Planned(R"({"rename": "{p*}.w1.weight", "to": "{p*}.gate.weight"})",
                        {{"a.w1.b.w1.weight", {2}}})) == "a.w1.b.gate.weight [2]\n");
}

TEST_CASE("trap 5: a name that reads in two ways is an error, not the leftmost reading",
          "[traps]") {
  CheckHas(Refused({R"({"rename": "{a*}.x.{b*}", "to": "{b*}.x.{a*}"})"}, {{"1.x.2.x.3", {2}}}),
           {"AMBIGUOUS_KEY m.json:2:12 (/stages/0/0/rename)", "'1.x.2.x.3'"});
}

TEST_CASE("trap 6: a pattern has two ends, and a dot is a dot", "[traps]") {
  CHECK(NamesOf(Planned(R"({"rename": "{p*}.weight", "to": "{p*}.w"})",
                        {{"a.weight", {2}}, {"a.weight_scale_inv", {2}}, {"aXweight", {2}}})) ==
        "a.w [2]\na.weight_scale_inv [2]\naXweight [2]\n");
}

TEST_CASE("trap 7: rules that match what they made do not run twice", "[traps]") {
  const Mapping mapping = MappingOfRules({R"({"rename": "{x*}", "to": "model.{x*}"})"});
  const Plan once = Planned(mapping, {{"a", {2}}});
  const absl::StatusOr<Plan> twice = Compile({mapping}, CatalogOf(once));
  REQUIRE_FALSE(twice.ok());
  CheckHas(MessageOf(twice.status()), {"ALREADY_CONVERTED", "mapping \"m\""});
}

TEST_CASE("trap 14: two rules with like sources in two scopes keep their own operations",
          "[traps]") {
  const Plan plan = Planned(
      MappingOfRules({R"({"from": ["text.{p*}.qkv", "a b"], "to": ["text.{p*}.w", "b a"]})",
                      R"({"from": ["vision.{p*}.qkv", "a b"], "to": ["vision.{p*}.w", "a b"]})"}),
      {{"text.0.qkv", {2, 3}}, {"vision.0.qkv", {2, 3}}});
  CHECK(NamesOf(plan) == "text.0.w [3, 2]\nvision.0.w [2, 3]\n");
}

TEST_CASE("trap 14: two rules that take one tensor are an error", "[traps]") {
  CheckHas(Refused({R"({"from": ["{p*}.qkv", "a b"], "to": ["{p*}.w", "b a"]})",
                    R"({"from": ["vision.{p*}.qkv", "a b"], "to": ["vision.{p*}.v", "a b"]})"},
                   {{"vision.0.qkv", {2, 3}}}),
           {"TWO_RULES_ONE_TENSOR m.json:3:1 (/stages/0/1)", "'vision.0.qkv'",
            "m.json:2:1 (/stages/0/0)"});
}

TEST_CASE("trap 15: a target that the model lacks is told alone, and one that is missing too",
          "[traps]") {
  CompileOptions options;
  options.expectation = Expectation{"the model", {{"q"}, {"v"}}};
  options.lenient = true;
  const Plan plan = Planned(MappingOfRules({R"({"convert": "qk", "to": ["q", "k"],
                                               "operations": [{"op": "Chunk"}]})"}),
                            {{"qk", {4}}}, options);
  CHECK(plan.expectation->met == 1);
  CHECK(plan.expectation->missing == std::vector<std::string>{"v"});
  CHECK(plan.expectation->unexpected == std::vector<std::string>{"k"});
}

TEST_CASE("trap 18: a rule says the whole name, so no scope changes what it matches", "[traps]") {
  CHECK(NamesOf(Planned(R"({"rename": "norm.weight", "to": "final.weight"})",
                        {{"norm.weight", {2}}, {"vision.norm.weight", {2}}})) ==
        "final.weight [2]\nvision.norm.weight [2]\n");
}

TEST_CASE("trap 20: a mapping keeps no state from one compilation to the next", "[traps]") {
  const Mapping mapping = MappingOfRules({std::string(kExperts)});
  const std::vector<NamedShape> tensors = {{"l.0.gate", {2}}, {"l.0.up", {2}}};
  const std::string first = TextOf(Planned(mapping, tensors));
  CHECK_FALSE(Compile({mapping}, CatalogOf({{"l.1.gate", {2}}})).ok());
  CHECK(TextOf(Planned(mapping, tensors)) == first);
}

TEST_CASE("trap 24: a prefix ends at a dot", "[traps]") {
  CompileOptions options;
  options.expectation = Expectation{"the model", {{"y"}}};
  const absl::StatusOr<Plan> plan =
      Compile({Mapping::Identity()}, CatalogOf({{"model_x.y", {2}}, {"z.model.y", {2}}}), options);
  REQUIRE(plan.ok() == false);
  options.expectation = Expectation{"the model", {{"x.y"}}};
  const absl::StatusOr<Plan> other =
      Compile({Mapping::Identity()}, CatalogOf({{"model_x.y", {2}}}), options);
  REQUIRE_FALSE(other.ok());
  CheckHas(MessageOf(other.status()),
           {"MISSING_TENSOR", "'x.y'", "UNEXPECTED_TENSOR", "model_x.y"});
}

TEST_CASE("trap 25: ranges in reports show their holes", "[traps]") {
  CHECK(GroupNames({"l.0.w", "l.1.w", "l.2.w", "l.4.w", "l.5.w", "l.6.w"}) ==
        std::vector<std::string>{"l.{0..2,4..6}.w"});
}

TEST_CASE("trap 26: names of tensors are never patterns", "[traps]") {
  CHECK(NamesOf(Planned(R"({"rename": "{p*}.w", "to": "{p*}.weight"})",
                        {{"a[0.w", {2}}, {"b(*.w", {2}}, {"c{i}.x", {2}}})) ==
        "a[0.weight [2]\nb(*.weight [2]\nc{i}.x [2]\n");
}

}  // namespace
}  // namespace weft
