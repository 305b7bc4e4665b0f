// The proof of a plan: what it accepts, and that no wrong plan passes it.
#include <algorithm>
#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "mapping/config_tree.h"
#include "plan/compiled.h"
#include "plan/random_layouts.h"
#include "plan/random_operations.h"
#include "plan/view.h"
#include "plan/way_back.h"
#include "tensor/shape.h"

namespace weft {
namespace {

using Reasons = std::vector<std::string>;

const Reasons kNone;

// What Compile holds against a plan: elements not written once, and what does not come back.
class Prover {
 public:
  Prover(const Mapping& mapping, const Plan& plan) : cache_(Limits().regex_bytes) {
    std::vector<const internal::MappingDocument*> documents;
    for (const auto& document : mapping.documents()) documents.push_back(document.get());
    absl::StatusOr<WayBack> back =
        CompileWayBack(plan, Direction::kForward, documents, ConfigTree(), Limits(), cache_);
    if (!back.ok()) FAIL(MessageOf(back.status()));
    back_ = *std::move(back);
  }

  bool Accepts(const Plan& plan) const {
    return std::all_of(plan.tensors.begin(), plan.tensors.end(),
                       [](const PlannedTensor& tensor) {
                         return CoversExactlyOnce(tensor.boxes, ElementsOf(tensor.shape));
                       }) &&
           LossesOf(plan, back_).empty();
  }

 private:
  RegexCache cache_;
  WayBack back_;
};

enum class Damage { kDropped, kMoved, kDoubled, kSwapped };

// True when the plan was damaged; some have too few boxes for it.
bool DamagePlan(Damage damage, std::mt19937_64& random, Plan* plan) {
  std::vector<PlannedTensor*> candidates;
  for (PlannedTensor& tensor : plan->tensors) {
    if (!tensor.boxes.empty()) candidates.push_back(&tensor);
  }
  if (candidates.empty()) return false;
  PlannedTensor& tensor = *candidates[random() % candidates.size()];
  const size_t place = random() % tensor.boxes.size();
  switch (damage) {
    case Damage::kDropped:
      tensor.boxes.erase(tensor.boxes.begin() + static_cast<std::ptrdiff_t>(place));
      return true;
    case Damage::kMoved:
      if (random() % 2 == 0) {
        tensor.boxes[place].target_offset += 1 + random() % 3;
      } else {
        tensor.boxes[place].source_offset += 1 + random() % 3;
      }
      return true;
    case Damage::kDoubled:
      tensor.boxes.push_back(tensor.boxes[place]);
      return true;
    case Damage::kSwapped: {
      PlannedTensor& other = *candidates[random() % candidates.size()];
      Box& a = tensor.boxes[place];
      Box& b = other.boxes[random() % other.boxes.size()];
      if (a.source == b.source && a.source_offset == b.source_offset) return false;
      std::swap(a.source, b.source);
      std::swap(a.source_offset, b.source_offset);
      return true;
    }
  }
  return false;
}

// Damages one plan in each way, a few times. Returns how many plans were refused.
int CountRefused(const Mapping& mapping, const Plan& plan, std::mt19937_64& random) {
  const Prover prover(mapping, plan);
  if (!prover.Accepts(plan)) FAIL("a plan that is right is refused:\n" << TextOf(plan));
  int refused = 0;
  for (const Damage damage :
       {Damage::kDropped, Damage::kMoved, Damage::kDoubled, Damage::kSwapped}) {
    for (int i = 0; i < 3; ++i) {
      Plan wrong = plan;
      if (!DamagePlan(damage, random, &wrong)) continue;
      if (prover.Accepts(wrong)) {
        FAIL("damage " << static_cast<int>(damage) << " is not seen:\n"
                       << TextOf(plan) << "became\n"
                       << TextOf(wrong));
      }
      ++refused;
    }
  }
  return refused;
}

TEST_CASE("proof: no plan with a box dropped, moved, doubled or swapped passes", "[plan]") {
  int refused = 0;
  for (uint64_t seed = 0; seed < 900; ++seed) {
    std::mt19937_64 random(seed);
    const RandomLayoutRule rule = MakeRandomLayoutRule(random);
    INFO("seed " << seed << ": " << rule.json);
    std::vector<NamedShape> tensors;
    for (const auto& [name, tensor] : SpelledOut(rule, true)) {
      tensors.push_back({name, Shape(tensor.shape.begin(), tensor.shape.end())});
    }
    const Mapping mapping = MappingOfRules({rule.json});
    const absl::StatusOr<Plan> plan = Compile({mapping}, CatalogOf(tensors));
    if (!plan.ok() || plan->exactness != Exactness::kExact) continue;
    refused += CountRefused(mapping, *plan, random);
  }
  CHECK(refused > 5000);
  for (uint64_t seed = 0; seed < 900; ++seed) {
    std::mt19937_64 random(seed);
    const RandomOperationRule rule = MakeRandomOperationRule(random);
    INFO("seed " << seed << ": " << rule.json);
    std::vector<NamedShape> tensors;
    for (const auto& [name, array] : rule.from) {
      tensors.push_back({name, Shape(array.shape.begin(), array.shape.end())});
    }
    const Mapping mapping = MappingOfRules({rule.json});
    const absl::StatusOr<Plan> plan = Compile({mapping}, CatalogOf(tensors));
    if (!plan.ok() || plan->exactness != Exactness::kExact) continue;
    refused += CountRefused(mapping, *plan, random);
  }
  CHECK(refused > 10000);
}

Plan Planned(const std::vector<std::string>& rules, const std::vector<NamedShape>& tensors) {
  absl::StatusOr<Plan> plan = Compile({MappingOfRules(rules)}, CatalogOf(tensors));
  if (!plan.ok()) FAIL(MessageOf(plan.status()));
  return *std::move(plan);
}

TEST_CASE("proof: rules of one direction that undo one another are exact", "[plan]") {
  const Plan plan = Planned({R"({"rename": "a.{i}", "to": "b.{i}", "direction": "forward"})",
                             R"({"rename": "b.{i}", "to": "a.{i}", "direction": "reverse"})"},
                            {{"a.0", {2}}, {"a.1", {2}}});
  CHECK(plan.exactness_reasons == kNone);
  CHECK(plan.exactness == Exactness::kExact);
}

TEST_CASE("proof: rules of one direction that do not are one-way", "[plan]") {
  const Plan plan = Planned({R"({"rename": "a.{i}", "to": "b.{i}", "direction": "forward"})",
                             R"({"rename": "b.{i}", "to": "c.{i}", "direction": "reverse"})"},
                            {{"a.0", {2}}});
  CHECK(plan.exactness_reasons ==
        Reasons{"m.json:2:1 (/stages/0/0): the rule acts in one direction only"});
  CHECK(plan.exactness == Exactness::kOneWay);
}

TEST_CASE("proof: elements that change places on the way back are named", "[plan]") {
  const Plan plan =
      Planned({R"({"from": ["a", "x y"], "to": ["b", "y x"], "direction": "forward"})",
               R"({"from": ["b", "y x"], "to": ["a", "y x"], "direction": "reverse"})"},
              {{"a", {3, 3}}, {"z", {1}}});
  REQUIRE(plan.exactness == Exactness::kOneWay);
  CHECK(plan.exactness_reasons.front() ==
        "m.json:2:1 (/stages/0/0): the rule acts in one direction only");
}

TEST_CASE("proof: copies and paddings that are checked come back", "[plan]") {
  const Plan tied =
      Planned({R"({"rename": "lm_head", "to": "embed", "copies": {"from": ["wte"]}})"},
              {{"lm_head", {4, 2}}, {"wte", {4, 2}}});
  CHECK(tied.exactness_reasons == kNone);
  CHECK(tied.checks.size() == 1);
  const Plan padded =
      Planned({R"({"from": ["v", "[rows:n | ~0:2] d"], "to": ["w", "n d"]})"}, {{"v", {6, 2}}});
  CHECK(padded.exactness_reasons == kNone);
  CHECK(padded.checks.size() == 1);
}

TEST_CASE("proof: a way back that rounds what the way there kept is told", "[plan]") {
  const Mapping mapping = MappingOf(R"({"weft": 1, "name": "m",
    "cast": {"to": [{"names": "b", "dtype": "F32"}], "from": [{"names": "a", "dtype": "F16"}]},
    "stages": [[{"rename": "a", "to": "b"}]]})");
  const absl::StatusOr<Plan> plan = Compile({mapping}, CatalogOf({{"a", {2}, DType::kBF16}}));
  REQUIRE(plan.ok());
  CHECK(plan->exactness_reasons ==
        Reasons{"tensor 'a' comes back rounded, as F16 instead of BF16"});
  CHECK(plan->exactness == Exactness::kOneWay);
  // F16 is what it was.
  const absl::StatusOr<Plan> same = Compile({mapping}, CatalogOf({{"a", {2}, DType::kF16}}));
  REQUIRE(same.ok());
  CHECK(same->exactness == Exactness::kExact);
}

TEST_CASE("proof: what was converted is not converted again", "[plan]") {
  const Mapping mapping = MappingOfRules({R"({"from": ["a", "x y"], "to": ["a", "y x"]})"});
  const absl::StatusOr<Plan> once = Compile({mapping}, CatalogOf({{"a", {2, 3}}}));
  REQUIRE(once.ok());
  const absl::StatusOr<Plan> twice = Compile({mapping}, CatalogOf(*once));
  REQUIRE_FALSE(twice.ok());
  CHECK(ErrorsOf(twice.status()) ==
        Reasons{"ALREADY_CONVERTED model.safetensors: its metadata say that mapping \"m\" was "
                "applied to it already, forward",
                "hint: use --reverse to convert back"});
  CompileOptions reverse;
  reverse.direction = Direction::kReverse;
  const absl::StatusOr<Plan> back = Compile({mapping}, CatalogOf(*once), reverse);
  REQUIRE(back.ok());
  CHECK(Compile({mapping}, CatalogOf(*back)).ok());
  const Mapping other = MappingOfRules({R"({"from": ["a", "x y"], "to": ["b", "y x"]})"});
  CHECK(Compile({other}, CatalogOf(*once)).ok());
}

TEST_CASE("proof: a plan that must be reversible and is not is refused, with its reasons",
          "[plan]") {
  CompileOptions options;
  options.require_reversible = true;
  const std::shared_ptr<const Catalog> catalog = CatalogOf({{"a", {2}}, {"b", {2}}});
  CHECK(Compile({MappingOfRules({R"({"rename": "a", "to": "c"})"})}, catalog, options).ok());
  CHECK(MessageOf(Compile({MappingOfRules({R"({"drop": "b", "reason": "not needed"})"})}, catalog,
                          options)
                      .status()) ==
        "NOT_REVERSIBLE plan: it must be reversible, and is one-way: m.json:2:1 (/stages/0/0): the "
        "rule drops tensors");
  options.dtype = DType::kBF16;
  CHECK(MessageOf(Compile({Mapping::Identity()}, CatalogOf({{"a", {2}}}), options).status()) ==
        "NOT_REVERSIBLE plan: it must be reversible, and is rounding: tensor 'a' is rounded from "
        "F32 to BF16");
}

TEST_CASE("proof: composed mappings are one plan, proven as a whole", "[plan]") {
  const Mapping first = MappingOfRules({R"({"from": ["l.{e}.w", "f d"], "to": ["l.w", "e f d"]})"});
  const Mapping second = MappingOfRules({R"({"from": ["l.w", "e f d"], "to": ["x", "e d f"]})"});
  const Mapping both = Mapping::Compose({first, second});
  CHECK(both.name() == "m + m");
  const std::shared_ptr<const Catalog> catalog = CatalogOf({{"l.0.w", {2, 3}}, {"l.1.w", {2, 3}}});
  const absl::StatusOr<Plan> plan = Compile({both}, catalog);
  if (!plan.ok()) FAIL(MessageOf(plan.status()));
  CHECK(plan->exactness == Exactness::kExact);
  const absl::StatusOr<Plan> listed = Compile({first, second}, catalog);
  REQUIRE(listed.ok());
  CHECK(TextOf(*plan) == TextOf(*listed));
  CHECK(NamesOf(*plan) == "x [2, 3, 2]\n");
  CompileOptions reverse;
  reverse.direction = Direction::kReverse;
  const absl::StatusOr<Plan> back = Compile({both}, CatalogOf(*plan), reverse);
  if (!back.ok()) FAIL(MessageOf(back.status()));
  CHECK(GivesBack(*plan, *back));
  CHECK(Mapping::Compose({}).name() == "identity");
}

}  // namespace
}  // namespace weft
