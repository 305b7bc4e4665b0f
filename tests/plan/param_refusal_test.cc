// Params and sizes that are wrong or nowhere to be found: what Compile says.
#include <catch2/catch.hpp>
#include <string>

#include "plan/compiled.h"

namespace weft {
namespace {

Lines Refused(const std::vector<std::string>& rules, std::vector<NamedShape> tensors,
              const CompileOptions& options = {}, const std::string& fields = "") {
  return ErrorsOf(
      Compile({MappingOfRules(rules, fields)}, CatalogOf(std::move(tensors)), options).status());
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

const std::vector<NamedShape> kLayers = {{"a.0", {1}}, {"a.1", {1}}, {"a.2", {1}}};
constexpr char kBounded[] = R"({"rename": "a.{i=0..n-1}", "to": "b.{i}"})";
constexpr char kHeads[] = R"({"from": ["x", "(h c) d"], "to": ["y", "(c h) d"]})";

TEST_CASE("params: unknown, told once however many tensors need it", "[plan]") {
  CHECK(Refused({kBounded}, kLayers) ==
        Lines{"UNKNOWN_PARAM m.json:2:1 (/stages/0/0), param 'n': nothing gives its value, and "
              "there is no config",
              "hint: give it with --set n=VALUE, or a config with --config"});
  CHECK(Refused({kBounded}, kLayers, Config("{}")) ==
        Lines{"UNKNOWN_PARAM m.json:2:1 (/stages/0/0), param 'n': neither config.json nor the "
              "mapping gives its value",
              "hint: give it with --set n=VALUE, or a config with --config"});
  CHECK(Refused({R"({"rename": "a.{i}", "to": "b.{i}", "when": "config.moe.on"})"}, kLayers,
                Config(R"({"moe": {"on": null}})")) ==
        Lines{"UNKNOWN_PARAM m.json:2:1 (/stages/0/0), param 'config.moe.on': neither config.json "
              "nor the mapping gives its "
              "value",
              "hint: give it with --set config.moe.on=VALUE, or a config with --config"});
}

TEST_CASE("params: unknown, told once however many tensors' new names need it", "[plan]") {
  CHECK(Refused({R"({"rename": "a.{i}", "to": "b.{i+k}"})"}, kLayers) ==
        Lines{"UNKNOWN_PARAM m.json:2:1 (/stages/0/0), param 'k': nothing gives its value, and "
              "there is no config",
              "hint: give it with --set k=VALUE, or a config with --config"});
}

TEST_CASE("params: unknown is no error while no tensor needs it", "[plan]") {
  CHECK(Refused({kBounded}, {{"c.0", {1}}}).empty());
}

TEST_CASE("params: set and never used", "[plan]") {
  CHECK(Refused({kBounded}, kLayers, Set({{"n", "3"}, {"num_head", "3"}, {"m", "4"}}),
                R"("params": {"num_heads": 4}, )") ==
        Lines{"BAD_PARAM param 'm': it is set, and the mapping never uses it",
              "hint: did you mean \"n\"?",
              "BAD_PARAM param 'num_head': it is set, and the mapping never uses it",
              "hint: did you mean \"num_heads\"?"});
}

TEST_CASE("params: of the wrong kind", "[plan]") {
  CHECK(Refused({kBounded}, kLayers, Set({{"n", "three"}})) ==
        Lines{"BAD_PARAM m.json:2:12 (/stages/0/0/rename): expected an integer, got \"three\" in "
              "expression \"n-1\""});
  CHECK(Refused({kBounded}, kLayers, Set({{"n", "1.5"}})) ==
        Lines{"BAD_PARAM param 'n': expected an integer, a boolean, a string or a list of these; "
              "got a number"});
  CHECK(
      Refused({kBounded}, kLayers, Config(R"({"n": {}})"), R"("params": {"n": {"from": "n"}}, )") ==
      Lines{"BAD_PARAM config.json: 'n': expected an integer, a boolean, a string or a list of "
            "these; got an object"});
  CHECK(Refused({kHeads}, {{"x", {6, 2}}}, Set({{"h", "[2]"}})) ==
        Lines{"BAD_PARAM m.json:2:1 (/stages/0/0): param 'h' is the size of an axis; expected an "
              "integer, got [2]"});
  CHECK(Refused({kHeads}, {{"x", {6, 2}}}, Set({{"h", "-2"}})) ==
        Lines{"BAD_PARAM m.json:2:1 (/stages/0/0): the size of axis h is -2"});
  CHECK(
      Refused({R"({"rename": "a.{i}", "to": "b.{i}", "when": "n"})"}, kLayers, Set({{"n", "1"}})) ==
      Lines{"BAD_PARAM m.json:2:44 (/stages/0/0/when): expected a boolean, got 1 in expression "
            "\"n\""});
}

TEST_CASE("params: that lead back to themselves", "[plan]") {
  CHECK(Refused({kBounded}, kLayers, {}, R"("params": {"n": "m + 1", "m": "n"}, )") ==
        Lines{"BAD_PARAM param 'n': its expression leads back to itself"});
  CHECK(Refused({R"({"from": ["x", "(h c) d"], "to": ["y", "(c h) d"],
                     "sizes": {"h": "c * 1", "c": "h * 1"}})"},
                {{"x", {6, 2}}}) ==
        Lines{"BAD_PARAM m.json:2:1 (/stages/0/0): the sizes of axis \"c\" lead back to "
              "themselves"});
}

TEST_CASE("params: a config that is no JSON", "[plan]") {
  const Lines errors = Refused({kBounded}, kLayers, Config("{\"n\": 3"));
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].rfind("JSON_SYNTAX config.json:1:8: ", 0) == 0);
}

TEST_CASE("sizes: unknown, by name", "[plan]") {
  CHECK(
      Refused({kHeads}, {{"x", {6, 2}}}) ==
      Lines{"SIZE_UNKNOWN m.json:2:1 (/stages/0/0): the size of axis h is unknown: no shape tells "
            "it, and no param gives it",
            "hint: give it with --set h=…, in a config, or under \"sizes\""});
  CHECK(Refused({R"({"from": ["x", "(h c) d"], "to": ["y", "(c h) d"],
                     "sizes": {"h": "config.heads"}})"},
                {{"x", {6, 2}}}) ==
        Lines{"UNKNOWN_PARAM m.json:2:1 (/stages/0/0), param 'config.heads': nothing gives its "
              "value, and there is no config",
              "hint: give it with --set config.heads=VALUE, or a config with --config"});
}

TEST_CASE("sizes: a shape that contradicts shows both values", "[plan]") {
  CHECK(
      Refused({R"({"from": ["x", "h d"], "to": ["y", "d h"]})"}, {{"x", {4, 2}}},
              Set({{"h", "3"}})) ==
      Lines{"SIZE_CONFLICT m.json:2:1 (/stages/0/0): axis h is 3 by the config or params, and 4 by "
            "the shapes"});
  CHECK(
      Refused({R"rule({"from": ["x", "h (c d)"], "to": ["y", "(c d) h"],
                         "sizes": {"c": "2 * h", "h": 2}})rule"},
              {{"x", {4, 8}}}) ==
      Lines{"SIZE_CONFLICT m.json:2:1 (/stages/0/0): axis h is 2 by the config or params, and 4 by "
            "the shapes"});
  CHECK(Refused({kHeads}, {{"x", {8, 2}}}, Set({{"h", "3"}})) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0), tensor 'x': axis 0 of layout \"(h c) d\" is "
              "3 * c, which no size of c makes 8; got shape [8, 2]"});
}

TEST_CASE("sizes: beyond 64 bits are refused, whatever the target makes of them", "[plan]") {
  const std::vector<std::string> to_list = {
      R"rule({"from": ["x", "(h c)"], "to": ["y.{c}", "h"]})rule"};
  CHECK(Refused(to_list, {{"x", {8}}}, Set({{"h", "5000000000000000000"}, {"c", "4"}})) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0), tensor 'x': axis 0 of layout \"(h c)\" is "
              "beyond 64 bits; got shape [8]"});
}

TEST_CASE("sizes: paddings from a config that 64 bits do not count are refused by the plan",
          "[plan]") {
  const std::vector<std::string> padded = {
      R"({"from": ["a", "d e"], "to": ["n", "[x:d | ~1:p] e"]})"};
  for (const char* p : {"4611686018427387904", "9223372036854775795"}) {
    CHECK(Refused(padded, {{"a", {12, 2}}}, Set({{"p", p}}))[0].find(
              "OVERFLOW m.json:2:1 (/stages/0/0): a tensor of layout \"[x:d | ~1:p] e\" would have "
              "shape [") == 0);
  }
  // So many elements can be counted, but not their bits; nor the bytes of several such tensors.
  CHECK(Refused(padded, {{"a", {12, 2}}}, Set({{"p", "2305843009213693952"}}))[0].find(
            "OVERFLOW plan, tensor 'n': with F32 [2305843009213693964, 2]") == 0);
  CHECK(Refused({R"({"from": ["a.{i}", "d"], "to": ["n.{i}", "[x:d | ~1:p]"]})"},
                {{"a.0", {1}},
                 {"a.1", {1}},
                 {"a.2", {1}},
                 {"a.3", {1}},
                 {"a.4", {1}},
                 {"a.5", {1}},
                 {"a.6", {1}},
                 {"a.7", {1}},
                 {"a.8", {1}},
                 {"a.9", {1}},
                 {"a.10", {1}},
                 {"a.11", {1}},
                 {"a.12", {1}},
                 {"a.13", {1}},
                 {"a.14", {1}},
                 {"a.15", {1}},
                 {"a.16", {1}},
                 {"a.17", {1}}},
                Set({{"p", "280000000000000000"}}))[0]
            .find("OVERFLOW plan, tensor 'n.1") == 0);
}

}  // namespace
}  // namespace weft
