// The mappings that weft brings along.
#include <catch2/catch.hpp>

#include "lint/findings_of.h"

namespace weft {
namespace {

TEST_CASE("lint: every built-in mapping is clean", "[lint]") {
  REQUIRE(Mapping::Builtins().size() > 20);
  for (const BuiltinMapping& builtin : Mapping::Builtins()) {
    INFO(builtin.name);
    CHECK(FindingsOf(builtin.json) == kNoLines);
  }
}

TEST_CASE("lint: no rules, no findings", "[lint]") {
  const auto findings = Lint(Mapping::Identity());
  REQUIRE(findings.ok());
  CHECK(findings->empty());
}

TEST_CASE("lint: rules from a program are judged like those of a file", "[lint]") {
  const auto mapping = Mapping::FromRules(
      "coded", {{WeightRenaming{"a.{i}", "b.{i}"}, WeightRenaming{"c.{i}", "b.{i}"}}});
  REQUIRE(mapping.ok());
  const auto findings = Lint(*mapping);
  REQUIRE(findings.ok());
  REQUIRE(findings->size() == 1);
  CHECK(findings->front().code == LintCode::kOverlappingRanges);
  CHECK(findings->front().where == "mapping 'coded' (/stages/0/1)");
  CHECK(findings->front().witness == "b.0");
}

}  // namespace
}  // namespace weft
