// What a plan says of its way back, and what stays recorded for it.
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "plan/compiled.h"

namespace weft {
namespace {

Plan Planned(const std::vector<Mapping>& mappings, const std::shared_ptr<const Catalog>& catalog) {
  absl::StatusOr<Plan> plan = Compile(mappings, catalog);
  INFO(plan.status());
  REQUIRE(plan.ok());
  return *std::move(plan);
}

TEST_CASE("way back: names that two rules could have made are one-way", "[plan]") {
  const Plan plan = Planned({MappingOfRules({R"({"rename": "left.{i}.w", "to": "{i}.w"})",
                                             R"({"rename": "right.{i}.w", "to": "{i}.w"})"})},
                            CatalogOf({{"left.0.w", {1}}, {"right.1.w", {1}}}));
  CHECK(plan.exactness == Exactness::kOneWay);
  REQUIRE(plan.exactness_reasons.size() == 2);
  CHECK(plan.exactness_reasons[0] ==
        "m.json:2:1 (/stages/0/0): tensor '0.w', which the rule makes, does not lead back to it: "
        "tensor '0.w' is taken by two rules: this one and m.json:2:1 (/stages/0/0)");
}

TEST_CASE("way back: sets that tell the names apart keep a plan exact", "[plan]") {
  const Plan plan = Planned({MappingOfRules({R"({"rename": "left.{i=0}.w", "to": "{i}.w"})",
                                             R"({"rename": "right.{i=1..}.w", "to": "{i}.w"})"})},
                            CatalogOf({{"left.0.w", {1}}, {"right.1.w", {1}}}));
  CHECK(plan.exactness_reasons.empty());
  CHECK(plan.exactness == Exactness::kExact);
}

TEST_CASE("way back: what another mapping recorded stays", "[plan]") {
  const Plan plan = Planned({MappingOfRules({R"({"rename": "a", "to": "b"})"})},
                            CatalogOf({{"a", {1}}}, {{"format", "pt"},
                                                     {"weft.mapping", "other"},
                                                     {"weft.params.m", R"({"old": 1})"},
                                                     {"weft.params.other", R"({"h": 2})"},
                                                     {"weft.stages.other", R"({"s": true})"}}));
  CHECK(plan.metadata ==
        std::map<std::string, std::string>{{"format", "pt"},
                                           {"weft.digests", plan.metadata.at("weft.digests")},
                                           {"weft.direction", "forward"},
                                           {"weft.mapping", "m"},
                                           {"weft.params.other", R"({"h": 2})"},
                                           {"weft.reversible", "exact"},
                                           {"weft.stages.other", R"({"s": true})"}});
}

}  // namespace
}  // namespace weft
