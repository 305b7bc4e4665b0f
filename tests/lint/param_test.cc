// Params that nothing gives: which values are tried, and that a finding names them.
#include <catch2/catch.hpp>

#include "lint/findings_of.h"

namespace weft {
namespace {

const std::string kHint = "hint: narrow one of the patterns, or use \"unless\" or \"otherwise\"";

TEST_CASE("lint: rules whose conditions exclude each other may take one name", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "m", "to": "a", "when": "kind == 'x'"})",
                         R"({"rename": "m", "to": "b", "when": "kind == 'y'"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "m", "to": "a", "when": "n < 4"})",
                         R"({"rename": "m", "to": "b", "when": "n > 2"})"}) ==
        Lines{"OVERLAPPING_DOMAINS m.json:3:1 (/stages/0/1): this rule and m.json:2:1 "
              "(/stages/0/0) take one name with n=3",
              "witness: m", kHint});
  CHECK(FindingsOfRules({R"({"rename": "m", "to": "a", "when": "tied"})",
                         R"({"rename": "m", "to": "b", "when": "not tied"})"}) == kNoLines);
}

TEST_CASE("lint: sets that meet at a param do not overlap, whatever it is", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "m.{i=0..n-1}.w", "to": "a.{i}.w"})",
                         R"({"rename": "m.{i=n..}.w", "to": "b.{i}.w"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "m.{i=0..n}.w", "to": "a.{i}.w"})",
                         R"({"rename": "m.{i=n..}.w", "to": "b.{i}.w"})"}) ==
        Lines{"OVERLAPPING_DOMAINS m.json:3:1 (/stages/0/1): this rule and m.json:2:1 "
              "(/stages/0/0) take one name with n=2",
              "witness: m.2.w", kHint});
}

TEST_CASE("lint: params that are given are not guessed", "[lint]") {
  const Lines kRules = {R"({"rename": "m.{i=0..n-1}.w", "to": "a.{i}.w"})",
                        R"({"rename": "m.{i=k..}.w", "to": "b.{i}.w"})"};
  const std::string kFields =
      R"("params": {"n": {"from": "layers", "default": 9}, "k": "n - 1"}, )";
  CHECK(FindingsOfRules(kRules, kFields) ==
        Lines{"OVERLAPPING_DOMAINS m.json:3:1 (/stages/0/1): this rule and m.json:2:1 "
              "(/stages/0/0) take one name with n=9",
              "witness: m.8.w", kHint});
  LintOptions options;
  options.config_json = R"({"layers": 4})";
  CHECK(FindingsOfRules(kRules, kFields, options) ==
        Lines{"OVERLAPPING_DOMAINS m.json:3:1 (/stages/0/1): this rule and m.json:2:1 "
              "(/stages/0/0) take one name",
              "witness: m.3.w", kHint});
  options.set = {{"n", "12"}};
  CHECK(FindingsOfRules(kRules, kFields, options)[1] == "witness: m.11.w");
  options.set = {{"k", "20"}};
  CHECK(FindingsOfRules(kRules, kFields, options) == kNoLines);
}

TEST_CASE("lint: the evidence of a stage is about params, too", "[lint]") {
  CHECK(FindingsOf(R"({"weft": 1, "stages": [{"when": {"param": "kind == 'x'"}, "rules": [
{"drop": "m", "when": "kind == 'x'"},
{"drop": "m", "when": "kind == 'y'"}]}]})") ==
        Lines{"UNREACHABLE_RULE m.json:3:1 (/stages/0/rules/1): the condition \"kind == \\'y\\'\" "
              "never holds",
              "hint: remove the rule, or correct the condition"});
}

TEST_CASE("lint: a param that is set and never used is refused as in a conversion", "[lint]") {
  LintOptions options;
  options.set = {{"num_layer", "3"}};
  CHECK(FindingsOfRules({R"({"drop": "m.{i=0..num_layers}"})"}, "", options) ==
        Lines{"param 'num_layer': it is set, and the mapping never uses it"});
  options.set = {{"num_layers", "1.5"}};
  CHECK(FindingsOfRules({R"({"drop": "m.{i=0..num_layers}"})"}, "", options).size() == 1);
  options.set.clear();
  options.config_json = "{";
  options.config_name = "c.json";
  CHECK(FindingsOfRules({R"({"drop": "m"})"}, "", options)[0].rfind("c.json:", 0) == 0);
}

TEST_CASE("lint: params of an included mapping are told apart", "[lint]") {
  LintOptions options;
  options.set = {{"qwen2_moe/num_experts", "8"}};
  CHECK(
      FindingsOf(R"({"weft": 1, "stages": [{"include": "qwen2_moe", "from": "lm.", "to": "lm."}]})",
                 options) == kNoLines);
}

}  // namespace
}  // namespace weft
