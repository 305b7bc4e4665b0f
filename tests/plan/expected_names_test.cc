// What a mapping makes, held to its own "expect".
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "plan/compiled.h"
#include "weft/mapping_library.h"

namespace weft {
namespace {

std::string Lined(const Lines& lines) {
  std::string text;
  for (size_t i = 0; i < lines.size(); ++i)
    text += lines[i] + (i + 1 < lines.size() ? ",\n" : "\n");
  return text;
}

// A mapping with its rules on lines of their own from the second on; then a line, then the
// expectations of `from`; then a line, then those of `to`.
std::string JsonOf(const Lines& rules, const Lines& from, const Lines& to,
                   const std::string& fields = "") {
  return "{\"weft\": 1, \"name\": \"m\", " + fields + "\"stages\": [[\n" + Lined(rules) +
         "]], \"expect\": {\"from\": [\n" + Lined(from) + "], \"to\": [\n" + Lined(to) + "]}}";
}

CompileOptions Config(std::string text) {
  CompileOptions options;
  options.config_json = std::move(text);
  return options;
}

CompileOptions Reverse() {
  CompileOptions options;
  options.direction = Direction::kReverse;
  return options;
}

Lines Refused(const std::string& json, std::vector<NamedShape> tensors,
              const CompileOptions& options = {}) {
  return ErrorsOf(Compile({MappingOf(json)}, CatalogOf(std::move(tensors)), options).status());
}

const std::string kRename = R"({"rename": "a.{i}.w", "to": "b.{i}.w"})";
const std::string kFrom = R"({"name": "a.{i}.w"})";
const std::string kTo = R"({"name": "b.{i}.w"})";

const std::vector<NamedShape> kFour = {
    {"a.0.w", {2, 3}}, {"a.1.w", {2, 3}}, {"a.2.w", {2, 3}}, {"a.3.w", {2, 3}}, {"norm", {3}}};

TEST_CASE("expect: names that the rules make and that are expected pass", "[plan]") {
  const std::string json = JsonOf({kRename}, {kFrom}, {kTo});
  CHECK(Refused(json, kFour).empty());
  CHECK(Refused(json, {{"b.0.w", {2}}, {"norm", {3}}}, Reverse()).empty());
}

TEST_CASE("expect: a rule makes a name that is not expected", "[plan]") {
  const std::string misspelt = R"({"rename": "a.{i}.w", "to": "c.{i}.w"})";
  CHECK(Refused(JsonOf({R"({"rename": "x", "to": "b.7.w"})", misspelt}, {kFrom}, {kTo}), kFour) ==
        Lines{"UNEXPECTED_TENSOR m.json:3:1 (/stages/0/1): the rule makes 'c.{0..3}.w'; \"expect\" "
              "of mapping \"m\" lists no such name for the `to` side",
              "hint: mend the rule, or add the name to /expect/to"});
}

TEST_CASE("expect: a rule read from right to left makes a name that is not expected", "[plan]") {
  CHECK(Refused(JsonOf({kRename}, {R"({"name": "a.{i=0..1}.w"})"}, {}),
                {{"b.0.w", {2}}, {"b.2.w", {2}}}, Reverse()) ==
        Lines{"UNEXPECTED_TENSOR m.json:2:1 (/stages/0/0): the rule makes 'a.2.w'; \"expect\" of "
              "mapping \"m\" lists no such name for the `from` side",
              "hint: mend the rule, or add the name to /expect/from"});
}

TEST_CASE("expect: a name of the side that is read is left over", "[plan]") {
  const std::string narrow = R"({"rename": "a.{i=0..1}.w", "to": "b.{i=0..1}.w"})";
  CHECK(Refused(JsonOf({narrow}, {R"({"name": "z"})", kFrom}, {kTo}), kFour) ==
        Lines{"UNEXPECTED_TENSOR m.json:5:1 (/expect/from/1): tensor 'a.{2,3}.w' has a name of the "
              "`from` side, and no rule takes it",
              "hint: a rule is missing or too narrow; --lenient lets the tensor pass"});
  CHECK(Refused(JsonOf({narrow}, {}, {kTo}), {{"b.0.w", {2}}, {"b.2.w", {2}}}, Reverse()) ==
        Lines{"UNEXPECTED_TENSOR m.json:5:1 (/expect/to/0): tensor 'b.2.w' has a name of the `to` "
              "side, and no rule takes it",
              "hint: a rule is missing or too narrow; --lenient lets the tensor pass"});
}

TEST_CASE("expect: a name of both sides may be left over", "[plan]") {
  CHECK(Refused(JsonOf({kRename}, {kFrom, R"({"name": "norm"})"}, {kTo, R"({"name": "norm"})"}),
                kFour)
            .empty());
}

TEST_CASE("expect: a shape is not the expected one", "[plan]") {
  const auto refused = [](const std::string& shape) {
    return Refused(JsonOf({kRename}, {}, {R"({"name": "b.{i}.w", "shape": )" + shape + "}"}),
                   kFour);
  };
  CHECK(refused("[2, 3]").empty());
  CHECK(refused("[null, 3]").empty());
  const std::string start =
      "WRONG_SHAPE m.json:2:1 (/stages/0/0): tensor 'b.{0..3}.w' has shape [2, 3]; m.json:5:1 "
      "(/expect/to/0) expects ";
  const std::string hint =
      "hint: either the config is not that of the checkpoint, or the rule is wrong";
  CHECK(refused("[null, 2]") == Lines{start + "[any, 2]", hint});
  CHECK(refused("[2, 3, 1]") == Lines{start + "[2, 3, 1]", hint});
  CHECK(refused("[6]") == Lines{start + "[6]", hint});
  CHECK(refused("[]") == Lines{start + "[]", hint});
}

TEST_CASE("expect: a tensor that passes has the shape too", "[plan]") {
  CHECK(Refused(JsonOf({kRename}, {}, {kTo, R"({"name": "norm", "shape": [4]})"}), kFour) ==
        Lines{"WRONG_SHAPE mapping \"m\": tensor 'norm' has shape [3]; m.json:6:1 (/expect/to/1) "
              "expects [4]",
              "hint: either the config is not that of the checkpoint, or the rule is wrong"});
}

TEST_CASE("expect: of several expectations the first that matches counts", "[plan]") {
  CHECK(Refused(JsonOf({kRename}, {},
                       {R"({"name": "b.0.w", "shape": [2, 3]})", R"({"name": "b.{i}.{x:seg}"})",
                        R"({"name": "b.{i}.w", "shape": [7]})"}),
                kFour)
            .empty());
}

TEST_CASE("expect: sizes come from params, the config and the name", "[plan]") {
  const std::string json =
      JsonOf({kRename}, {}, {R"({"name": "b.{i}.w", "shape": ["(i + 1) * n", "config.inner"]})"},
             R"("params": {"n": {"from": "left_n", "to": "n"}}, )");
  const std::vector<NamedShape> tensors = {{"a.0.w", {2, 5}}, {"a.1.w", {4, 5}}};
  CHECK(Refused(json, tensors, Config(R"({"left_n": 2, "inner": 5})")).empty());
  CHECK(Refused(json, tensors, Config(R"({"left_n": 3, "inner": 5})")) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0): tensor 'b.0.w' has shape [2, 5]; m.json:5:1 "
              "(/expect/to/0) expects [3, 5]",
              "hint: either the config is not that of the checkpoint, or the rule is wrong",
              "WRONG_SHAPE m.json:2:1 (/stages/0/0): tensor 'b.1.w' has shape [4, 5]; m.json:5:1 "
              "(/expect/to/0) expects [6, 5]",
              "hint: either the config is not that of the checkpoint, or the rule is wrong"});
  CompileOptions set;
  set.set = {{"n", "3"}};
  CHECK(Refused(json, tensors, set).size() == 4);
}

TEST_CASE("expect: a size that nothing gives is not looked at", "[plan]") {
  const std::string json =
      JsonOf({kRename}, {}, {R"({"name": "b.{i}.w", "shape": ["config.n", "2 * config.inner"]})"});
  CHECK(Refused(json, kFour).empty());
  CHECK(Refused(json, kFour, Config(R"({"n": 2})")).empty());
  CHECK(Refused(json, kFour, Config(R"({"n": 4})")) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0): tensor 'b.{0..3}.w' has shape [2, 3]; "
              "m.json:5:1 (/expect/to/0) expects [4, 2 * config.inner]",
              "hint: either the config is not that of the checkpoint, or the rule is wrong"});
}

TEST_CASE("expect: a size that is no number is an error of its own", "[plan]") {
  const std::string json =
      JsonOf({kRename}, {}, {R"({"name": "b.{i}.w", "shape": ["config.n", null]})"});
  const Lines errors = Refused(json, {{"a.0.w", {2, 3}}}, Config(R"({"n": "two"})"));
  REQUIRE(!errors.empty());
  CHECK(errors.front().rfind("BAD_PARAM m.json:5:31 (/expect/to/0/shape/0): ", 0) == 0);
}

TEST_CASE("expect: names of the `to` side are the right column of tables and alternatives",
          "[plan]") {
  const std::string json =
      JsonOf({R"({"rename": "a.{m@part}.{w:k=kernel|b}", "to": "b.{m@part}.{w:k=kernel|b}"})"},
             {R"({"name": "a.{m@part}.{w:k=kernel|b}"})"},
             {R"({"name": "b.{m@part}.{w:k=kernel|b}", "shape": [2]})"},
             R"("tables": {"part": {"q": "query", "k": "key"}}, )");
  const std::vector<NamedShape> left = {{"a.k.k", {2}}, {"a.q.b", {2}}};
  CHECK(Refused(json, left).empty());
  CHECK(Refused(json, {{"b.key.kernel", {2}}, {"b.query.b", {2}}}, Reverse()).empty());
}

TEST_CASE("expect: leniently, what is found is a warning", "[plan]") {
  const std::string json =
      JsonOf({R"({"rename": "a.{i=0}.w", "to": "c.{i=0}.w"})", R"({"rename": "d", "to": "b.9.w"})"},
             {kFrom}, {R"({"name": "b.{i}.w", "shape": [4]})"});
  CompileOptions options;
  options.lenient = true;
  const absl::StatusOr<Plan> plan =
      Compile({MappingOf(json)}, CatalogOf({{"a.0.w", {3}}, {"a.1.w", {3}}, {"d", {3}}}), options);
  REQUIRE(plan.ok());
  CHECK(NamesOf(*plan) == "a.1.w [3]\nb.9.w [3]\nc.0.w [3]\n");
  CHECK(plan->exactness == Exactness::kExact);
  CHECK(plan->warnings ==
        Lines{"the rule makes 'c.0.w'; \"expect\" of mapping \"m\" lists no such name for the `to` "
              "side",
              "tensor 'a.1.w' has a name of the `from` side, and no rule takes it",
              "tensor 'b.9.w' has shape [3]; m.json:7:1 (/expect/to/0) expects [4]"});
}

TEST_CASE("expect: a model that borrows the mapping is not held to it", "[plan]") {
  const std::string json = JsonOf({kRename}, {kFrom}, {R"({"name": "x"})"},
                                  R"("detect": {"config": {"model_type": ["a", "b"]}}, )");
  const std::vector<NamedShape> tensors = {{"a.0.w", {2}}};
  CHECK(Refused(json, tensors).size() == 2);
  CHECK(Refused(json, tensors, Config(R"({"model_type": "b"})")).size() == 2);
  CHECK(Refused(json, tensors, Config(R"({"model_type": "c"})")).empty());
  CHECK(Refused(json, tensors, Config(R"({"n": 2})")).empty());
}

TEST_CASE("expect: each of several mappings is held to its own", "[plan]") {
  const Mapping first = MappingOf(JsonOf({kRename}, {kFrom}, {kTo}));
  const Mapping second = MappingOf(JsonOf({R"({"rename": "b.{i}.w", "to": "c.{i}.w"})"}, {kTo},
                                          {R"({"name": "c.{i=0..2}.w"})"}));
  CHECK(ErrorsOf(Compile({first, second}, CatalogOf(kFour)).status()) ==
        Lines{"UNEXPECTED_TENSOR m.json:2:1 (/stages/0/0): the rule makes 'c.3.w'; \"expect\" of "
              "mapping \"m\" lists no such name for the `to` side",
              "hint: mend the rule, or add the name to /expect/to"});
}

TEST_CASE("expect: that of an included mapping is not looked at", "[plan]") {
  MappingLibrary library;
  library.Add("inner", JsonOf({kRename}, {R"({"name": "x"})"}, {R"({"name": "y"})"}));
  const auto outer = library.FromJson(
      R"({"weft": 1, "stages": [{"include": "inner"}], "expect": {"to": [{"name": "b.{i}.w"}]}})",
      "outer.json");
  REQUIRE(outer.ok());
  CHECK(Compile({*outer}, CatalogOf(kFour)).ok());
}

TEST_CASE("expect: what only an expectation asks for is not recorded", "[plan]") {
  const std::string json =
      JsonOf({kRename}, {}, {R"({"name": "b.{i}.w", "shape": ["n", "config.inner"]})"},
             R"("params": {"n": {"from": "n"}}, )");
  const auto plan = Compile({MappingOf(json)}, CatalogOf(kFour), Config(R"({"n": 2, "inner": 3})"));
  REQUIRE(plan.ok());
  CHECK(plan->metadata.count("weft.params.m") == 0);
}

}  // namespace
}  // namespace weft
