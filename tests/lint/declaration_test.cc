// UNUSED_…, VARIABLE_LOST, NOT_INVERTIBLE, PARAM_NOT_ON_WAY_BACK.
#include <catch2/catch.hpp>

#include "lint/findings_of.h"

namespace weft {
namespace {

TEST_CASE("lint: params that nothing needs", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "m", "to": "a"})"}, R"("params": {"n": 3}, )") ==
        Lines{"UNUSED_PARAM m.json:1:29 (/params/n): nothing needs param \"n\"",
              "hint: remove it, or spell it as the rules do"});
  // Needed by a set, a condition, an axis of its name, another param, a key.
  CHECK(FindingsOfRules(
            {R"({"from": ["m.{i=0..n-1}", "a b"], "to": ["a.{i}", "b a"], "when": "k > 1"})"},
            R"("params": {"n": "x + 1", "x": 2, "k": 3, "a": 4, "t": 7},
                           "keys": {"to": ["a.{i=0..t}"]}, )") == kNoLines);
}

TEST_CASE("lint: tables that no pattern uses", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "m.{x@leaf}", "to": "a.{x@leaf}"})"},
                        R"("tables": {"leaf": {"a": "b"}, "lea": {"c": "d"}}, )") ==
        Lines{"UNUSED_TABLE m.json:1:51 (/tables/lea): no pattern uses table \"lea\"",
              "hint: remove it"});
}

TEST_CASE("lint: sizes that nothing asks for", "[lint]") {
  const auto rule = [](const std::string& sizes) {
    return Lines{R"({"from": ["m.{e}", "(h j) d"], "to": ["a", "e (j h) d"], "sizes": )" + sizes +
                 "}"};
  };
  CHECK(FindingsOfRules(rule(R"({"h": "x", "x": 4, "e": 8})")) == kNoLines);
  CHECK(FindingsOfRules(rule(R"({"hh": 4})")) ==
        Lines{"UNUSED_SIZE m.json:2:1 (/stages/0/0): \"sizes\" gives \"hh\", which is no axis, no "
              "variable of one side, and in no other size",
              "hint: remove it, or spell it as in the layout"});
}

TEST_CASE("lint: a variable of one side whose values nothing says", "[lint]") {
  const Lines kLost = {
      "VARIABLE_LOST m.json:2:12 (/stages/0/0/rename): variable {r} of pattern \"ranks.{r}.w\" "
      "stands on the `from` side alone, and nothing says its values on the way back",
      "hint: write a set, {r=0..5}; or a param of its name; or say \"direction\": \"forward\""};
  CHECK(FindingsOfRules({R"({"rename": "ranks.{r}.w", "to": "w"})"}) == kLost);
  CHECK(FindingsOfRules({R"({"rename": "ranks.{r=0..1}.w", "to": "w"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "ranks.{r}.w", "to": "w", "direction": "forward"})"}) ==
        kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "ranks.{r}.w", "to": "w"})"},
                        R"("params": {"r": {"from": "tp_size"}}, )") == kNoLines);
  LintOptions options;
  options.set = {{"r", "2"}};
  CHECK(FindingsOfRules({R"({"rename": "ranks.{r}.w", "to": "w"})"}, "", options) == kNoLines);
}

TEST_CASE("lint: operations that cannot be undone, and are not declared to be one-way", "[lint]") {
  const auto rule = [](const std::string& operation, const std::string& more) {
    return Lines{R"({"convert": "m.{i}", "to": "a.{i}", "operations": [)" + operation + "]" + more +
                 "}"};
  };
  CHECK(FindingsOfRules(rule(R"({"op": "Reshape", "shape": [2, -1]})", "")) ==
        Lines{"NOT_INVERTIBLE m.json:2:1 (/stages/0/0): the operations cannot be undone: Reshape "
              "does not say the shape it comes from",
              "hint: give \"from\", the shape before, beside \"shape\""});
  CHECK(FindingsOfRules(rule(R"({"op": "Reshape", "shape": [2, -1], "from": [6]})", "")) ==
        kNoLines);
  CHECK(FindingsOfRules(rule(R"({"op": "Slice", "end": 3})", R"(, "direction": "forward")")) ==
        kNoLines);
}

TEST_CASE("lint: a param of the way back that is looked up where it came from", "[lint]") {
  const Lines kRules = {
      R"({"from": ["m", "a b"], "to": ["n", "b a"], "direction": "forward"})",
      R"({"from": ["n", "(c d) e"], "to": ["m", "(d c) e"], "direction": "reverse",
          "sizes": {"c": "heads"}})"};
  CHECK(FindingsOfRules(kRules, R"("params": {"heads": {"from": "n_heads"}}, )") ==
        Lines{"PARAM_NOT_ON_WAY_BACK m.json:1:33 (/params/heads): param \"heads\" is needed on the "
              "way back alone, and is looked up in the config of the `from` side",
              "hint: say where it stands in the config of the `to` side, or give a default"});
  CHECK(FindingsOfRules(kRules, R"("params": {"heads": {"from": "n_heads", "to": "h"}}, )") ==
        kNoLines);
  CHECK(FindingsOfRules(kRules, R"("params": {"heads": {"from": "n_heads", "default": 4}}, )") ==
        kNoLines);
}

}  // namespace
}  // namespace weft
