// RULE_WITHOUT_KEYS, and what real names show.
#include <algorithm>
#include <catch2/catch.hpp>

#include "lint/findings_of.h"

namespace weft {
namespace {

LintOptions WithKeys(std::vector<std::string> keys) {
  LintOptions options;
  options.keys = std::move(keys);
  return options;
}

const std::string kHint =
    "hint: not every checkpoint has all names; where this one should, look for a misspelled "
    "pattern";
const Lines kRules = {R"({"rename": "m.{i}.w", "to": "a.{i}.w"})",
                      R"({"rename": "m.{i}.bias", "to": "a.{i}.bias"})"};

TEST_CASE("lint: a rule that takes none of the keys", "[lint]") {
  CHECK(FindingsOfRules(kRules, "", WithKeys({"m.0.w", "m.0.bias", "norm"})) == kNoLines);
  CHECK(
      FindingsOfRules(kRules, "", WithKeys({"m.0.w", "m.1.w", "norm"})) ==
      Lines{"RULE_WITHOUT_KEYS m.json:3:1 (/stages/0/1): the rule takes none of the 3 keys, nor of "
            "what other stages make of them",
            kHint});
}

TEST_CASE("lint: keys of the other side are read backwards", "[lint]") {
  CHECK(FindingsOfRules(kRules, "", WithKeys({"a.0.w", "a.0.bias"})) == kNoLines);
  CHECK(
      FindingsOfRules(kRules, "", WithKeys({"a.0.bias", "norm"})) ==
      Lines{"RULE_WITHOUT_KEYS m.json:2:1 (/stages/0/0): the rule takes none of the 2 keys, nor of "
            "what other stages make of them",
            kHint});
}

TEST_CASE("lint: keys of neither side", "[lint]") {
  CHECK(
      FindingsOfRules(kRules, "", WithKeys({"x", "y"})) ==
      Lines{"RULE_WITHOUT_KEYS m.json:1:24 (/stages/0): no rule takes any of the 2 keys, in either "
            "direction",
            "hint: is it the mapping for this checkpoint?"});
}

TEST_CASE("lint: keys go through all stages, lists and evidence included", "[lint]") {
  const std::string kJson = R"({"weft": 1, "stages": [
    [{"from": ["x.{e}.w", "a b"], "to": ["$x", "e a b"]}, {"rename": "q.{x*}", "to": "p.{x*}"}],
    {"when": {"has": "p.v"}, "rules": [{"rename": "p.{x*}", "to": "r.{x*}"}]},
    [{"rename": "$x", "to": "y"}, {"drop": "p.w"}, {"drop": "r.w"}]]})";
  CHECK(FindingsOf(kJson, WithKeys({"x.0.w", "x.1.w", "q.w"})) == kNoLines);
  CHECK(FindingsOf(kJson, WithKeys({"x.0.w", "x.1.w", "q.v"})) ==
        Lines{"RULE_WITHOUT_KEYS m.json:4:35 (/stages/2/1): the rule takes none of the 3 keys, nor "
              "of what other stages make of them",
              kHint,
              "RULE_WITHOUT_KEYS m.json:4:52 (/stages/2/2): the rule takes none of the 3 keys, nor "
              "of what other stages make of them",
              kHint});
}

TEST_CASE("lint: keys show what was given up", "[lint]") {
  LintOptions options = WithKeys({"m.aaa", "m.b"});
  options.question_steps = 2;
  const Lines lines = FindingsOfRules(
      {R"({"drop": "m.{a:seg}{b:seg}"})", R"({"drop": "m.b"})", R"({"drop": "m.{x:/b+/}"})"}, "",
      options);
  const auto has = [&lines](const std::string& line) {
    return std::find(lines.begin(), lines.end(), line) != lines.end();
  };
  CHECK(
      has("AMBIGUOUS_PATTERN m.json:2:10 (/stages/0/0/drop): tensor 'm.aaa' reads in two ways by "
          "pattern \"m.{a:seg}{b:seg}\": a=a, b=aa; or a=aa, b=a"));
  CHECK(
      has("OVERLAPPING_DOMAINS m.json:4:1 (/stages/0/2): this rule and m.json:3:1 (/stages/0/1) "
          "take one name"));
}

}  // namespace
}  // namespace weft
