#include "execute/byte_box.h"

#include <catch2/catch.hpp>

#include "execute/execute.h"
#include "execute/plan_builder.h"
#include "weft/diagnostic.h"

namespace weft::execute {
namespace {

ErrorCode CodeOf(const Plan& plan) {
  const std::vector<Diagnostic> diagnostics = DiagnosticsOf(CheckBoxes(plan));
  REQUIRE(diagnostics.size() == 1);
  return diagnostics[0].code;
}

TEST_CASE("byte box: elements become bytes", "[execute]") {
  PlanBuilder builder;
  builder.Source(DType::kU8, {5});
  Box box;
  box.source = builder.Source(DType::kBF16, {3, 4});
  box.factors = {{4, 1, 3}, {3, 4, 1}};
  const PlannedTensor& tensor = builder.Tensor(DType::kBF16, {4, 3}, {box});
  const Plan plan = builder.plan();
  REQUIRE(CheckBoxes(plan).ok());
  const ByteBox bytes = BytesOf(box, tensor, {0, 5}, 100);
  CHECK(bytes.source_offset == 5);
  CHECK(bytes.target_offset == 100);
  CHECK(bytes.loops == Loops{{4, 2, 6}, {3, 8, 2}});
}

TEST_CASE("byte box: loops that step like one are merged", "[execute]") {
  PlanBuilder builder;
  Box box;
  box.source = builder.Source(DType::kF32, {24});
  box.factors = {{2, 12, 12}, {3, 4, 4}, {4, 1, 1}};
  const PlannedTensor& tensor = builder.Tensor(DType::kF32, {2, 3, 4}, {box});
  const Plan plan = builder.plan();
  CHECK(BytesOf(box, tensor, {0, 0}, 0).loops == Loops{{24, 4, 4}});
}

TEST_CASE("byte box: four and six bits are moved as whole bytes", "[execute]") {
  PlanBuilder builder;
  Box box;
  box.source = builder.Source(DType::kF6E2M3, {2, 8});
  box.source_offset = 4;
  box.factors = {{2, 8, 4}, {4, 1, 1}};
  const PlannedTensor& tensor = builder.Tensor(DType::kF6E2M3, {2, 4}, {box});
  const Plan plan = builder.plan();
  REQUIRE(CheckBoxes(plan).ok());
  const ByteBox bytes = BytesOf(box, tensor, {0, 0}, 10);
  CHECK(bytes.source_offset == 3);
  CHECK(bytes.loops == Loops{{2, 6, 3}, {3, 1, 1}});
}

TEST_CASE("byte box: a constant is one element that is read again and again", "[execute]") {
  PlanBuilder builder;
  builder.Source(DType::kF32, {3});
  Box box;
  box.source = 1;
  box.target_offset = 2;
  box.factors = {{3, 0, 6}, {4, 0, 1}};
  PlannedTensor& tensor = builder.Tensor(DType::kF32, {18}, {box});
  tensor.shape = {20};  // what the other boxes would fill
  const ByteBox bytes = BytesOf(box, tensor, {1, 8}, 100);
  CHECK(bytes.file == 1);
  CHECK(bytes.source_offset == 8);
  CHECK(bytes.target_offset == 108);
  CHECK(bytes.loops == Loops{{3, 0, 24}, {4, 0, 4}});
}

TEST_CASE("byte box: constants are checked like sources", "[execute]") {
  const auto plan_of = [](DType dtype, const Constant& constant, const Box& box, int64_t size) {
    PlanBuilder builder;
    builder.Tensor(dtype, {size}, {box});
    Plan plan = builder.plan();
    plan.constants = {constant};
    return plan;
  };
  Box box;
  box.factors = {{8, 0, 1}};
  const Constant one = {DType::kF32, std::string("\0\0\x80\x3f", 4), "1"};
  CHECK(CheckBoxes(plan_of(DType::kF32, one, box, 8)).ok());
  CHECK(CodeOf(plan_of(DType::kF16, one, box, 8)) == ErrorCode::kInternal);
  Box second = box;
  second.source = 1;
  CHECK(CodeOf(plan_of(DType::kF32, one, second, 8)) == ErrorCode::kInternal);
  Box stepping = box;
  stepping.factors = {{8, 1, 1}};
  CHECK(CodeOf(plan_of(DType::kF32, one, stepping, 8)) == ErrorCode::kInternal);
  CHECK(CodeOf(plan_of(DType::kF32, {DType::kF32, "123", "1"}, box, 8)) == ErrorCode::kInternal);

  const Constant ones = {DType::kF4, "\x22", "1"};
  CHECK(CheckBoxes(plan_of(DType::kF4, ones, box, 8)).ok());
  Box odd = box;
  odd.factors = {{7, 0, 1}};
  CHECK(CodeOf(plan_of(DType::kF4, ones, odd, 7)) == ErrorCode::kNotByteAligned);
}

TEST_CASE("byte box: the lists of a check are checked like those of a tensor", "[execute]") {
  PlanBuilder builder;
  Box whole;
  whole.source = builder.Source(DType::kU16, {6});
  whole.factors = {{6, 1, 1}};
  Plan plan = builder.plan();
  plan.checks.push_back({"rule", "what", DType::kU16, 6, 0, {whole}, {whole}});
  CHECK(CheckBoxes(plan).ok());
  plan.checks[0].elements = 7;
  CHECK(DiagnosticsOf(CheckBoxes(plan)).size() == 2);
  plan.checks[0].elements = 6;
  plan.checks[0].expected[0].source_offset = 1;
  CHECK(CodeOf(plan) == ErrorCode::kInternal);
}

TEST_CASE("byte box: parts of bytes are refused before anything is written", "[execute]") {
  const auto plan_of = [](DType dtype, uint64_t source_offset, const Factor& outer, uint64_t run) {
    PlanBuilder builder;
    Box box;
    box.source = builder.Source(dtype, {64});
    box.source_offset = source_offset;
    box.factors = {outer, {run, 1, 1}};
    const auto size = static_cast<int64_t>(outer.count * run);
    builder.Tensor(dtype, {size}, {box});
    return builder.plan();
  };
  CHECK(CheckBoxes(plan_of(DType::kF4, 2, {2, 6, 4}, 4)).ok());
  CHECK(CodeOf(plan_of(DType::kF4, 1, {2, 6, 4}, 4)) == ErrorCode::kNotByteAligned);
  CHECK(CodeOf(plan_of(DType::kF4, 2, {2, 7, 4}, 4)) == ErrorCode::kNotByteAligned);
  CHECK(CodeOf(plan_of(DType::kF4, 2, {2, 7, 3}, 3)) == ErrorCode::kNotByteAligned);
  CHECK(CodeOf(plan_of(DType::kF6E3M2, 2, {2, 8, 4}, 4)) == ErrorCode::kNotByteAligned);
  CHECK(CheckBoxes(plan_of(DType::kF6E3M2, 4, {2, 8, 4}, 4)).ok());

  const Plan plan = plan_of(DType::kF4, 1, {2, 6, 4}, 4);
  const MemorySource source({Bytes(32)});
  MemoryWriter writer;
  CHECK_FALSE(Execute(plan, source, writer, {}).ok());
  CHECK_FALSE(writer.begun());
}

TEST_CASE("byte box: a transpose of single four-bit elements is refused", "[execute]") {
  PlanBuilder builder;
  builder.Transposed(DType::kF4, 4, 4);
  CHECK(CodeOf(builder.plan()) == ErrorCode::kNotByteAligned);
}

TEST_CASE("byte box: a cast that does not exist is refused", "[execute]") {
  PlanBuilder builder;
  builder.Copied(DType::kF32, {4});
  Plan plan = builder.plan();
  plan.tensors[0].dtype = DType::kI32;
  CHECK(CodeOf(plan) == ErrorCode::kUnsupportedFeature);
  const MemorySource source(builder.files());
  MemoryWriter writer;
  CHECK_FALSE(Execute(plan, source, writer, {}).ok());
  CHECK_FALSE(writer.begun());
}

TEST_CASE("byte box: a plan that contradicts itself is refused", "[execute]") {
  PlanBuilder builder;
  builder.Copied(DType::kF32, {4, 6});
  const Plan good = builder.plan();
  REQUIRE(CheckBoxes(good).ok());
  const auto broken = [&](void (*breaks)(Box&)) {
    Plan plan = good;
    breaks(plan.tensors[0].boxes[0]);
    return CodeOf(plan);
  };
  CHECK(broken([](Box& box) { box.source = 1; }) == ErrorCode::kInternal);
  CHECK(broken([](Box& box) { box.source_offset = 1; }) == ErrorCode::kInternal);
  CHECK(broken([](Box& box) { box.target_offset = 1; }) == ErrorCode::kInternal);
  CHECK(broken([](Box& box) { box.factors[0].count = 23; }) == ErrorCode::kInternal);
  CHECK(broken([](Box& box) { box.factors[0].count = 0; }) == ErrorCode::kInternal);
  CHECK(broken([](Box& box) { box.factors = {{3, uint64_t{1} << 63, 8}, {8, 1, 1}}; }) ==
        ErrorCode::kInternal);
  CHECK(broken([](Box& box) { box.factors = {{6, 1, 1}, {4, 6, 6}}; }) == ErrorCode::kInternal);

  Plan twice = good;
  twice.tensors[0].boxes.push_back(twice.tensors[0].boxes[0]);
  CHECK(CodeOf(twice) == ErrorCode::kInternal);
  Plan none = good;
  none.tensors[0].boxes.clear();
  CHECK(CodeOf(none) == ErrorCode::kInternal);
  Plan other_dtype = good;
  other_dtype.tensors[0].dtype = DType::kI32;
  other_dtype.tensors[0].source_dtype = DType::kI32;
  CHECK(CodeOf(other_dtype) == ErrorCode::kInternal);
}

TEST_CASE("byte box: all tensors with errors are told", "[execute]") {
  PlanBuilder builder;
  for (int i = 0; i < 3; ++i) builder.Copied(DType::kF32, {4});
  Plan plan = builder.plan();
  plan.tensors[0].dtype = DType::kI32;
  plan.tensors[2].dtype = DType::kU8;
  CHECK(DiagnosticsOf(CheckBoxes(plan)).size() == 2);
}

}  // namespace
}  // namespace weft::execute
