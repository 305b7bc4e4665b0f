#include <catch2/catch.hpp>
#include <random>
#include <string>

#include "plan/compiled.h"
#include "plan/random_layouts.h"

namespace weft {
namespace {

Shape ShapeOf(const SpelledTensor& tensor) {
  Shape shape;
  for (const uint64_t size : tensor.shape) shape.push_back(static_cast<int64_t>(size));
  return shape;
}

// What the elements of every target must be, by the coordinates that name them on both sides.
void CheckElements(const RandomLayoutRule& rule, const Plan& plan) {
  std::map<std::string, std::pair<std::string, uint64_t>> places;
  for (const auto& [name, tensor] : SpelledOut(rule, true)) {
    for (uint64_t place = 0; place < tensor.coordinates.size(); ++place) {
      if (!places.emplace(tensor.coordinates[place], std::make_pair(name, place)).second) {
        FAIL("the reference names an element twice: " << tensor.coordinates[place]);
      }
    }
  }
  const auto expected = SpelledOut(rule, false);
  if (plan.tensors.size() != expected.size()) FAIL("other tensors:\n" << NamesOf(plan));
  const auto made = ElementsOf(plan);
  for (const PlannedTensor& tensor : plan.tensors) {
    const auto found = expected.find(tensor.name);
    if (found == expected.end()) FAIL("tensor " << tensor.name << " is none of the rule's");
    const SpelledTensor& spelled = found->second;
    if (tensor.shape != ShapeOf(spelled))
      FAIL(tensor.name << " has shape " << TextOf(tensor.shape));
    const std::vector<Element>& elements = made.at(tensor.name);
    for (uint64_t place = 0; place < elements.size(); ++place) {
      const auto& [name, source_place] = places.at(spelled.coordinates[place]);
      if (plan.catalog->tensors[elements[place].source].name != name ||
          elements[place].place != source_place) {
        FAIL(tensor.name << "[" << place << "] is not " << name << "[" << source_place << "]");
      }
    }
  }
}

// There and back as steps of one plan: boxes of one step through those of another.
void CheckInOnePlan(const RandomLayoutRule& rule, const std::shared_ptr<const Catalog>& catalog) {
  const Mapping there = MappingOfRules({rule.json});
  const Mapping back = MappingOfRules({rule.turned_json});
  const absl::StatusOr<Plan> twice = Compile({there, back}, catalog);
  if (!twice.ok()) FAIL(MessageOf(twice.status()));
  const absl::StatusOr<Plan> copy = Compile({Mapping::Identity()}, catalog);
  if (NamesOf(*twice) != NamesOf(*copy)) FAIL("other tensors:\n" << NamesOf(*twice));
  if (ElementsOf(*twice) != ElementsOf(*copy)) FAIL("there and back moves elements");
  const absl::StatusOr<Plan> thrice = Compile({there, back, there}, catalog);
  if (!thrice.ok()) FAIL(MessageOf(thrice.status()));
  CheckElements(rule, *thrice);
}

TEST_CASE("layouts: random pairs move every element where the axes say, and back", "[plan]") {
  int exact = 0;
  int unsolvable = 0;
  int boxes = 0;
  for (uint64_t seed = 0; seed < 4000; ++seed) {
    std::mt19937_64 random(seed);
    const RandomLayoutRule rule = MakeRandomLayoutRule(random);
    INFO("seed " << seed << ": " << rule.json);
    std::vector<NamedShape> tensors;
    for (const auto& [name, tensor] : SpelledOut(rule, true)) {
      tensors.push_back({name, ShapeOf(tensor)});
    }
    const Mapping mapping = MappingOfRules({rule.json});
    const absl::StatusOr<Plan> plan = Compile({mapping}, CatalogOf(tensors));
    if (!plan.ok()) {
      if (MessageOf(plan.status()).rfind("SIZE_UNKNOWN", 0) != 0) FAIL(MessageOf(plan.status()));
      ++unsolvable;
      continue;
    }
    CheckElements(rule, *plan);
    for (const PlannedTensor& tensor : plan->tensors)
      boxes += static_cast<int>(tensor.boxes.size());
    CompileOptions reverse;
    reverse.direction = Direction::kReverse;
    const absl::StatusOr<Plan> back = Compile({mapping}, CatalogOf(*plan), reverse);
    if (plan->exactness == Exactness::kExact) {
      if (!back.ok()) FAIL("called exact, but on the way back: " << MessageOf(back.status()));
      if (!GivesBack(*plan, *back)) FAIL("called exact, but the way back gives other tensors");
      // A size that only the record tells is not told within one plan.
      if (plan->metadata.count("weft.sizes.m") == 0) CheckInOnePlan(rule, plan->catalog);
      ++exact;
    } else if (back.ok() && GivesBack(*plan, *back)) {
      FAIL("called one-way, but the way back gives all: " << plan->exactness_reasons[0]);
    }
  }
  CHECK(exact > 2500);
  CHECK(unsolvable < 1200);
  CHECK(boxes > 8000);
}

}  // namespace
}  // namespace weft
