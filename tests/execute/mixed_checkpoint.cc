#include "execute/mixed_checkpoint.h"

#include <catch2/catch.hpp>
#include <utility>

#include "execute/reference.h"
#include "files/safetensors_files.h"

namespace weft {
namespace {

Checkpoint WriteSource(const std::string& path) {
  // Numbers of BF16: 1.0 and what follows, up to 2.
  std::string d;
  for (int i = 0; i < 300 * 700; ++i) d += {static_cast<char>(0x80 + i % 127), '\x3f'};
  test::FileTensors tensors;
  tensors["a"] = test::Counting({4, 6}, 1);
  tensors["b"] = {"U8", {3}, "xyz"};
  tensors["c"] = {"U16", {5}, "0123456789"};
  tensors["d"] = {"BF16", {300, 700}, std::move(d)};
  test::WriteSafetensors(path, tensors);
  absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(path);
  INFO(checkpoint.status());
  REQUIRE(checkpoint.ok());
  return *std::move(checkpoint);
}

Box BoxOf(uint32_t source, absl::InlinedVector<Factor, 3> factors) {
  Box box;
  box.source = source;
  box.factors = std::move(factors);
  return box;
}

Plan PlanOf(const Checkpoint& checkpoint) {
  constexpr uint32_t kA = 0;
  constexpr uint32_t kB = 1;
  constexpr uint32_t kC = 2;
  constexpr uint32_t kD = 3;
  constexpr uint32_t kSeven = 4;
  Plan plan;
  plan.catalog = checkpoint.catalog();
  plan.constants.push_back({DType::kF32, std::string("\0\0\xe0\x40", 4), "7"});
  const Box whole_a = BoxOf(kA, {{24, 1, 1}});
  Box slice = BoxOf(kA, {{12, 1, 1}});
  slice.source_offset = 12;
  Box padding = BoxOf(kSeven, {{4, 0, 8}, {2, 0, 1}});
  padding.target_offset = 6;
  const auto add = [&](std::string name, DType dtype, DType source_dtype, Shape shape,
                       std::vector<Box> boxes) {
    plan.bytes_written += ElementsOf(shape) * static_cast<uint64_t>(BitsOf(dtype)) / 8;
    plan.tensors.push_back(
        {std::move(name), dtype, source_dtype, std::move(shape), std::move(boxes), {}});
  };
  add("cast", DType::kF16, DType::kF32, {4, 6}, {whole_a});
  add("empty", DType::kF32, DType::kF32, {0, 4}, {});
  add("misaligned", DType::kU16, DType::kU16, {5}, {BoxOf(kC, {{5, 1, 1}})});
  add("padded", DType::kF32, DType::kF32, {4, 8}, {BoxOf(kA, {{4, 6, 8}, {6, 1, 1}}), padding});
  add("pass", DType::kF32, DType::kF32, {4, 6}, {whole_a});
  add("slice", DType::kF32, DType::kF32, {2, 6}, {slice});
  add("transposed", DType::kBF16, DType::kBF16, {700, 300},
      {BoxOf(kD, {{700, 1, 300}, {300, 700, 1}})});
  add("u8", DType::kU8, DType::kU8, {3}, {BoxOf(kB, {{3, 1, 1}})});
  return plan;
}

}  // namespace

MixedCheckpoint::MixedCheckpoint()
    : checkpoint_(WriteSource(source_path())), plan_(PlanOf(checkpoint_)) {}

std::string MixedCheckpoint::Expected(size_t index) const {
  const std::string file = test::ReadFile(source_path());
  const execute::Bytes bytes =
      execute::ReferenceTensor(plan_, index, {execute::Bytes(file.begin(), file.end())});
  return {bytes.begin(), bytes.end()};
}

}  // namespace weft
