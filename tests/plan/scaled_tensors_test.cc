// Casts of quantised weights.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "mapping/errors_of.h"
#include "plan/compiled.h"
#include "weft/plan.h"

namespace weft {
namespace {

absl::StatusOr<Plan> CompiledWith(DType dtype, const std::vector<NamedShape>& tensors,
                                  const Mapping& mapping = Mapping::Identity()) {
  CompileOptions options;
  options.dtype = dtype;
  return Compile({mapping}, CatalogOf(tensors), options);
}

TEST_CASE("scaled tensors: a dtype for all is refused by a weight that has a scale", "[plan]") {
  for (const std::string scale :
       {"a.weight_scale_inv", "a.weight_scale", "a.scale_weight", "a.scale"}) {
    CAPTURE(scale);
    const auto plan =
        CompiledWith(DType::kBF16, {{"a.weight", {4}, DType::kF8E4M3}, {"b", {4}}, {scale, {1}}});
    CHECK(ErrorsOf(plan.status()) ==
          Lines{"UNSUPPORTED_FEATURE tensor 'a.weight': it cannot become BF16 as all others: "
                "'a.weight' is F8_E4M3 and has a scale, '" +
                    scale + "', which a cast does not apply",
                "hint: keep the dtypes, or let a mapping's \"cast\" name the tensors to cast"});
  }
}

TEST_CASE("scaled tensors: names are those of the source", "[plan]") {
  const Mapping mapping =
      MappingOfRules({R"({"from": {"q": ["l.q.weight", "f d"], "k": ["l.k.weight", "f d"]},
           "to": ["l.qk", "[q:f | k:f] d"]})"});
  const auto plan = CompiledWith(DType::kF16,
                                 {{"l.q.weight", {2, 4}, DType::kF8E5M2},
                                  {"l.k.weight", {2, 4}, DType::kF8E5M2},
                                  {"l.k.weight_scale", {1}}},
                                 mapping);
  CHECK(MessageOf(plan.status()) ==
        "UNSUPPORTED_FEATURE tensor 'l.qk': it cannot become F16 as all others: 'l.k.weight' is "
        "F8_E5M2 and has a scale, 'l.k.weight_scale', which a cast does not apply");
}

TEST_CASE("scaled tensors: ten are named, the others counted", "[plan]") {
  std::vector<NamedShape> tensors;
  for (int i = 0; i < 13; ++i) {
    const std::string module = "l." + std::to_string(i) + ".";
    tensors.push_back({module + "weight", {4}, DType::kF8E4M3});
    tensors.push_back({module + "weight_scale", {1}});
  }
  const Lines messages = MessagesOf(CompiledWith(DType::kBF16, tensors).status());
  REQUIRE(messages.size() == 11);
  CHECK(messages.back() == "UNSUPPORTED_FEATURE plan: 3 more tensors have scales");
}

TEST_CASE("scaled tensors: without a scale, F8 weights are cast like all others", "[plan]") {
  // The scale of another module, wider weights with a scale, and a dtype that stays.
  const auto plan = CompiledWith(DType::kF8E4M3, {{"a.weight", {4}, DType::kF8E5M2},
                                                  {"ab.scale", {1}},
                                                  {"c.weight", {4}, DType::kF8E4M3},
                                                  {"c.weight_scale", {1}, DType::kF8E4M3},
                                                  {"d.scale", {1}, DType::kF32}});
  INFO(plan.status());
  REQUIRE(plan.ok());
  for (const PlannedTensor& tensor : plan->tensors) CHECK(tensor.dtype == DType::kF8E4M3);
}

TEST_CASE("scaled tensors: a cast that names them is carried out", "[plan]") {
  const Mapping mapping =
      MappingOfRules({R"({"rename": "a.weight", "to": "b.weight"})"},
                     R"("cast": {"to": [{"names": "b.weight", "dtype": "BF16"}]}, )");
  const auto plan =
      Compile({mapping}, CatalogOf({{"a.weight", {4}, DType::kF8E4M3}, {"a.weight_scale", {1}}}));
  INFO(plan.status());
  REQUIRE(plan.ok());
  CHECK(plan->tensors[1].dtype == DType::kBF16);
  CHECK(plan->exactness == Exactness::kExact);
}

TEST_CASE("scaled tensors: casts of F8 are exact where no number is lost", "[plan]") {
  const auto exactness = [](DType from, DType to) {
    return CompiledWith(to, {{"a", {4}, from}})->exactness;
  };
  for (const DType to : {DType::kF16, DType::kBF16, DType::kF32, DType::kF64}) {
    CHECK(exactness(DType::kF8E4M3, to) == Exactness::kExact);
    CHECK(exactness(DType::kF8E5M2, to) == Exactness::kExact);
    CHECK(exactness(DType::kF8E4M3Fnuz, to) == Exactness::kExact);
    CHECK(exactness(DType::kF8E5M2Fnuz, to) == Exactness::kExact);
  }
  CHECK(exactness(DType::kF8E8M0, DType::kBF16) == Exactness::kExact);
  CHECK(exactness(DType::kF8E8M0, DType::kF16) == Exactness::kRounding);
  CHECK(exactness(DType::kF8E4M3, DType::kF8E5M2) == Exactness::kRounding);
  CHECK(exactness(DType::kF8E5M2, DType::kF8E4M3) == Exactness::kRounding);
  CHECK(exactness(DType::kF8E4M3Fnuz, DType::kF8E4M3) == Exactness::kRounding);
  CHECK(exactness(DType::kF16, DType::kF8E4M3) == Exactness::kRounding);
  CHECK(exactness(DType::kBF16, DType::kF8E8M0) == Exactness::kRounding);
}

}  // namespace
}  // namespace weft
