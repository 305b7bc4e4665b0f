// What a caller expects of a conversion, and what it is told.
#include "weft/expectation.h"

#include <catch2/catch.hpp>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "plan/compiled.h"

namespace weft {
namespace {

using Lines = std::vector<std::string>;

const Lines kNone;

CompileOptions Expecting(std::vector<ExpectedTensor> tensors) {
  CompileOptions options;
  options.expectation = Expectation{"the model", std::move(tensors)};
  return options;
}

const Mapping& Renaming() {
  static const auto* const kMapping =
      new Mapping(MappingOfRules({R"({"rename": "h.{i}.w", "to": "layers.{i}.weight"})"}));
  return *kMapping;
}

Plan Planned(const std::vector<NamedShape>& tensors, const CompileOptions& options) {
  absl::StatusOr<Plan> plan = Compile({Renaming()}, CatalogOf(tensors), options);
  if (!plan.ok()) FAIL(MessageOf(plan.status()));
  return *std::move(plan);
}

Lines Refused(const std::vector<NamedShape>& tensors, const CompileOptions& options) {
  const absl::StatusOr<Plan> plan = Compile({Renaming()}, CatalogOf(tensors), options);
  if (plan.ok()) FAIL("accepted:\n" << NamesOf(*plan));
  return ErrorsOf(plan.status());
}

TEST_CASE("expectation: met, with dtypes and shapes where they are said", "[plan]") {
  const Plan plan = Planned({{"h.0.w", {2}}, {"h.1.w", {2}}},
                            Expecting({{"layers.0.weight", DType::kF32, Shape{2}},
                                       {"layers.1.weight"},
                                       {"head", std::nullopt, std::nullopt, false}}));
  REQUIRE(plan.expectation.has_value());
  CHECK(plan.expectation->complete());
  CHECK(plan.expectation->met == 2);
}

TEST_CASE("expectation: missing, unexpected and mismatched are told in groups", "[plan]") {
  CHECK(
      Refused({{"h.0.w", {2}}, {"h.1.w", {2}}, {"h.3.w", {2}}, {"x.0.v", {2}}, {"x.1.v", {2}}},
              Expecting({{"layers.0.weight", std::nullopt, Shape{3}},
                         {"layers.1.weight", DType::kBF16},
                         {"layers.2.weight"},
                         {"layers.3.weight"},
                         {"norm"}})) ==
      Lines{"MISSING_TENSOR model.safetensors: the model expects 'layers.2.weight', which nothing "
            "makes",
            "hint: nearest: 'x.1.v'",
            "MISSING_TENSOR model.safetensors: the model expects 'norm', which nothing makes",
            "UNEXPECTED_TENSOR model.safetensors: 'x.{0,1}.v' is not among what the model expects",
            "WRONG_SHAPE model.safetensors: 'layers.1.weight' would be F32 [2]; the model expects "
            "BF16",
            "hint: is it the checkpoint of another model, or --dtype missing?",
            "WRONG_SHAPE model.safetensors: 'layers.0.weight' would be F32 [2]; the model expects "
            "[3]",
            "hint: is it the checkpoint of another model, or --dtype missing?"});
}

TEST_CASE("expectation: the rule that would fit is said, ready to paste", "[plan]") {
  CHECK(Refused({{"h.0.w", {2}}, {"x.0.v", {2}}, {"x.1.v", {2}}},
                Expecting({{"layers.0.weight"}, {"y.0.value"}, {"y.1.value"}})) ==
        Lines{"MISSING_TENSOR model.safetensors: the model expects 'y.{0,1}.value', which nothing "
              "makes",
              R"(hint: as a last stage, this would fit: [{"rename": "x.{i}.v", "to": )"
              R"("y.{i}.value"}])",
              "UNEXPECTED_TENSOR model.safetensors: 'x.{0,1}.v' is not among what the model "
              "expects"});
}

TEST_CASE("expectation: lenient warns, and the plan stands", "[plan]") {
  CompileOptions options = Expecting({{"layers.0.weight"}, {"norm"}});
  options.lenient = true;
  const Plan plan = Planned({{"h.0.w", {2}}}, options);
  CHECK(plan.warnings == Lines{"the model expects 'norm', which nothing makes"});
  CHECK(plan.expectation->missing == Lines{"norm"});
}

TEST_CASE("expectation: the prefix of a base model is added where the names show it", "[plan]") {
  const Plan plan =
      Planned({{"h.0.w", {2}}, {"h.1.w", {2}}, {"lm_head", {2}}},
              Expecting({{"model.layers.0.weight"}, {"model.layers.1.weight"}, {"lm_head"}}));
  CHECK(NamesOf(plan) == "lm_head [2]\nmodel.layers.0.weight [2]\nmodel.layers.1.weight [2]\n");
  CHECK(plan.expectation->added_prefix == "model.");
  CHECK(plan.metadata.at("weft.prefix") == "+model.");
  CHECK(plan.exactness_reasons == kNone);
  CompileOptions reverse;
  reverse.direction = Direction::kReverse;
  const absl::StatusOr<Plan> back = Compile({Renaming()}, CatalogOf(plan), reverse);
  if (!back.ok()) FAIL(MessageOf(back.status()));
  CHECK(GivesBack(plan, *back));
  CHECK(back->exactness_reasons == kNone);
  CHECK(back->metadata.count("weft.prefix") == 0);
}

TEST_CASE("expectation: the prefix of a base model is stripped where the names show it", "[plan]") {
  const absl::StatusOr<Plan> plan =
      Compile({Mapping::Identity()}, CatalogOf({{"model.a", {2}}, {"model.b", {2}}}),
              Expecting({{"a"}, {"b"}}));
  if (!plan.ok()) FAIL(MessageOf(plan.status()));
  CHECK(NamesOf(*plan) == "a [2]\nb [2]\n");
  CHECK(plan->expectation->stripped_prefix == "model.");
  CHECK(plan->exactness_reasons == kNone);
  CompileOptions reverse;
  reverse.direction = Direction::kReverse;
  const absl::StatusOr<Plan> back = Compile({Mapping::Identity()}, CatalogOf(*plan), reverse);
  if (!back.ok()) FAIL(MessageOf(back.status()));
  CHECK(GivesBack(*plan, *back));
}

TEST_CASE("expectation: two prefixes that fit equally well are none", "[plan]") {
  const absl::StatusOr<Plan> plan =
      Compile({Mapping::Identity()}, CatalogOf({{"w", {2}}}), Expecting({{"a.w"}, {"b.w"}}));
  REQUIRE_FALSE(plan.ok());
  CHECK(MessagesOf(plan.status()) ==
        Lines{"MISSING_TENSOR model.safetensors: the model expects 'a.w', which nothing makes",
              "MISSING_TENSOR model.safetensors: the model expects 'b.w', which nothing makes",
              "UNEXPECTED_TENSOR model.safetensors: 'w' is not among what the model expects"});
}

TEST_CASE("expectation: a prefix that the way back cannot tell is one-way", "[plan]") {
  const Plan plan = Planned({{"h.0.w", {2}}, {"model.x", {2}}},
                            Expecting({{"model.layers.0.weight"}, {"model.x"}}));
  CHECK(plan.exactness == Exactness::kOneWay);
  CHECK(plan.exactness_reasons ==
        Lines{"the way back makes tensor 'x', which the source does not have",
              "tensor 'model.x' does not come back"});
}

}  // namespace
}  // namespace weft
