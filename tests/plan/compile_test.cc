// What Compile makes of checkpoints that fit: names, elements, lists, conditions, and the way back.
#include <catch2/catch.hpp>
#include <string>

#include "plan/compiled.h"

namespace weft {
namespace {

Plan Planned(const std::vector<Mapping>& mappings, std::shared_ptr<const Catalog> catalog,
             const CompileOptions& options = {}) {
  absl::StatusOr<Plan> plan = Compile(mappings, std::move(catalog), options);
  std::string errors;
  for (const std::string& line : ErrorsOf(plan.status())) errors += line + "\n";
  if (!plan.ok()) FAIL(errors);
  return *std::move(plan);
}

Plan Planned(const std::vector<std::string>& rules, std::vector<NamedShape> tensors,
             const CompileOptions& options = {}) {
  return Planned({MappingOfRules(rules)}, CatalogOf(std::move(tensors)), options);
}

CompileOptions Reverse(std::map<std::string, std::string> set = {}) {
  CompileOptions options;
  options.direction = Direction::kReverse;
  options.set = std::move(set);
  return options;
}

// Forward, and back to what was there.
void CheckRoundTrip(const std::vector<Mapping>& mappings, const Plan& forward,
                    std::map<std::string, std::string> set = {}) {
  CHECK(forward.exactness == Exactness::kExact);
  CHECK(forward.exactness_reasons.empty());
  const Plan back = Planned(mappings, CatalogOf(forward), Reverse(std::move(set)));
  CHECK(GivesBack(forward, back));
  CHECK(back.exactness == Exactness::kExact);
}

// Source tensor and place, "a[3]", of one element of the plan.
std::string ElementAt(const Plan& plan, const std::string& name, uint64_t place) {
  const Element element = ElementsOf(plan).at(name).at(place);
  return plan.catalog->tensors[element.source].name + "[" + std::to_string(element.place) + "]";
}

TEST_CASE("compile: experts are fused in the order of their numbers", "[plan]") {
  const Mapping mapping = MappingOfRules(
      {R"({"from": {"gate": ["{p*}.experts.{e}.w1", "f d"], "up": ["{p*}.experts.{e}.w3", "f d"]},
           "to": ["{p*}.gate_up", "e [gate:f | up:f] d"]})"});
  std::vector<NamedShape> tensors;
  for (int e = 0; e < 12; ++e) {
    tensors.push_back({"m.0.experts." + std::to_string(e) + ".w1", {4, 3}});
    tensors.push_back({"m.0.experts." + std::to_string(e) + ".w3", {4, 3}});
  }
  const Plan plan = Planned({mapping}, CatalogOf(tensors));
  CHECK(NamesOf(plan) == "m.0.gate_up [12, 8, 3]\n");
  CHECK(ElementAt(plan, "m.0.gate_up", 0) == "m.0.experts.0.w1[0]");
  CHECK(ElementAt(plan, "m.0.gate_up", 12) == "m.0.experts.0.w3[0]");
  CHECK(ElementAt(plan, "m.0.gate_up", 2 * 24 + 5) == "m.0.experts.2.w1[5]");
  CHECK(ElementAt(plan, "m.0.gate_up", 11 * 24 + 23) == "m.0.experts.11.w3[11]");
  REQUIRE(plan.rules.size() == 1);
  CHECK(plan.rules[0].where == "m.json:2:1 (/stages/0/0)");
  CHECK(plan.rules[0].tensors == 24);
  CHECK(plan.bytes_read == 24 * 12 * 4);
  CHECK(plan.bytes_written == 24 * 12 * 4);
  CHECK(plan.tensors[0].rules.size() == 1);
  CheckRoundTrip({mapping}, plan);
}

TEST_CASE("compile: grouped qkv is cut apart by sizes of the config", "[plan]") {
  const Mapping mapping = MappingOfRules({R"rule(
      {"from": ["{i}.wqkv", "(kv [q:g | k:1 | v:1] hd) d"],
       "to": {"q": ["{i}.q", "(kv g hd) d"], "k": ["{i}.k", "(kv hd) d"], "v": ["{i}.v", "(kv hd) d"]},
       "sizes": {"kv": "config.num_key_value_heads", "g": "config.num_attention_heads // kv"}})rule"});
  CompileOptions options;
  options.config_json = R"({"num_key_value_heads": 2, "num_attention_heads": 6})";
  const Plan plan = Planned({mapping}, CatalogOf({{"0.wqkv", {2 * 5 * 4, 3}}}), options);
  CHECK(NamesOf(plan) == "0.k [8, 3]\n0.q [24, 3]\n0.v [8, 3]\n");
  // The second group's first row of k stands behind one group of 5 and 3 heads of q.
  CHECK(ElementAt(plan, "0.k", 4 * 3) == "0.wqkv[" + std::to_string((5 + 3) * 4 * 3) + "]");
  CHECK(plan.metadata.at("weft.params.m") ==
        R"({"config.num_attention_heads":6,"config.num_key_value_heads":2})");
  CheckRoundTrip({mapping}, plan);  // without the config: the sizes are recorded
}

TEST_CASE("compile: the rest of the axes goes along", "[plan]") {
  const Mapping mapping =
      MappingOfRules({R"({"from": ["{x:seg}.a", "h d ..."], "to": ["{x:seg}.b", "d ... h"]})"});
  const Plan plan = Planned(
      {mapping}, CatalogOf({{"none.a", {2, 3}}, {"one.a", {2, 3, 4}}, {"two.a", {2, 3, 4, 5}}}));
  CHECK(NamesOf(plan) == "none.b [3, 2]\none.b [3, 4, 2]\ntwo.b [3, 4, 5, 2]\n");
  CHECK(ElementAt(plan, "two.b", 1) == "two.a[60]");
  CheckRoundTrip({mapping}, plan);
}

TEST_CASE("compile: of one number several times the first is the first on the other side",
          "[plan]") {
  const Mapping mapping = MappingOfRules({R"({"from": ["w", "o i 3 3"], "to": ["v", "i 3 3 o"]})"});
  const Plan plan = Planned({mapping}, CatalogOf({{"w", {2, 5, 3, 3}}}));
  CHECK(NamesOf(plan) == "v [5, 3, 3, 2]\n");
  CHECK(ElementAt(plan, "v", 2) == "w[1]");  // o 0, i 0, of 3 × 3 the second in the row
  CHECK(ElementAt(plan, "v", 6) == "w[3]");
  CheckRoundTrip({mapping}, plan);
}

TEST_CASE("compile: a part that one side makes up may be as long as an axis beside it", "[plan]") {
  const Mapping mapping =
      MappingOfRules({R"({"from": ["t", "n 4"], "to": ["u", "[t:n | ~0:4] 4"]})"});
  const Plan plan = Planned({mapping}, CatalogOf({{"t", {2, 4}}}));
  CHECK(NamesOf(plan) == "u [6, 4]\n");
  CHECK(plan.exactness == Exactness::kExact);
}

TEST_CASE("compile: tensors without elements and without axes", "[plan]") {
  const Mapping mapping = MappingOfRules({R"({"from": ["e.a", "h d"], "to": ["e.b", "d h"]})",
                                          R"({"from": ["s.{e}", ""], "to": ["all", "e"]})",
                                          R"({"rename": "x", "to": "y"})"});
  const Plan plan = Planned(
      {mapping}, CatalogOf({{"e.a", {0, 3}}, {"s.0", {}}, {"s.1", {}}, {"x", {}}, {"z", {0}}}));
  CHECK(NamesOf(plan) == "all [2]\ne.b [3, 0]\ny []\nz [0]\n");
  CHECK(ElementAt(plan, "all", 1) == "s.1[0]");
  CHECK(plan.tensors[1].boxes.empty());
  CheckRoundTrip({mapping}, plan);
}

TEST_CASE("compile: lists of lists, layers by experts, by layouts", "[plan]") {
  const Mapping mapping =
      MappingOfRules({R"({"from": ["{l}.experts.{e}.w", "f d"], "to": ["all.w", "l e d f"]})"});
  std::vector<NamedShape> tensors;
  for (int l = 0; l < 2; ++l) {
    for (int e = 0; e < 11; ++e) {
      tensors.push_back({std::to_string(l) + ".experts." + std::to_string(e) + ".w", {4, 3}});
    }
  }
  const Plan plan = Planned({mapping}, CatalogOf(tensors));
  CHECK(NamesOf(plan) == "all.w [2, 11, 3, 4]\n");
  CHECK(ElementAt(plan, "all.w", (1 * 11 + 10) * 12 + 1) == "1.experts.10.w[3]");
  CheckRoundTrip({mapping}, plan);
  tensors.erase(tensors.begin() + 14);
  CHECK(MessageOf(Compile({mapping}, CatalogOf(tensors)).status()) ==
        "INCOMPLETE_LIST m.json:2:1 (/stages/0/0): the list of \"{l}.experts.{e}.w\" has a hole: "
        "21 tensors for l=0..1, e=0..10; missing: '1.experts.3.w'");
}

TEST_CASE("compile: lists of lists by two MergeModulelist, in either order", "[plan]") {
  std::vector<NamedShape> tensors;
  for (int l = 0; l < 2; ++l) {
    for (int e = 0; e < 3; ++e) {
      tensors.push_back({std::to_string(l) + ".x." + std::to_string(e), {4}});
    }
  }
  const Mapping experts_first = MappingOfRules({R"({"convert": "{l}.x.{e}", "to": "all",
      "operations": [{"op": "MergeModulelist", "over": "e"}, {"op": "MergeModulelist", "over": "l"}]})"});
  const Plan a = Planned({experts_first}, CatalogOf(tensors));
  CHECK(NamesOf(a) == "all [2, 3, 4]\n");
  CHECK(ElementAt(a, "all", (1 * 3 + 2) * 4 + 3) == "1.x.2[3]");
  CheckRoundTrip({experts_first}, a);

  const Mapping layers_first = MappingOfRules({R"({"convert": "{l}.x.{e}", "to": "all",
      "operations": [{"op": "MergeModulelist", "over": "l"}, {"op": "MergeModulelist", "over": "e"}]})"});
  const Plan b = Planned({layers_first}, CatalogOf(tensors));
  CHECK(NamesOf(b) == "all [3, 2, 4]\n");
  CHECK(ElementAt(b, "all", (2 * 2 + 1) * 4 + 3) == "1.x.2[3]");
  CheckRoundTrip({layers_first}, b);
}

TEST_CASE("compile: names move on all at once: swaps and shifts", "[plan]") {
  const Mapping swap = MappingOfRules({R"({"rename": "a.{x:seg}", "to": "b.{x:seg}"})",
                                       R"({"rename": "b.{x:seg}", "to": "a.{x:seg}"})"});
  const Plan swapped = Planned({swap}, CatalogOf({{"a.w", {2}}, {"b.w", {3}}}));
  CHECK(TextOf(swapped) ==
        "a.w F32 [3] <- b.w[0 at 0, 3 by 1/1]\nb.w F32 [2] <- a.w[0 at 0, 2 by 1/1]\n");
  CheckRoundTrip({swap}, swapped);

  const Mapping shift = MappingOfRules({R"({"rename": "norm{i}.w", "to": "norm{i+1}.w"})"});
  const Plan shifted = Planned({shift}, CatalogOf({{"norm0.w", {2}}, {"norm1.w", {3}}}));
  CHECK(NamesOf(shifted) == "norm1.w [2]\nnorm2.w [3]\n");
  CheckRoundTrip({shift}, shifted);
}

TEST_CASE("compile: stages run one after another, and back in turn", "[plan]") {
  const Mapping mapping = MappingOf(R"({"weft": 1, "name": "m", "stages": [
    [{"rename": "a.{i}", "to": "$t.{i}"}],
    [{"rename": "b.{i}", "to": "a.{i}"},
     {"from": ["$t.{i}", "n d"], "to": ["b.{i}", "d n"]}],
    [{"from": ["a.{i}", "n"], "to": ["all", "i n"]}]]})");
  const Plan plan = Planned({mapping}, CatalogOf({{"a.0", {2, 3}}, {"b.0", {5}}, {"b.1", {5}}}));
  CHECK(NamesOf(plan) == "all [2, 5]\nb.0 [3, 2]\n");
  CHECK(plan.tensors[0].rules.size() == 2);  // renamed, then merged
  CheckRoundTrip({mapping}, plan);
}

TEST_CASE("compile: mappings compose, and back the last one first", "[plan]") {
  const Mapping first = MappingOf(R"({"weft": 1, "name": "first", "stages": [[
    {"from": ["a.{e}", "f d"], "to": ["b", "e f d"]}]]})");
  const Mapping second = MappingOf(R"({"weft": 1, "name": "second", "stages": [[
    {"convert": "b", "to": "c", "operations": [{"op": "Transpose", "dim0": 1, "dim1": 2}]}]]})");
  const Plan plan = Planned({first, second}, CatalogOf({{"a.0", {2, 3}}, {"a.1", {2, 3}}}));
  CHECK(NamesOf(plan) == "c [2, 3, 2]\n");
  CHECK(ElementAt(plan, "c", 1) == "a.0[3]");
  CHECK(plan.metadata.at("weft.mapping") == "first,second");
  CHECK(plan.metadata.at("weft.direction") == "forward");
  CHECK(plan.metadata.at("weft.reversible") == "exact");
  CheckRoundTrip({first, second}, plan);
}

TEST_CASE("compile: tensors that no rule takes pass as they are", "[plan]") {
  const Plan plan = Planned({R"({"rename": "a", "to": "b"})"},
                            {{"a", {1}}, {"x10", {2}}, {"x9", {3}, DType::kI64}});
  CHECK(TextOf(plan) ==
        "b F32 [1] <- a[0 at 0]\nx9 I64 [3] <- x9[0 at 0, 3 by 1/1]\n"
        "x10 F32 [2] <- x10[0 at 0, 2 by 1/1]\n");
  CHECK(plan.tensors[1].rules.empty());
}

TEST_CASE("compile: others dropped are told, and the way is one", "[plan]") {
  const Plan plan =
      Planned({MappingOfRules({R"({"rename": "a", "to": "b"})"}, R"("others": "drop", )")},
              CatalogOf({{"a", {1}}, {"x", {2}}, {"y", {2}}}));
  CHECK(NamesOf(plan) == "b [1]\n");
  REQUIRE(plan.dropped.size() == 2);
  CHECK(plan.dropped[1].source == 2);
  CHECK(plan.dropped[1].reason == "the mapping says \"others\": \"drop\"");
  CHECK(plan.exactness == Exactness::kOneWay);
  CHECK(plan.exactness_reasons == std::vector<std::string>{"\"others\": \"drop\" drops tensors"});
}

TEST_CASE("compile: lenient lets unknown tensors pass, with a warning", "[plan]") {
  CompileOptions options;
  options.lenient = true;
  const Plan plan =
      Planned({MappingOfRules({R"({"rename": "a", "to": "b"})"}, R"("others": "error", )")},
              CatalogOf({{"a", {1}}, {"x", {2}}}), options);
  CHECK(NamesOf(plan) == "b [1]\nx [2]\n");
  CHECK(plan.warnings == std::vector<std::string>{"no rule takes tensor 'x'; it passes as it is"});
}

TEST_CASE("compile: a rule drops tensors, forward only", "[plan]") {
  const std::vector<std::string> rules = {R"({"drop": "rope.{i}", "reason": "recomputed"})",
                                          R"({"drop": "other"})", R"({"rename": "a", "to": "b"})"};
  const Plan plan = Planned(rules, {{"a", {1}}, {"other", {3}}, {"rope.0", {2}}});
  CHECK(NamesOf(plan) == "b [1]\n");
  REQUIRE(plan.dropped.size() == 2);
  CHECK(plan.dropped[0].reason == "dropped by m.json:3:1 (/stages/0/1)");
  CHECK(plan.dropped[1].reason == "recomputed");
  CHECK(plan.exactness == Exactness::kOneWay);
  CHECK(plan.exactness_reasons ==
        std::vector<std::string>{"m.json:2:1 (/stages/0/0): the rule drops tensors",
                                 "m.json:3:1 (/stages/0/1): the rule drops tensors"});
  CHECK(plan.metadata.at("weft.reversible") == "one-way");
  const Plan back =
      Planned({MappingOfRules(rules)}, CatalogOf({{"b", {1}}, {"rope.0", {2}}}), Reverse());
  CHECK(NamesOf(back) == "a [1]\nrope.0 [2]\n");
}

TEST_CASE("compile: a name is no mix of two variables' texts", "[plan]") {
  // By their texts run together, with whatever separator, these would be one group.
  const std::string nul(1, '\0');
  const Plan plan =
      Planned({R"({"from": ["{x:seg}.{y:seg}", "d"], "to": ["{x:seg}.z.{y:seg}", "d"]})"},
              {{"a" + nul + "b.c", {1}}, {"a.b" + nul + "c", {2}}});
  CHECK(plan.tensors.size() == 2);
}

TEST_CASE("compile: floating-point tensors are cast where a dtype is asked for", "[plan]") {
  CompileOptions options;
  options.dtype = DType::kBF16;
  const Plan plan = Planned(
      {Mapping::Identity()},
      CatalogOf({{"a", {2}, DType::kF32}, {"b", {2}, DType::kI32}, {"c", {2}, DType::kBF16}}),
      options);
  CHECK(plan.tensors[0].dtype == DType::kBF16);
  CHECK(plan.tensors[0].source_dtype == DType::kF32);
  CHECK(plan.tensors[1].dtype == DType::kI32);
  CHECK(plan.exactness == Exactness::kRounding);
  CHECK(plan.exactness_reasons ==
        std::vector<std::string>{"tensor 'a' is rounded from F32 to BF16"});
  options.dtype = DType::kF32;
  const Plan wider = Planned({Mapping::Identity()}, CatalogOf({{"c", {2}, DType::kBF16}}), options);
  CHECK(wider.exactness == Exactness::kExact);
}

TEST_CASE("compile: what was recorded stays with a copy, and is renewed by a conversion",
          "[plan]") {
  const auto catalog = CatalogOf({{"a", {1}}}, {{"format", "pt"}, {"weft.mapping", "x"}});
  CHECK(Planned({Mapping::Identity()}, catalog).metadata ==
        std::map<std::string, std::string>{{"format", "pt"}, {"weft.mapping", "x"}});
  const Plan plan = Planned({MappingOfRules({R"({"rename": "a", "to": "b"})"})}, catalog);
  CHECK(plan.metadata ==
        std::map<std::string, std::string>{{"format", "pt"},
                                           {"weft.digests", plan.metadata.at("weft.digests")},
                                           {"weft.direction", "forward"},
                                           {"weft.mapping", "m"},
                                           {"weft.reversible", "exact"}});
}

TEST_CASE("compile: a mapping that takes nothing says so", "[plan]") {
  const Plan plan = Planned({R"({"rename": "a", "to": "b"})"}, {{"x", {1}}});
  CHECK(plan.warnings ==
        std::vector<std::string>{"no rule of mapping \"m\" takes any of the 1 tensors"});
}

TEST_CASE("compile: steps that cannot be undone make the way one, and say why", "[plan]") {
  const auto reasons = [](const std::string& rule, std::vector<NamedShape> tensors) {
    const Plan plan = Planned({rule}, std::move(tensors));
    CHECK((plan.exactness == Exactness::kOneWay) == !plan.exactness_reasons.empty());
    return plan.exactness_reasons;
  };
  using Reasons = std::vector<std::string>;
  CHECK(reasons(R"({"convert": ["a", "b"], "to": "c", "operations": [{"op": "Concatenate"}]})",
                {{"a", {2}}, {"b", {3}}}) ==
        Reasons{"m.json:2:1 (/stages/0/0): Concatenate(dim=0) joins parts of unequal size without "
                "saying the sizes"});
  CHECK(reasons(R"({"convert": ["a", "b"], "to": "c",
                    "operations": [{"op": "Concatenate", "sizes": [2, 3]}]})",
                {{"a", {2}}, {"b", {3}}})
            .empty());
  CHECK(reasons(R"({"from": {"x": ["a.{i}", "n"], "y": ["b.{i}", "m"]},
                    "to": ["c.{i}", "[x:n | y:m]"]})",
                {{"a.0", {2}}, {"b.0", {3}}, {"a.1", {3}}, {"b.1", {2}}}) ==
        Reasons{"m.json:2:1 (/stages/0/0): on the way back, the size of axis n is unknown: no "
                "shape tells it, and no param gives it"});
  CHECK(reasons(R"({"from": {"x": ["a", "n"], "y": ["b", "m"]}, "to": ["c", "[x:n | y:m]"],
                    "sizes": {"n": 2}})",
                {{"a", {2}}, {"b", {3}}})
            .empty());
  CHECK(reasons(R"({"convert": "a", "to": "c", "operations": [{"op": "Reshape", "shape": [-1]}]})",
                {{"a", {2, 3}}}) ==
        Reasons{"m.json:2:1 (/stages/0/0): Reshape does not say the shape it comes from"});
  CHECK(reasons(R"({"convert": "a", "to": "c",
                    "operations": [{"op": "Reshape", "shape": [-1], "from": [2, -1]}]})",
                {{"a", {2, 3}}})
            .empty());
  CHECK(reasons(R"({"from": ["a", "e d"], "to": ["b.{e}", "d"]})", {{"a", {0, 3}}}) ==
        Reasons{"m.json:2:1 (/stages/0/0): an axis of size 0 becomes a list of no tensors"});
  CHECK(reasons(R"({"convert": "a", "to": "b.{e}",
                    "operations": [{"op": "SplitModulelist", "over": "e"}]})",
                {{"a", {0, 3}}}) ==
        Reasons{"m.json:2:1 (/stages/0/0): an axis of size 0 becomes a list of no tensors"});
  CHECK(reasons(R"({"rename": "a.{i}", "to": "b.{i}"})", {{"a.0", {2}}, {"b.7", {3}}}) ==
        Reasons{"m.json:2:1 (/stages/0/0): tensor 'b.7' passes, and the way back would take it"});
}

TEST_CASE("compile: the shape that a Reshape comes from is the shape that is there", "[plan]") {
  const Mapping mapping = MappingOfRules({R"({"convert": "a", "to": "c",
      "operations": [{"op": "Reshape", "shape": ["-1"], "from": ["h", 3]}]})"});
  CompileOptions options;
  options.set = {{"h", "2"}};
  CheckRoundTrip({mapping}, Planned({mapping}, CatalogOf({{"a", {2, 3}}}), options));
  CHECK(MessageOf(Compile({mapping}, CatalogOf({{"a", {3, 2}}}), options).status()) ==
        "WRONG_SHAPE m.json:2:1 (/stages/0/0), tensor 'a': Reshape(shape=[-1], from=[h, 3]): comes "
        "from shape [2, 3] by its \"from\"; got shape [3, 2]");
}

}  // namespace
}  // namespace weft
