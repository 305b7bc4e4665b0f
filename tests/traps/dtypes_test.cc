// Traps of dtypes. The numbers are those of docs/traps.md.
#include <catch2/catch.hpp>
#include <string>

#include "plan/compiled.h"

namespace weft {
namespace {

TEST_CASE("trap 16: sources of two dtypes do not become one tensor by the dtype of the first",
          "[traps]") {
  const absl::StatusOr<Plan> plan = Compile(
      {MappingOfRules(
          {R"({"convert": ["a", "b"], "to": "c", "operations": [{"op": "Concatenate"}]})"})},
      CatalogOf({{"a", {2}, DType::kF32}, {"b", {2}, DType::kBF16}}));
  REQUIRE_FALSE(plan.ok());
  const std::string message = MessageOf(plan.status());
  INFO(message);
  CHECK(message.rfind("DTYPES_DIFFER m.json:2:1 (/stages/0/0)", 0) == 0);
  CHECK(message.find("'a' is F32") != std::string::npos);
  CHECK(message.find("'b' is BF16") != std::string::npos);
}

TEST_CASE("trap 16: integers and bytes are never cast into numbers", "[traps]") {
  CompileOptions options;
  options.dtype = DType::kBF16;
  const absl::StatusOr<Plan> plan =
      Compile({Mapping::Identity()},
              CatalogOf({{"f", {2}, DType::kF32}, {"i", {2}, DType::kI64}, {"u", {2}, DType::kU8}}),
              options);
  REQUIRE(plan.ok());
  CHECK(plan->tensors[0].dtype == DType::kBF16);
  CHECK(plan->tensors[1].dtype == DType::kI64);
  CHECK(plan->tensors[2].dtype == DType::kU8);
}

TEST_CASE("trap 16: a tensor of another dtype than is expected is told", "[traps]") {
  CompileOptions options;
  options.expectation = Expectation{"the model", {{"w", DType::kBF16, Shape{2}}}};
  const absl::StatusOr<Plan> plan =
      Compile({Mapping::Identity()}, CatalogOf({{"w", {2}, DType::kU8}}), options);
  REQUIRE_FALSE(plan.ok());
  CHECK(MessageOf(plan.status()) ==
        "WRONG_SHAPE model.safetensors: 'w' would be U8 [2]; the model expects BF16 [2]");
}

}  // namespace
}  // namespace weft
