#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "plan/compiled.h"
#include "plan/random_operations.h"

namespace weft {
namespace {

Shape ShapeOf(const KnownArray& array) {
  Shape shape;
  for (const uint64_t size : array.shape) shape.push_back(static_cast<int64_t>(size));
  return shape;
}

void CheckElements(const RandomOperationRule& rule, const Plan& plan) {
  if (plan.tensors.size() != rule.to.size()) FAIL("other tensors:\n" << NamesOf(plan));
  const auto made = ElementsOf(plan);
  for (const PlannedTensor& tensor : plan.tensors) {
    const auto found = rule.to.find(tensor.name);
    if (found == rule.to.end()) FAIL("tensor " << tensor.name << " is none of the rule's");
    if (tensor.shape != ShapeOf(found->second)) {
      FAIL(tensor.name << " has shape " << TextOf(tensor.shape));
    }
    const std::vector<Element>& elements = made.at(tensor.name);
    for (uint64_t place = 0; place < elements.size(); ++place) {
      const std::string got = plan.catalog->tensors[elements[place].source].name + "[" +
                              std::to_string(elements[place].place) + "]";
      if (got != found->second.elements[place]) {
        FAIL(tensor.name << "[" << place << "] is " << got << "; expected "
                         << found->second.elements[place]);
      }
    }
  }
}

TEST_CASE("operations: random chains move every element as they do step by step, and back",
          "[plan]") {
  int reversible = 0;
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    std::mt19937_64 random(seed);
    const RandomOperationRule rule = MakeRandomOperationRule(random);
    INFO("seed " << seed << ": " << rule.json);
    std::vector<NamedShape> tensors;
    for (const auto& [name, array] : rule.from) tensors.push_back({name, ShapeOf(array)});
    const Mapping mapping = MappingOfRules({rule.json});
    const absl::StatusOr<Plan> plan = Compile({mapping}, CatalogOf(tensors));
    if (!plan.ok()) FAIL(MessageOf(plan.status()));
    CheckElements(rule, *plan);
    if ((plan->exactness == Exactness::kExact) != rule.reversible) {
      FAIL("called " << NameOf(plan->exactness));
    }
    if (!rule.reversible) continue;
    ++reversible;
    CompileOptions reverse;
    reverse.direction = Direction::kReverse;
    const absl::StatusOr<Plan> back = Compile({mapping}, CatalogOf(*plan), reverse);
    if (!back.ok()) FAIL("on the way back: " << MessageOf(back.status()));
    if (!GivesBack(*plan, *back)) FAIL("the way back gives other tensors");
  }
  CHECK(reversible > 2500);
}

}  // namespace
}  // namespace weft
