// The codes, their entries in the documentation, and that each is found somewhere.
#include <catch2/catch.hpp>
#include <fstream>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "lint/findings_of.h"
#include "weft/error_code.h"
#include "weft/lint.h"

namespace weft {
namespace {

// The entries of docs/errors.md under "Findings of lint", in their order.
std::vector<std::string> DocumentedCodes() {
  std::ifstream file(WEFT_SOURCE_DIR "/docs/errors.md");
  std::vector<std::string> entries;
  bool here = false;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("## ", 0) == 0) here = line == "## Findings of lint";
    if (here && line.rfind("### ", 0) == 0) entries.push_back(line.substr(4));
  }
  return entries;
}

TEST_CASE("lint codes: docs/errors.md has one entry for each, in order", "[lint]") {
  std::vector<std::string> expected;
  for (int i = 0; i < kLintCodeCount; ++i) {
    expected.emplace_back(NameOf(static_cast<LintCode>(i)));
  }
  CHECK(DocumentedCodes() == expected);
}

TEST_CASE("lint codes: names are upper case, unique, and no names of errors", "[lint]") {
  std::set<std::string> names;
  for (int i = 0; i < kErrorCodeCount; ++i) {
    names.emplace(NameOf(static_cast<ErrorCode>(i)));
  }
  for (int i = 0; i < kLintCodeCount; ++i) {
    const std::string name(NameOf(static_cast<LintCode>(i)));
    CHECK(name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string::npos);
    names.insert(name);
  }
  CHECK(names.size() == static_cast<size_t>(kErrorCodeCount + kLintCodeCount));
}

TEST_CASE("lint codes: there is a mapping that has the finding, and a hint with it", "[lint]") {
  struct Sample {
    Lines rules;
    std::string fields;
    LintOptions options;
  };
  const std::string kDrop = R"({"drop": "m"})";
  LintOptions with_keys;
  with_keys.keys = std::vector<std::string>{"n"};
  LintOptions impatient;
  impatient.question_steps = 1;
  const std::map<LintCode, Sample> samples = {
      {LintCode::kAmbiguousPattern, {{R"({"drop": "{i}{j}"})"}, "", {}}},
      {LintCode::kOverlappingDomains, {{kDrop, R"({"drop": "{x:seg}"})"}, "", {}}},
      {LintCode::kOverlappingRanges,
       {{R"({"rename": "a", "to": "x"})", R"({"rename": "b", "to": "x"})"}, "", {}}},
      {LintCode::kNameWithoutTarget, {{R"({"rename": "m.{i}", "to": "n.{i=0..3}"})"}, "", {}}},
      {LintCode::kUnreachableRule, {{R"({"drop": "m.{i=3..2}"})"}, "", {}}},
      {LintCode::kVariableLost, {{R"({"rename": "m.{i}", "to": "n"})"}, "", {}}},
      {LintCode::kNotInvertible,
       {{R"({"convert": "m", "to": "n", "operations": [{"op": "Slice", "end": 3}]})"}, "", {}}},
      {LintCode::kParamNotOnWayBack,
       {{R"j({"from": ["n", "(c d)"], "to": ["m", "(d c)"], "direction": "reverse",
             "sizes": {"c": "k"}})j"},
        R"("params": {"k": {"from": "k"}}, )",
        {}}},
      {LintCode::kBadIndex, {{R"({"drop": "m.{i=0..6/0}"})"}, "", {}}},
      {LintCode::kUnusedParam, {{kDrop}, R"("params": {"k": 3}, )", {}}},
      {LintCode::kUnusedTable, {{kDrop}, R"("tables": {"t": {"a": "b"}}, )", {}}},
      {LintCode::kUnusedSize,
       {{R"({"from": ["m", "a b"], "to": ["n", "b a"], "sizes": {"c": 3}})"}, "", {}}},
      {LintCode::kRuleWithoutKeys, {{kDrop}, "", with_keys}},
      {LintCode::kOverlappingShares,
       {{kDrop},
        R"("sharding": {"to": [{"names": "a", "replicate": true},
                              {"names": "{x:seg}", "replicate": true}]}, )",
        {}}},
      {LintCode::kUndecided, {{R"({"drop": "{a:seg}{b:seg}"})"}, "", impatient}},
  };
  REQUIRE(samples.size() == static_cast<size_t>(kLintCodeCount));
  for (const auto& [code, sample] : samples) {
    const absl::StatusOr<Mapping> mapping =
        Mapping::FromJson(WithRules(sample.rules, sample.fields), "m.json");
    INFO(NameOf(code) << ' ' << mapping.status());
    REQUIRE(mapping.ok());
    const auto findings = Lint(*mapping, sample.options);
    REQUIRE(findings.ok());
    bool found = false;
    for (const LintFinding& finding : *findings) {
      found = found || finding.code == code;
      CHECK_FALSE(finding.hint.empty());
    }
    CHECK(found);
  }
}

}  // namespace
}  // namespace weft
