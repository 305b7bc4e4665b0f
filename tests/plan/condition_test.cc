// When rules and stages act: unless, otherwise, when, direction, evidence; and where params come
// from.
#include <catch2/catch.hpp>
#include <string>

#include "plan/compiled.h"

namespace weft {
namespace {

CompileOptions Options(Direction direction, std::map<std::string, std::string> set = {},
                       std::string config = "") {
  CompileOptions options;
  options.direction = direction;
  options.set = std::move(set);
  options.config_json = std::move(config);
  return options;
}

CompileOptions Forward(std::map<std::string, std::string> set = {}, std::string config = "") {
  return Options(Direction::kForward, std::move(set), std::move(config));
}
CompileOptions Reverse(std::map<std::string, std::string> set = {}, std::string config = "") {
  return Options(Direction::kReverse, std::move(set), std::move(config));
}

// The names that come out, "a b c", or the error.
std::string NamesAfter(const Mapping& mapping, std::shared_ptr<const Catalog> catalog,
                       const CompileOptions& options = {}) {
  const absl::StatusOr<Plan> plan = Compile({mapping}, std::move(catalog), options);
  if (!plan.ok()) return MessageOf(plan.status());
  std::string names;
  for (const PlannedTensor& tensor : plan->tensors) {
    names += (names.empty() ? "" : " ") + tensor.name;
  }
  return names;
}

std::shared_ptr<const Catalog> Names(const std::vector<std::string>& names) {
  std::vector<NamedShape> tensors;
  for (const std::string& name : names) tensors.push_back({name, {1}});
  return CatalogOf(tensors);
}

TEST_CASE("unless: judged on the name of the from side, in both directions", "[plan]") {
  const Mapping mapping = MappingOfRules(
      {R"({"rename": "{p*}.w", "to": "{p*}.weight", "unless": ["head.{q*}", "{x:seg}.norm.w"]})"});
  CHECK(NamesAfter(mapping, Names({"a.w", "head.w", "head.b.w", "l.norm.w", "l.m.norm.w"})) ==
        "a.weight head.b.w head.w l.m.norm.weight l.norm.w");
  CHECK(NamesAfter(mapping, Names({"a.weight", "head.weight", "l.norm.weight", "l.m.norm.weight"}),
                   Reverse()) == "a.w head.weight l.m.norm.w l.norm.weight");
}

TEST_CASE("a name that a rule does not take may read in two ways", "[plan]") {
  const std::string reads =
      R"({"rename": "{p*}.{w:weight|conv.weight}", "to": "new.{p*}.{w:weight|conv.weight}")";
  const auto source = Names({"a.weight", "b.conv.weight"});
  CHECK(NamesAfter(MappingOfRules({reads + "}"}), source).rfind("AMBIGUOUS_KEY", 0) == 0);
  CHECK(NamesAfter(MappingOfRules({reads + R"(, "unless": "{x:seg}.conv.weight"})"}), source) ==
        "b.conv.weight new.a.weight");
  CHECK(NamesAfter(MappingOfRules({reads + R"(, "when": "n == 1"})"}), source,
                   Forward({{"n", "2"}})) == "a.weight b.conv.weight");
}

TEST_CASE("otherwise: takes what no other rule takes, and back only that", "[plan]") {
  const Mapping mapping =
      MappingOfRules({R"({"rename": "{p*}", "to": "model.{p*}", "otherwise": true})",
                      R"({"rename": "head.{x:seg}", "to": "lm_head.{x:seg}"})"});
  CHECK(NamesAfter(mapping, Names({"a.b", "head.w"})) == "lm_head.w model.a.b");
  CHECK(NamesAfter(mapping, Names({"lm_head.w", "model.a.b"}), Reverse()) == "a.b head.w");
  // model.head.w cannot come from head.w, which the other rule takes forward.
  CHECK(NamesAfter(mapping, Names({"model.a", "model.head.w"}), Reverse()) == "a model.head.w");
}

TEST_CASE("otherwise: of a reverse rule yields to the rules that are turned", "[plan]") {
  for (const bool first : {true, false}) {
    const std::string rest =
        R"({"rename": "{x*}", "to": "old.{x*}", "otherwise": true, "direction": "reverse"})";
    const std::string renamed = R"({"rename": "a", "to": "b"})";
    const Mapping mapping =
        first ? MappingOfRules({rest, renamed}) : MappingOfRules({renamed, rest});
    CHECK(NamesAfter(mapping, Names({"b", "z"}), Reverse()) == "a old.z");
  }
}

TEST_CASE("when: a rule acts if its expression over params is true", "[plan]") {
  const Mapping mapping = MappingOfRules(
      {R"({"rename": "a", "to": "moe", "when": "experts > 1 and kind == 'x'"})",
       R"({"rename": "a", "to": "dense", "when": "experts <= 1 or kind != 'x'"})"},
      R"("params": {"experts": {"from": "num_experts", "default": 1}, "kind": {"from": "k"}}, )");
  CHECK(NamesAfter(mapping, Names({"a"}), Forward({}, R"({"num_experts": 4, "k": "x"})")) == "moe");
  CHECK(NamesAfter(mapping, Names({"a"}), Forward({}, R"({"num_experts": 4, "k": "y"})")) ==
        "dense");
  CHECK(NamesAfter(mapping, Names({"a"}), Forward({}, R"({"k": "x"})")) == "dense");
  CHECK(NamesAfter(mapping, Names({"a"}), Forward({{"experts", "8"}, {"kind", "x"}})) == "moe");
}

TEST_CASE("direction: a rule of the other direction takes no part", "[plan]") {
  const Mapping mapping =
      MappingOfRules({R"({"rename": "a.{i}", "to": "b.{i}", "direction": "forward"})",
                      R"({"rename": "b.{i}", "to": "c.{i}", "direction": "reverse"})"});
  CHECK(NamesAfter(mapping, Names({"a.0", "c.0"})) == "b.0 c.0");
  CHECK(NamesAfter(mapping, Names({"b.0", "a.0"}), Reverse()) == "a.0 c.0");
  const absl::StatusOr<Plan> plan = Compile({mapping}, Names({"a.0"}));
  REQUIRE(plan.ok());
  CHECK(plan->exactness == Exactness::kOneWay);
  CHECK(plan->exactness_reasons ==
        std::vector<std::string>{"m.json:2:1 (/stages/0/0): the rule acts in one direction only"});
}

TEST_CASE("direction: a pair for the two directions may be asymmetric", "[plan]") {
  const Mapping mapping =
      MappingOfRules({R"({"from": ["a", "h d"], "to": ["b", "d h"], "direction": "forward"})",
                      R"({"from": ["b", "d h"], "to": ["a2", "h d"], "direction": "reverse"})"});
  CHECK(NamesAfter(mapping, CatalogOf({{"a", {2, 3}}})) == "b");
  CHECK(NamesAfter(mapping, CatalogOf({{"b", {3, 2}}}), Reverse()) == "a2");
}

TEST_CASE("sets keep the reverse exact although two names become one", "[plan]") {
  const Mapping mapping =
      MappingOfRules({R"({"rename": "m.{i=0|15}.conv.{l@leaf}", "to": "l.{i}.{l@leaf}"})",
                      R"({"rename": "m.{i=3..12/3}.convtr.{l@tleaf}", "to": "l.{i}.{l@tleaf}"})"},
                     R"("tables": {"leaf": {"conv.weight": "conv.weight", "norm.bias": "norm.bias"},
                                   "tleaf": {"convtr.weight": "conv.weight"}}, )");
  const auto source = Names({"m.0.conv.conv.weight", "m.0.conv.norm.bias",
                             "m.3.convtr.convtr.weight", "m.15.conv.conv.weight"});
  CHECK(NamesAfter(mapping, source) ==
        "l.0.conv.weight l.0.norm.bias l.3.conv.weight l.15.conv.weight");
  const absl::StatusOr<Plan> plan = Compile({mapping}, source);
  REQUIRE(plan.ok());
  const absl::StatusOr<Plan> back = Compile({mapping}, CatalogOf(*plan), Reverse());
  REQUIRE(back.ok());
  CHECK(GivesBack(*plan, *back));
}

// A stage that runs when the checkpoint has norms numbered from 0.
constexpr char kGuarded[] = R"({"weft": 1, "name": "m", "stages": [
  {"name": "zero_based", "when": {"has": "norm0.w"},
   "rules": [{"rename": "norm{i}.w", "to": "norm{i+1}.w"}]},
  [{"rename": "norm{i}.w", "to": "ln{i}.w"}]]})";

TEST_CASE("evidence: judged forward, recorded, and read on the way back", "[plan]") {
  const Mapping mapping = MappingOf(kGuarded);
  for (const bool zero_based : {true, false}) {
    const auto source = zero_based ? Names({"norm0.w", "norm1.w"}) : Names({"norm1.w", "norm2.w"});
    const absl::StatusOr<Plan> plan = Compile({mapping}, source);
    REQUIRE(plan.ok());
    CHECK(NamesOf(*plan) == "ln1.w [1]\nln2.w [1]\n");
    CHECK(plan->metadata.at("weft.stages.m") ==
          (zero_based ? R"({"zero_based":true})" : R"({"zero_based":false})"));
    const absl::StatusOr<Plan> back = Compile({mapping}, CatalogOf(*plan), Reverse());
    REQUIRE(back.ok());
    CHECK(GivesBack(*plan, *back));
  }
}

TEST_CASE("evidence: can be set by the stage's name, in both directions", "[plan]") {
  const Mapping mapping = MappingOf(kGuarded);
  CHECK(NamesAfter(mapping, Names({"norm0.w"}), Forward({{"zero_based", "false"}})) == "ln0.w");
  CHECK(NamesAfter(mapping, Names({"norm3.w"}), Forward({{"zero_based", "true"}})) == "ln4.w");
  CHECK(NamesAfter(mapping, Names({"ln1.w"}), Reverse({{"zero_based", "true"}})) == "norm0.w");
  CHECK(NamesAfter(mapping, Names({"ln1.w"}), Reverse({{"zero_based", "false"}})) == "norm1.w");
  CHECK(NamesAfter(mapping, Names({"norm0.w"}), Forward({{"zero_based", "yes"}})) ==
        "BAD_PARAM stage 'zero_based': expected true or false, got \"yes\"");
}

TEST_CASE("evidence: that was not recorded must be said", "[plan]") {
  CHECK(ErrorsOf(Compile({MappingOf(kGuarded)}, Names({"ln1.w"}), Reverse()).status()) ==
        Lines{"UNKNOWN_PARAM m.json:2:34 (/stages/0/when): whether stage 'zero_based' ran is not "
              "recorded in the checkpoint's metadata",
              "hint: say it with --set zero_based=true or --set zero_based=false"});
}

TEST_CASE("evidence: an unknown param is told with the place that needs it", "[plan]") {
  const Mapping mapping = MappingOf(R"({"weft": 1, "name": "m", "stages": [
    {"when": {"param": "n == 2"}, "rules": [{"rename": "a", "to": "b"}]}]})");
  CHECK(ErrorsOf(Compile({mapping}, Names({"a"}), Forward({})).status()) ==
        Lines{"UNKNOWN_PARAM m.json:2:14 (/stages/0/when), param 'n': nothing gives its value, and "
              "there is no config",
              "hint: give it with --set n=VALUE, or a config with --config"});
}

TEST_CASE("evidence: a stage without a name cannot be set by name", "[plan]") {
  const Mapping mapping = MappingOf(R"({"weft": 1, "name": "m", "stages": [
    {"when": {"has": "a"}, "rules": [{"rename": "a", "to": "b"}]}]})");
  CHECK(ErrorsOf(Compile({mapping}, Names({"b"}), Reverse()).status()) ==
        Lines{"UNKNOWN_PARAM m.json:2:14 (/stages/0/when): whether stage 'stage0' ran is not "
              "recorded in the checkpoint's metadata",
              "hint: give the stage a \"name\", and say it with --set NAME=true"});
  CHECK(NamesAfter(mapping, Names({"b"}), Reverse({{"stage0", "true"}})) ==
        "BAD_PARAM param 'stage0': it is set, and the mapping never uses it");
}

TEST_CASE("evidence: stages of one name are recorded apart, and set together", "[plan]") {
  const Mapping mapping = MappingOf(R"({"weft": 1, "name": "m", "stages": [
    {"name": "s", "when": {"has": "a"}, "rules": [{"rename": "a", "to": "b"}]},
    {"name": "s", "when": {"has": "c"}, "rules": [{"rename": "b", "to": "d"}]}]})");
  const absl::StatusOr<Plan> plan = Compile({mapping}, Names({"a"}));
  REQUIRE(plan.ok());
  CHECK(plan->metadata.at("weft.stages.m") == R"({"s":true,"s#2":false})");
  CHECK(NamesAfter(mapping, CatalogOf(*plan), Reverse()) == "a");
  CHECK(NamesAfter(mapping, Names({"a"}), Forward({{"s", "true"}})) == "d");
}

TEST_CASE("evidence: what stages and mappings record is kept apart whatever their names",
          "[plan]") {
  const Mapping mapping = MappingOf(R"({"weft": 1, "name": "m", "stages": [
    {"name": "stage1", "when": {"has": "a"}, "rules": [{"rename": "a", "to": "b"}]},
    {"when": {"has": "c"}, "rules": [{"rename": "b", "to": "d"}]}]})");
  const absl::StatusOr<Plan> plan = Compile({mapping}, Names({"a"}));
  REQUIRE(plan.ok());
  CHECK(plan->metadata.at("weft.stages.m") == R"({"stage1":true,"stage1_":false})");
  CHECK(NamesAfter(mapping, CatalogOf(*plan), Reverse()) == "a");

  const Mapping numbered = MappingOf(R"({"weft": 1, "name": "m", "stages": [
    {"name": "s", "when": {"has": "a"}, "rules": [{"rename": "a", "to": "b"}]},
    {"name": "s", "when": {"has": "c"}, "rules": [{"rename": "b", "to": "c"}]},
    {"name": "s#2", "when": {"has": "b"}, "rules": [{"rename": "b", "to": "d"}]}]})");
  const absl::StatusOr<Plan> counted = Compile({numbered}, Names({"a"}));
  REQUIRE(counted.ok());
  CHECK(counted->metadata.at("weft.stages.m") == R"({"s":true,"s#2":true,"s#2_":false})");
  CHECK(NamesAfter(numbered, CatalogOf(*counted), Reverse()) == "a");

  // Two mappings of one name.
  const auto guarded = [](const std::string& has, const std::string& rule) {
    return MappingOf(R"({"weft": 1, "name": "m", "stages": [{"when": {"has": ")" + has +
                     R"("}, "rules": [)" + rule + "]}]}");
  };
  const Mapping both = Mapping::Compose({guarded("a", R"({"rename": "a", "to": "b"})"),
                                         guarded("c", R"({"rename": "b", "to": "d"})")});
  const absl::StatusOr<Plan> composed = Compile({both}, Names({"a"}));
  REQUIRE(composed.ok());
  CHECK(composed->metadata.at("weft.stages.m") == R"({"stage0":true})");
  CHECK(composed->metadata.at("weft.stages.m#2") == R"({"stage0":false})");
  CHECK(composed->exactness == Exactness::kExact);
  CHECK(NamesAfter(both, CatalogOf(*composed), Reverse()) == "a");
}

TEST_CASE("evidence: a stage that always runs cannot be set", "[plan]") {
  const Mapping mapping = MappingOf(R"({"weft": 1, "name": "m", "stages": [
    {"name": "s", "rules": [{"rename": "a", "to": "b"}]}]})");
  CHECK(NamesAfter(mapping, Names({"a"}), Forward({{"s", "false"}})) ==
        "BAD_PARAM param 's': it is set, and the mapping never uses it");
}

TEST_CASE("evidence: on params only needs no record", "[plan]") {
  const Mapping mapping = MappingOf(R"({"weft": 1, "stages": [
    {"when": {"not": {"param": "n == 1"}}, "rules": [{"rename": "a", "to": "b"}]}]})");
  CHECK(NamesAfter(mapping, Names({"a"}), Forward({{"n", "2"}})) == "b");
  CHECK(NamesAfter(mapping, Names({"a"}), Forward({{"n", "1"}})) == "a");
  CHECK(NamesAfter(mapping, Names({"b"}), Reverse({{"n", "2"}})) == "a");
}

// Whether a stage with this guard runs on a: F16 [2, 3], b.0: F32 [4], b.1: F32 [5].
std::string Judged(const std::string& guard, std::map<std::string, std::string> set = {}) {
  const Mapping mapping = MappingOf("{\"weft\": 1, \"stages\": [{\"when\":\n" + guard +
                                    ", \"rules\": [{\"rename\": \"a\", \"to\": \"ran\"}]}]}");
  const std::string names =
      NamesAfter(mapping, CatalogOf({{"a", {2, 3}, DType::kF16}, {"b.0", {4}}, {"b.1", {5}}}),
                 Forward(std::move(set)));
  if (names == "b.0 b.1 ran") return "ran";
  return names == "a b.0 b.1" ? "did not run" : names;
}

TEST_CASE("evidence: every form", "[plan]") {
  CHECK(Judged(R"({"has": "b.{i}"})") == "ran");
  CHECK(Judged(R"({"has": "c.{i}"})") == "did not run");
  CHECK(Judged(R"({"lacks": "c.{i}"})") == "ran");
  CHECK(Judged(R"({"lacks": "b.{i=1}"})") == "did not run");
  CHECK(Judged(R"({"dtype": {"pattern": "a", "is": "F16"}})") == "ran");
  CHECK(Judged(R"({"dtype": {"pattern": "b.{i}", "is": "F16"}})") == "did not run");
  CHECK(Judged(R"({"shape": {"pattern": "a", "is": ["n", "n + 1"]}})", {{"n", "2"}}) == "ran");
  CHECK(Judged(R"({"shape": {"pattern": "a", "is": [2]}})") == "did not run");
  CHECK(Judged(R"({"shape": {"pattern": "b.{i}", "is": ["i + 4"]}})") == "ran");
  CHECK(Judged(R"({"param": "n > 1"})", {{"n", "2"}}) == "ran");
  CHECK(Judged(R"({"all": [{"has": "a"}, {"lacks": "a"}]})") == "did not run");
  CHECK(Judged(R"({"any": [{"lacks": "a"}, {"has": "a"}]})") == "ran");
  CHECK(Judged(R"({"not": {"has": "a"}})") == "did not run");
  CHECK(Judged(R"({"all": []})") == "ran");
  CHECK(Judged(R"({"any": []})") == "did not run");
}

TEST_CASE("evidence: undecidable evidence is an error", "[plan]") {
  CHECK(Judged(R"({"dtype": {"pattern": "c", "is": "F16"}})") ==
        "MISSING_TENSOR m.json:2:1 (/stages/0/when): the evidence dtype of \"c\" is F16 is "
        "undecided: no tensor matches");
  CHECK(Judged(R"({"shape": {"pattern": "b.{i}", "is": [4]}})") ==
        "MISSING_TENSOR m.json:2:1 (/stages/0/when): the evidence shape of \"b.{i}\" is [4] is "
        "undecided: tensors 'b.0' and 'b.1' disagree");
  CHECK(Judged(R"({"any": [{"has": "a"}, {"dtype": {"pattern": "c", "is": "F16"}}]})") == "ran");
}

constexpr char kHeads[] = R"rule({"from": ["x", "(h c) d"], "to": ["y", "(c h) d"]})rule";

// The shape-independent outcome for 6 rows: which row of x is row 1 of y.
std::string RowOne(const std::string& fields, const CompileOptions& options,
                   std::map<std::string, std::string> metadata = {}) {
  const bool forward = options.direction == Direction::kForward;
  const absl::StatusOr<Plan> plan =
      Compile({MappingOfRules({kHeads}, fields)},
              CatalogOf({{forward ? "x" : "y", {6, 1}}}, std::move(metadata)), options);
  if (!plan.ok()) return MessageOf(plan.status());
  return "row " + std::to_string(ElementsOf(*plan).begin()->second[1].place);
}

TEST_CASE("params: stand in the config of either side", "[plan]") {
  const std::string two_homes =
      R"("params": {"h": {"from": ["n_head", "heads"], "to": "text.num_heads", "default": 1}}, )";
  CHECK(RowOne(two_homes, Forward({}, R"({"n_head": 2, "text": {"num_heads": 3}})")) == "row 3");
  CHECK(RowOne(two_homes, Reverse({}, R"({"n_head": 2, "text": {"num_heads": 3}})")) == "row 3");
  CHECK(RowOne(two_homes, Forward({}, R"({"heads": 3})")) == "row 2");
  CHECK(RowOne(two_homes, Forward({}, R"({"text": {"num_heads": 3}})")) == "row 2");
  CHECK(RowOne(two_homes, Forward()) == "row 1");
  CHECK(RowOne(two_homes, Forward({{"h", "2"}}, R"({"n_head": 3})")) == "row 3");
}

TEST_CASE("params: an expression, another param, a list, and the record of the way here",
          "[plan]") {
  CHECK(RowOne(R"("params": {"h": "total // 3", "total": {"from": "n"}}, )",
               Forward({}, R"({"n": 6})")) == "row 3");
  CHECK(RowOne(R"rule("params": {"h": "at(sizes, 1)", "sizes": {"from": "s"}}, )rule",
               Forward({}, R"({"s": [9, 2]})")) == "row 3");
  CHECK(RowOne("", Forward(), {{"weft.params.m", R"({"h": 2})"}}) == "row 3");
  CHECK(RowOne("", Reverse(), {{"weft.params.m", R"({"h": 3})"}}) == "row 3");
  CHECK(RowOne("", Forward({{"h", "3"}}), {{"weft.params.m", R"({"h": 2})"}}) == "row 2");
  CHECK(RowOne("", Forward(), {{"weft.params.other", R"({"h": 2})"}}).rfind("SIZE_UNKNOWN", 0) ==
        0);
}

TEST_CASE("params: a record that is no object is refused", "[plan]") {
  CHECK(RowOne("", Forward(), {{"weft.params.m", "[]"}}) ==
        "BAD_METADATA metadata 'weft.params.m': expected a JSON object");
  CHECK(RowOne("", Forward(), {{"weft.stages.m", R"({"s": 1})"}}) ==
        "BAD_METADATA metadata 'weft.stages': expected true or false for each stage");
}

TEST_CASE("sizes: may use each other, shapes and the index of the name", "[plan]") {
  const Mapping mapping = MappingOfRules({R"rule(
      {"from": ["l.{i}", "(a b c) d"], "to": ["m.{i}", "(c b a) d"],
       "sizes": {"a": "i + 1", "b": "a * d", "c": "12 // b"}})rule"});
  const absl::StatusOr<Plan> plan =
      Compile({mapping}, CatalogOf({{"l.0", {12, 2}}, {"l.1", {24, 3}}}));
  REQUIRE(ErrorsOf(plan.status()).empty());
  // Of l.0: a, b, c = 1, 2, 6; of l.1: 2, 6, 2.
  CHECK(ElementsOf(*plan).at("m.0")[1 * 2].place == 6 * 2);
  CHECK(ElementsOf(*plan).at("m.1")[1 * 3].place == 12 * 3);
}

TEST_CASE("sizes: in the size of an axis its own name is a param's", "[plan]") {
  const auto row_one = [](const std::string& size, const CompileOptions& options) {
    const absl::StatusOr<Plan> plan =
        Compile({MappingOfRules({R"rule({"from": ["x", "(h c) d"], "to": ["y", "(c h) d"],
                                          "sizes": {"h": ")rule" +
                                 size + "\"}}"})},
                CatalogOf({{"x", {6, 1}}}), options);
    if (!plan.ok()) return MessageOf(plan.status());
    return "row " + std::to_string(ElementsOf(*plan).begin()->second[1].place);
  };
  CHECK(row_one("h", Forward({{"h", "2"}})) == "row 3");
  CHECK(row_one("h // 2", Forward({{"h", "6"}})) == "row 2");
  CHECK(row_one("h", Forward()) ==
        "UNKNOWN_PARAM m.json:2:1 (/stages/0/0), param 'h': nothing gives its value, and there is "
        "no config");
}

}  // namespace
}  // namespace weft
