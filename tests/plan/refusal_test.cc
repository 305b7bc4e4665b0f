// Checkpoints that a mapping does not fit, and mappings that are used wrongly: what Compile says.
#include <catch2/catch.hpp>
#include <string>

#include "plan/compiled.h"

namespace weft {
namespace {

constexpr char kGateUp[] =
    R"({"from": {"gate": ["{p*}.experts.{e}.gate.weight", "f d"],
                 "up": ["{p*}.experts.{e}.up.weight", "f d"]},
        "to": ["{p*}.experts.gate_up", "e [gate:f | up:f] d"]})";

constexpr char kCompleteHint[] =
    "hint: a list must run from 0 without holes, equally for all tensors of the rule; is a part of "
    "the checkpoint missing?";

Lines Refused(const std::vector<std::string>& rules, std::vector<NamedShape> tensors,
              const CompileOptions& options = {}, const std::string& fields = "") {
  return ErrorsOf(
      Compile({MappingOfRules(rules, fields)}, CatalogOf(std::move(tensors)), options).status());
}

CompileOptions Reverse() {
  CompileOptions options;
  options.direction = Direction::kReverse;
  return options;
}

CompileOptions Set(std::map<std::string, std::string> values) {
  CompileOptions options;
  options.set = std::move(values);
  return options;
}

CompileOptions Config(std::string text) {
  CompileOptions options;
  options.config_json = std::move(text);
  return options;
}

std::vector<NamedShape> Experts(const std::vector<int>& gate, const std::vector<int>& up) {
  std::vector<NamedShape> tensors;
  for (const int e : gate) {
    tensors.push_back({"m.experts." + std::to_string(e) + ".gate.weight", {4, 3}});
  }
  for (const int e : up) {
    tensors.push_back({"m.experts." + std::to_string(e) + ".up.weight", {4, 3}});
  }
  return tensors;
}

TEST_CASE("compile: a missing expert is a hole in every list", "[plan]") {
  CHECK(Refused({kGateUp}, Experts({0, 2}, {0, 2})) ==
        Lines{"INCOMPLETE_LIST m.json:2:1 (/stages/0/0), p=m: the list of "
              "\"{p*}.experts.{e}.gate.weight\" has a hole: 2 tensors for e=0..2; missing: "
              "'m.experts.1.gate.weight'",
              kCompleteHint,
              "INCOMPLETE_LIST m.json:2:1 (/stages/0/0), p=m: the list of "
              "\"{p*}.experts.{e}.up.weight\" has a hole: 2 tensors for e=0..2; missing: "
              "'m.experts.1.up.weight'",
              kCompleteHint});
}

TEST_CASE("compile: gate and up of different experts are never paired by position", "[plan]") {
  CHECK(Refused({kGateUp}, Experts({0, 2}, {0, 1})) ==
        Lines{"INDEX_SETS_DIFFER m.json:2:1 (/stages/0/0), p=m: the list of "
              "\"{p*}.experts.{e}.gate.weight\" has a hole: 2 tensors for e=0..2; missing: "
              "'m.experts.1.gate.weight'",
              kCompleteHint,
              "INDEX_SETS_DIFFER m.json:2:1 (/stages/0/0), p=m: the list of "
              "\"{p*}.experts.{e}.up.weight\" has a hole: 2 tensors for e=0..2; missing: "
              "'m.experts.2.up.weight'",
              kCompleteHint});
  CHECK(Refused({kGateUp}, Experts({0, 1, 2}, {0, 1})) ==
        Lines{"INDEX_SETS_DIFFER m.json:2:1 (/stages/0/0), p=m: the list of "
              "\"{p*}.experts.{e}.up.weight\" has a hole: 2 tensors for e=0..2; missing: "
              "'m.experts.2.up.weight'",
              kCompleteHint});
}

TEST_CASE("compile: a list that does not begin at 0 is a hole, and few names are shown", "[plan]") {
  CHECK(Refused({kGateUp}, Experts({20}, {20})).front() ==
        "INCOMPLETE_LIST m.json:2:1 (/stages/0/0), p=m: the list of "
        "\"{p*}.experts.{e}.gate.weight\" has a hole: 1 tensors for e=0..20; missing: "
        "'m.experts.0.gate.weight', 'm.experts.1.gate.weight', 'm.experts.2.gate.weight', "
        "'m.experts.3.gate.weight', 'm.experts.4.gate.weight' and 15 more");
}

TEST_CASE("compile: an absurd index costs nothing", "[plan]") {
  std::vector<NamedShape> tensors = Experts({0}, {0});
  tensors.push_back({"m.experts.999999999999999999.gate.weight", {4, 3}});
  const Lines errors = Refused({kGateUp}, tensors);
  REQUIRE(errors.size() == 4);
  CHECK(errors[0].rfind("INDEX_SETS_DIFFER m.json:2:1 (/stages/0/0), p=m: the list of "
                        "\"{p*}.experts.{e}.gate.weight\" has a hole: 2 tensors for "
                        "e=0..999999999999999999; missing: 'm.experts.1.gate.weight', ",
                        0) == 0);
}

TEST_CASE("compile: a tensor that a rule needs beside another is missing", "[plan]") {
  CHECK(Refused({kGateUp}, Experts({0, 1}, {})) ==
        Lines{"MISSING_TENSOR m.json:2:1 (/stages/0/0), p=m: tensor 'm.experts.0.up.weight' is "
              "missing; the rule needs it beside 'm.experts.0.gate.weight'"});
}

TEST_CASE("compile: two tensors of one name for one place of a list", "[plan]") {
  CHECK(Refused({kGateUp}, Experts({0, 1, 1}, {0, 1})) ==
        Lines{"DUPLICATE_NAME m.json:2:1 (/stages/0/0), p=m: tensors 'm.experts.1.gate.weight' and "
              "'m.experts.1.gate.weight' both stand for the same place of a list"});
}

TEST_CASE("compile: a list as long as the config says", "[plan]") {
  const std::string rule =
      R"({"from": ["x.{e}", "d"], "to": ["y", "e d"], "sizes": {"e": "config.num_experts"}})";
  CHECK(Refused({rule}, {{"x.0", {2}}, {"x.1", {2}}}, Config(R"({"num_experts": 2})")).empty());
  CHECK(Refused({rule}, {{"x.0", {2}}, {"x.1", {2}}}, Config(R"({"num_experts": 3})")) ==
        Lines{"INCOMPLETE_LIST m.json:2:1 (/stages/0/0): the list over e has 2 tensors; the config "
              "or params say 3",
              "hint: is a part of the checkpoint missing?"});
  const std::string operations = R"({"convert": "x.{e}", "to": "y", "sizes": {"e": "n"},
      "operations": [{"op": "MergeModulelist", "over": "e"}]})";
  CHECK(Refused({operations}, {{"x.0", {2}}, {"x.1", {2}}}, Set({{"n", "3"}})) ==
        Lines{"INCOMPLETE_LIST m.json:2:1 (/stages/0/0): the list over e has 2 tensors; the config "
              "or params say 3",
              "hint: is a part of the checkpoint missing?"});
}

TEST_CASE("compile: shapes that layouts do not fit", "[plan]") {
  std::vector<NamedShape> tensors = Experts({0, 1}, {0, 1});
  tensors[1].shape = {4, 2};
  CHECK(Refused({kGateUp}, tensors) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0), p=m, tensor 'm.experts.1.gate.weight': all "
              "members of a list have one shape; expected [4, 3] as 'm.experts.0.gate.weight', got "
              "[4, 2]"});
  tensors = Experts({0}, {0});
  tensors[1].shape = {4, 2};
  CHECK(
      Refused({kGateUp}, tensors) ==
      Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0), p=m, tensor 'm.experts.0.up.weight': axis 1 of "
            "layout \"f d\" is 3; got shape [4, 2]",
            "hint: the rule reads it beside 'm.experts.0.gate.weight' of shape [4, 3]"});
  CHECK(Refused({R"({"from": ["x", "h d"], "to": ["y", "d h"]})"}, {{"x", {4}}}) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0), tensor 'x': layout \"h d\" has 2 axes, got "
              "shape [4]"});
  CHECK(Refused({R"({"from": ["x", "h ... d"], "to": ["y", "d h ..."]})"}, {{"x", {4}}}) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0), tensor 'x': layout \"h ... d\" has at least 2 "
              "axes, got shape [4]"});
  CHECK(Refused({R"({"from": ["x", "(h 3) d"], "to": ["y", "d h 3"]})"}, {{"x", {4, 2}}}) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0), tensor 'x': axis 0 of layout \"(h 3) d\" is "
              "3 * h, which no size of h makes 4; got shape [4, 2]"});
  CHECK(Refused({R"({"from": ["x", "[a:2 | b:n]"], "to": {"a": ["y", "2"], "b": ["z", "n"]}})"},
                {{"x", {1}}}) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0), tensor 'x': axis 0 of layout \"[a:2 | b:n]\" "
              "is 2 + 1 * n, which no size of n makes 1; got shape [1]"});
  CHECK(
      Refused({R"({"from": ["x", "o 1"], "to": ["y", "o"]})"}, {{"x", {4, 2}}}) ==
      Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0), tensor 'x': axis 1 of layout \"o 1\" is 1; got "
            "shape [4, 2]"});
}

TEST_CASE("compile: shapes that operations do not fit", "[plan]") {
  CHECK(Refused({R"({"convert": ["a", "b"], "to": "c", "operations": [{"op": "Concatenate"}]})"},
                {{"a", {4, 3}}, {"b", {4, 2}}}) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0), tensor 'a': Concatenate(dim=0): shapes [4, 3] "
              "and [4, 2] differ in more than axis 0"});
  CHECK(Refused({R"({"convert": "a.{e}", "to": "c",
                     "operations": [{"op": "MergeModulelist", "over": "e"}]})"},
                {{"a.0", {4, 3}}, {"a.1", {4, 2}}}) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0), tensor 'a.1': all members of a list have one "
              "shape; expected [4, 3] as 'a.0', got [4, 2]"});
}

TEST_CASE("compile: dtypes are never mixed", "[plan]") {
  std::vector<NamedShape> tensors = Experts({0}, {0});
  tensors[1].dtype = DType::kF16;
  CHECK(Refused({kGateUp}, tensors) ==
        Lines{"DTYPES_DIFFER m.json:2:1 (/stages/0/0), p=m: tensor 'm.experts.gate_up' would mix "
              "dtypes: 'm.experts.0.gate.weight' is F32, 'm.experts.0.up.weight' is F16"});
  CHECK(Refused({R"({"convert": ["a", "b"], "to": "c", "operations": [{"op": "Concatenate"}]})"},
                {{"a", {4}, DType::kBF16}, {"b", {4}, DType::kF32}}) ==
        Lines{"DTYPES_DIFFER m.json:2:1 (/stages/0/0): one tensor would mix dtypes: 'a' is BF16, "
              "'b' is F32"});
}

TEST_CASE("compile: one target is made once", "[plan]") {
  CHECK(Refused({R"({"rename": "a", "to": "c"})", R"({"rename": "b", "to": "c"})"},
                {{"a", {1}}, {"b", {1}}}) ==
        Lines{"TWO_RULES_ONE_TARGET m.json:3:1 (/stages/0/1): target 'c' is made twice: here from "
              "'b' and by m.json:2:1 (/stages/0/0)"});
  CHECK(Refused({R"({"rename": "{i}.{j}", "to": "x{i}{j}"})"}, {{"1.23", {1}}, {"12.3", {1}}}) ==
        Lines{"TWO_RULES_ONE_TARGET m.json:2:1 (/stages/0/0): target 'x123' is made twice: here "
              "from '12.3' and by the same rule"});
  CHECK(Refused({R"({"from": ["{i}.{j}", "d"], "to": ["x{i}{j}", "d"]})"},
                {{"1.23", {1}}, {"12.3", {1}}}) ==
        Lines{"TWO_RULES_ONE_TARGET m.json:2:1 (/stages/0/0), i=12, j=3: target 'x123' is made "
              "twice: here and by m.json:2:1 (/stages/0/0), i=1, j=23"});
}

TEST_CASE("compile: one tensor is taken by one rule", "[plan]") {
  CHECK(Refused({R"({"rename": "a.{i}", "to": "b.{i}"})",
                 R"({"rename": "{x:seg}.1", "to": "{x:seg}.2"})"},
                {{"a.0", {1}}, {"a.1", {1}}}) ==
        Lines{"TWO_RULES_ONE_TENSOR m.json:3:1 (/stages/0/1): tensor 'a.1' is taken by two rules: "
              "this one and m.json:2:1 (/stages/0/0)",
              "hint: narrow one of the patterns, or use \"unless\" or \"otherwise\""});
}

TEST_CASE("compile: a name that reads in two ways", "[plan]") {
  CHECK(Refused({R"({"rename": "{p*}.norm.{q*}", "to": "{p*}.ln.{q*}"})"},
                {{"a.norm.norm.b", {1}}}) ==
        Lines{"AMBIGUOUS_KEY m.json:2:12 (/stages/0/0/rename): tensor 'a.norm.norm.b' reads in two "
              "ways by pattern \"{p*}.norm.{q*}\": p=a, q=norm.b; or p=a.norm, q=b",
              "hint: write more of the name out, or constrain a variable, so that one reading is "
              "left"});
}

TEST_CASE("compile: a name that is made stands there already", "[plan]") {
  CHECK(Refused({R"({"rename": "a", "to": "b"})"}, {{"a", {1}}, {"b", {1}}}) ==
        Lines{"NAME_COLLISION m.json:2:1 (/stages/0/0): the rule makes tensor 'b', which the "
              "checkpoint has already and no rule takes",
              "hint: is the checkpoint converted in part?"});
}

TEST_CASE("compile: names that a pattern cannot write", "[plan]") {
  CHECK(
      Refused({R"({"rename": "a.{i}", "to": "b.{i=0..3}"})"}, {{"a.3", {1}}, {"a.5", {1}}}) ==
      Lines{"NO_TARGET_NAME m.json:2:1 (/stages/0/0), i=5: tensor 'a.5' gets no name from pattern "
            "\"b.{i=0..3}\""});
  CHECK(
      Refused({R"({"from": ["a.{i}", "d"], "to": ["b.{i=0..3}", "d"]})"}, {{"a.5", {1}}}) ==
      Lines{"NO_TARGET_NAME m.json:2:1 (/stages/0/0), i=5: pattern \"b.{i=0..3}\" has no name for "
            "i=5"});
  CHECK(Refused({R"({"rename": "a.{p*}", "to": "{p*}"})"}, {{"a", {1}}}) ==
        Lines{"NO_TARGET_NAME m.json:2:1 (/stages/0/0), p=: tensor 'a' gets an empty name from "
              "pattern \"{p*}\""});
  CHECK(Refused({R"({"from": ["a.{p*}", "d"], "to": ["{p*}", "d"]})"}, {{"a", {1}}}) ==
        Lines{"NO_TARGET_NAME m.json:2:1 (/stages/0/0), p=: pattern \"{p*}\" gives an empty name "
              "for p="});
}

TEST_CASE("compile: temporaries are used up", "[plan]") {
  CHECK(Refused({R"({"rename": "a", "to": "$t"})"}, {{"a", {1}}}) ==
        Lines{"NO_TARGET_NAME model.safetensors: temporary tensor '$t' is left over",
              "hint: a later stage must take every name that begins with \"$\""});
}

TEST_CASE("compile: names of temporaries do not come in", "[plan]") {
  CHECK(Refused({R"({"rename": "$x", "to": "b"})"}, {{"$x", {1}}, {"a", {1}}}) ==
        Lines{"BAD_NAME model.safetensors, tensor '$x': its name begins with \"$\", as those of a "
              "mapping's temporary tensors do",
              "hint: rename it in the checkpoint; without rules (--map identity) it passes"});
  CHECK(Compile({Mapping::Identity()}, CatalogOf({{"$x", {1}}})).ok());
}

TEST_CASE("compile: tensors that no rule takes, where the mapping knows all", "[plan]") {
  CHECK(Refused({R"({"rename": "a", "to": "b"})"}, {{"a", {1}}, {"y", {1}}, {"z", {1}}}, {},
                R"("others": "error", )") ==
        Lines{"UNEXPECTED_TENSOR model.safetensors: no rule takes tensor 'y'",
              "hint: the mapping says \"others\": \"error\"",
              "UNEXPECTED_TENSOR model.safetensors: no rule takes tensor 'z'",
              "hint: the mapping says \"others\": \"error\""});
}

TEST_CASE("compile: a checkpoint that is converted already", "[plan]") {
  CHECK(Refused({R"({"rename": "a.{i}", "to": "b.{i}"})"}, {{"b.0", {1}}, {"b.1", {1}}}) ==
        Lines{"ALREADY_CONVERTED model.safetensors: no rule takes a tensor, and 2 tensors, 'b.0' "
              "among them, are in the target layout already",
              "hint: use --reverse to convert back"});
  CHECK(Refused({R"({"rename": "a.{i}", "to": "b.{i}"})"}, {{"a.0", {1}}}, Reverse()) ==
        Lines{"ALREADY_CONVERTED model.safetensors: no rule takes a tensor, and 1 tensors, 'a.0' "
              "among them, are in the target layout already",
              "hint: leave --reverse out to convert"});
}

TEST_CASE("compile: what cannot be read backwards", "[plan]") {
  CHECK(
      Refused({R"({"convert": "a", "to": "b", "operations": [{"op": "Reshape", "shape": [-1]}]})"},
              {{"b", {6}}}, Reverse()) ==
      Lines{"NOT_REVERSIBLE m.json:2:1 (/stages/0/0): Reshape does not say the shape it comes "
            "from",
            "hint: give \"from\", the shape before, beside \"shape\""});
}

TEST_CASE("compile: the errors of all groups are reported", "[plan]") {
  CHECK(Refused({R"({"from": ["{p:seg}.x", "h d"], "to": ["{p:seg}.y", "d h"]})",
                 R"({"rename": "{p:seg}.z", "to": "{p:seg}.x"})"},
                {{"a.x", {4}}, {"b.x", {4, 2}}, {"c.x", {1, 2, 3}}, {"d.z", {1}}, {"d.x", {1}}}) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0), p=a, tensor 'a.x': layout \"h d\" has 2 axes, "
              "got shape [4]",
              "WRONG_SHAPE m.json:2:1 (/stages/0/0), p=c, tensor 'c.x': layout \"h d\" has 2 axes, "
              "got shape [1, 2, 3]",
              "WRONG_SHAPE m.json:2:1 (/stages/0/0), p=d, tensor 'd.x': layout \"h d\" has 2 axes, "
              "got shape [1]"});
}

TEST_CASE("compile: a plan of too many copies", "[plan]") {
  CompileOptions options;
  options.limits.boxes = 3;
  CHECK(Refused({R"({"rename": "a", "to": "b"})"}, {{"a", {1}}, {"c", {1}}, {"d", {1}}, {"e", {1}}},
                options) == Lines{"LIMIT_EXCEEDED plan: 4 copies and more; the limit is 3"});
}

TEST_CASE("compile: a list of absurd length is refused before it is made", "[plan]") {
  const int64_t large = int64_t{1} << 40;
  CHECK(Refused({R"({"convert": "a", "to": "b.{e}",
                     "operations": [{"op": "SplitModulelist", "over": "e"}]})"},
                {{"a", {large, 0}}}) ==
        Lines{"LIMIT_EXCEEDED m.json:2:1 (/stages/0/0): a list of 1099511627776 tensors; the limit "
              "is 1000000"});
  CHECK(Refused({R"({"from": ["a", "e d"], "to": ["b.{e}", "d"]})"}, {{"a", {large, 0}}}) ==
        Lines{"LIMIT_EXCEEDED m.json:2:1 (/stages/0/0): a list of 1099511627776 tensors; the limit "
              "is 1000000"});
}

}  // namespace
}  // namespace weft
