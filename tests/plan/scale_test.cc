// Thousands of rules over thousands of tensors. WEFT_FULL_SCALE=1 in the environment makes it
// 10,000 rules of up to 4 KiB over the 94,553 tensors of the largest checkpoints; an unoptimised
// build needs minutes for it.
#include <catch2/catch.hpp>
#include <cstdlib>
#include <string>

#include "mapping/pattern_index.h"
#include "plan/compiled.h"

namespace weft {
namespace {

struct Scale {
  int rules = 2'000;
  int tensors = 10'000;
  size_t alternatives_bytes = 200;
};

Scale ScaleToTest() {
  Scale scale;
  if (std::getenv("WEFT_FULL_SCALE") != nullptr) scale = {10'000, 94'553, 3'900};
  return scale;
}

std::string Number(int number) { return std::to_string(number); }

// Alternatives that make the pattern long; the first is the one that occurs.
std::string Alternatives(size_t bytes, int rule) {
  std::string text = "weight";
  for (int i = 0; text.size() + 24 < bytes; ++i) text += "|never_" + Number(rule) + "_" + Number(i);
  return "{w:" + text + "}";
}

TEST_CASE("compile: thousands of long rules over thousands of tensors", "[plan]") {
  const Scale scale = ScaleToTest();
  std::vector<Rule> rules;
  for (int r = 0; r < scale.rules; ++r) {
    const std::string w = Alternatives(scale.alternatives_bytes, r);
    rules.push_back(WeightRenaming{"{p*}.block" + Number(r) + ".x{i}." + w,
                                   "{p*}.stack." + Number(r) + ".y{i}." + w});
  }
  const absl::StatusOr<Mapping> mapping = Mapping::FromRules("large", {rules});
  REQUIRE(mapping.ok());
  std::vector<NamedShape> tensors;
  for (int t = 0; t < scale.tensors; ++t) {
    const int rule = t % scale.rules;
    tensors.push_back(
        {"model.block" + Number(rule) + ".x" + Number(t / scale.rules) + ".weight", {t % 7, 3}});
  }
  const auto catalog = CatalogOf(tensors);
  const absl::StatusOr<Plan> plan = Compile({*mapping}, catalog);
  REQUIRE(ErrorsOf(plan.status()).empty());
  REQUIRE(plan->tensors.size() == catalog->tensors.size());
  CHECK(plan->rules.size() == static_cast<size_t>(scale.rules));
  CHECK(plan->exactness == Exactness::kExact);
  for (const PlannedTensor& tensor : plan->tensors) {
    const size_t number = std::string("model.stack.").size();
    if (tensor.name.compare(0, number, "model.stack.") != 0) FAIL(tensor.name);
    if (tensor.boxes.empty()) continue;
    const std::string& source = catalog->tensors[tensor.boxes[0].source].name;
    const std::string block = tensor.name.substr(number, tensor.name.find('.', number) - number);
    if (source.find(".block" + block + ".x") == std::string::npos) FAIL(source);
  }
  CompileOptions reverse;
  reverse.direction = Direction::kReverse;
  const absl::StatusOr<Plan> back = Compile({*mapping}, CatalogOf(*plan), reverse);
  REQUIRE(ErrorsOf(back.status()).empty());
  for (size_t i = 0; i < back->tensors.size(); ++i) {
    if (back->tensors[i].name != catalog->tensors[i].name) FAIL(back->tensors[i].name);
  }
}

TEST_CASE("compile: a tensor is tried with few of thousands of rules", "[plan]") {
  const Scale scale = ScaleToTest();
  VariableTable variables;
  PatternIndex index;
  std::vector<std::shared_ptr<const Pattern>> patterns;
  for (int r = 0; r < scale.rules; ++r) {
    const std::string text = "{p*}.block" + Number(r) + ".x{i}.{w:weight|bias}";
    patterns.push_back(*Pattern::Parse(text, Side::kFrom, {}, variables, "here"));
    index.Add(*patterns.back(), static_cast<uint32_t>(r));
  }
  size_t tried = 0;
  std::vector<uint32_t> candidates;
  for (int t = 0; t < scale.tensors; ++t) {
    candidates.clear();
    index.Candidates("model.block" + Number(t % scale.rules) + ".x7.weight", &candidates);
    tried += candidates.size();
  }
  CHECK(tried == static_cast<size_t>(scale.tensors));
}

TEST_CASE("compile: one rule over thousands of lists", "[plan]") {
  const Scale scale = ScaleToTest();
  const int groups = scale.tensors / 100;
  std::vector<NamedShape> tensors;
  for (int g = 0; g < groups; ++g) {
    for (int e = 0; e < 50; ++e) {
      for (const char* part : {"gate", "up"}) {
        tensors.push_back({"layers." + Number(g) + ".experts." + Number(e) + "." + part, {4, 3}});
      }
    }
  }
  const absl::StatusOr<Plan> plan =
      Compile({MappingOfRules({R"({"from": {"gate": ["{p*}.experts.{e}.gate", "f d"],
                                    "up": ["{p*}.experts.{e}.up", "f d"]},
                           "to": ["{p*}.experts.gate_up", "e [gate:f | up:f] d"]})"})},
              CatalogOf(tensors));
  REQUIRE(ErrorsOf(plan.status()).empty());
  CHECK(plan->tensors.size() == static_cast<size_t>(groups));
  size_t boxes = 0;
  for (const PlannedTensor& tensor : plan->tensors) boxes += tensor.boxes.size();
  CHECK(boxes == tensors.size());
}

}  // namespace
}  // namespace weft
