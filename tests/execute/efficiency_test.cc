// What is asked of files, counted: the figures that decide whether a conversion runs at the speed
// of the disk.
#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include "execute/byte_sink.h"
#include "execute/execute.h"
#include "execute/plan_builder.h"
#include "execute/reference.h"

namespace weft::execute {
namespace {

struct Traffic {
  uint64_t reads = 0;
  uint64_t writes = 0;
  uint64_t bytes_read = 0;
  uint64_t bytes_written = 0;
  uint64_t buffer_bytes = 0;
};

Traffic TrafficOf(const PlanBuilder& builder, uint64_t job_bytes, int threads = 1) {
  const Plan plan = builder.plan();
  const MemorySource source(builder.files());
  MemoryWriter writer;
  ExecuteOptions options;
  options.threads = threads;
  options.job_bytes = job_bytes;
  const absl::StatusOr<ExecuteReport> report = Execute(plan, source, writer, options);
  REQUIRE(report.ok());
  CHECK(writer.WroteEachByteOnce());
  for (size_t i = 0; i < plan.tensors.size(); ++i) {
    REQUIRE(
        SameTensor(plan.tensors[i], writer.Tensor(i), ReferenceTensor(plan, i, source.files())));
  }
  CHECK(report->buffer_bytes <= job_bytes * static_cast<uint64_t>(threads));
  return {source.reads(), writer.writes(), report->bytes_read, report->bytes_written,
          report->buffer_bytes};
}

TEST_CASE("execute: a copied tensor is read once, in long reads", "[execute]") {
  PlanBuilder builder;
  builder.Copied(DType::kBF16, {2048, 1024});
  const Traffic traffic = TrafficOf(builder, 32 << 20);
  CHECK(traffic.bytes_read == 4 << 20);
  CHECK(traffic.reads == 4);
  CHECK(traffic.writes == 4);
  CHECK(traffic.buffer_bytes <= 1 << 20);
}

TEST_CASE("execute: what is copied into memory is read to its place", "[execute]") {
  PlanBuilder builder;
  builder.Copied(DType::kBF16, {2048, 1024});
  // Two matrices side by side: rows of 64 KiB, each read to where it belongs.
  constexpr uint64_t kRow = 32768;
  Box left;
  left.source = builder.Source(DType::kBF16, {16, kRow});
  left.factors = {{16, kRow, 2 * kRow}, {kRow, 1, 1}};
  Box right = left;
  right.source = builder.Source(DType::kBF16, {16, kRow});
  right.target_offset = kRow;
  builder.Tensor(DType::kBF16, {16, 2 * kRow}, {left, right});
  const Plan plan = builder.plan();
  const MemorySource source(builder.files());
  std::vector<Bytes> buffers = {Bytes(4 << 20), Bytes(2 << 20)};
  MemorySink sink({buffers[0].data(), buffers[1].data()});
  const auto report =
      Move(plan, source, {{0, 0, 4 << 20}, {1, 0, 2 << 20}}, sink, ExecuteOptions());
  REQUIRE(report.ok());
  CHECK(report->bytes_read == 6 << 20);
  CHECK(report->buffer_bytes == 0);
  CHECK(source.reads() <= 4 + 32);
  CHECK(buffers[0] == ReferenceTensor(plan, 0, source.files()));
  CHECK(buffers[1] == ReferenceTensor(plan, 1, source.files()));
}

TEST_CASE("execute: many small tensors are read into memory together", "[execute]") {
  PlanBuilder builder;
  for (int i = 0; i < 1000; ++i) builder.Copied(DType::kF32, {64});
  const Plan plan = builder.plan();
  const MemorySource source(builder.files());
  std::vector<Bytes> buffers(1000, Bytes(256));
  std::vector<char*> files;
  std::vector<OutputExtent> extents;
  for (uint32_t i = 0; i < 1000; ++i) {
    files.push_back(buffers[i].data());
    extents.push_back({i, 0, 256});
  }
  MemorySink sink(files);
  REQUIRE(Move(plan, source, extents, sink, ExecuteOptions()).ok());
  CHECK(source.reads() <= 10);
  for (size_t i = 0; i < 1000; ++i) {
    REQUIRE(buffers[i] == ReferenceTensor(plan, i, source.files()));
  }
}

TEST_CASE("execute: constants are not read from files", "[execute]") {
  PlanBuilder builder;
  Box stored;
  stored.source = builder.Source(DType::kF32, {1000});
  stored.factors = {{1000, 1, 1}};
  Box filler;
  filler.source = 1;
  filler.target_offset = 1000;
  filler.factors = {{24, 0, 1}};
  builder.Tensor(DType::kF32, {1024}, {stored, filler});
  Plan plan = builder.plan();
  plan.constants.push_back({DType::kF32, "1234", "odd"});
  const MemorySource source(builder.files());
  MemoryWriter writer;
  const auto report = Execute(plan, source, writer, ExecuteOptions());
  REQUIRE(report.ok());
  CHECK(report->bytes_read == 4000);
  CHECK(report->bytes_written == 4096);
  CHECK(source.reads() == 1);
  CHECK(writer.Tensor(0) == ReferenceTensor(plan, 0, source.files()));
}

TEST_CASE("execute: a transpose is read about once, in long runs on both sides", "[execute]") {
  PlanBuilder builder;
  builder.Transposed(DType::kBF16, 2048, 4096);
  const Traffic traffic = TrafficOf(builder, 4 << 20);
  CHECK(traffic.bytes_read <= 2 * traffic.bytes_written);
  // Square tiles that fill half the budget have runs of 2 KiB.
  CHECK(traffic.reads <= 16'384);
  CHECK(traffic.writes <= 16'384);
}

TEST_CASE("execute: narrow rows do not make a transpose read more", "[execute]") {
  PlanBuilder builder;
  builder.Transposed(DType::kBF16, 65536, 64);
  const Traffic traffic = TrafficOf(builder, 1 << 20);
  CHECK(traffic.bytes_read == traffic.bytes_written);
  CHECK(traffic.reads + traffic.writes <= 4096);
}

TEST_CASE("execute: matrices joined along their columns are written in long runs", "[execute]") {
  constexpr uint64_t kRows = 1024;
  constexpr uint64_t kColumns = 512;
  PlanBuilder builder;
  std::vector<Box> boxes(2);
  for (uint64_t i = 0; i < 2; ++i) {
    boxes[i].source = builder.Source(DType::kBF16, {kRows, kColumns});
    boxes[i].target_offset = i * kColumns;
    boxes[i].factors = {{kRows, kColumns, 2 * kColumns}, {kColumns, 1, 1}};
  }
  builder.Tensor(DType::kBF16, {kRows, 2 * kColumns}, boxes);
  const Traffic traffic = TrafficOf(builder, 4 << 20);
  CHECK(traffic.bytes_read == traffic.bytes_written);
  CHECK(traffic.writes <= 4);
  CHECK(traffic.reads <= 8);
}

TEST_CASE("execute: interleaved and transposed at once is written in long runs", "[execute]") {
  // gate, up: [f, d] → [d, f, 2]
  constexpr uint64_t kF = 512;
  constexpr uint64_t kD = 512;
  PlanBuilder builder;
  std::vector<Box> boxes(2);
  for (uint64_t i = 0; i < 2; ++i) {
    boxes[i].source = builder.Source(DType::kBF16, {kF, kD});
    boxes[i].target_offset = i;
    boxes[i].factors = {{kD, 1, 2 * kF}, {kF, kD, 2}};
  }
  builder.Tensor(DType::kBF16, {kD, kF, 2}, boxes);
  const Traffic traffic = TrafficOf(builder, 1 << 20);
  CHECK(traffic.bytes_read <= 2 * traffic.bytes_written);
  CHECK(traffic.writes <= 1024);
  CHECK(traffic.reads <= 8192);
}

TEST_CASE("execute: both halves of interleaved pairs are read in one go each", "[execute]") {
  constexpr uint64_t kPairs = 1 << 17;
  PlanBuilder builder;
  Box box;
  box.source = builder.Source(DType::kF32, {kPairs, 2});
  box.factors = {{2, 1, kPairs}, {kPairs, 2, 1}};
  builder.Tensor(DType::kF32, {2, kPairs}, {box});
  const Traffic traffic = TrafficOf(builder, 1 << 20);
  CHECK(traffic.bytes_read <= 2 * traffic.bytes_written);
  CHECK(traffic.reads + traffic.writes <= 64);
}

TEST_CASE("execute: many tiny tensors share their reads and writes", "[execute]") {
  PlanBuilder builder;
  for (int i = 0; i < 10'000; ++i) builder.Copied(DType::kF32, {i % 30});
  const Traffic traffic = TrafficOf(builder, 4 << 20);
  CHECK(traffic.reads <= 16);
  CHECK(traffic.writes <= 16);
}

TEST_CASE("execute: tiny tensors in another order than their sources still share reads",
          "[execute]") {
  constexpr uint32_t kTensors = 4096;
  PlanBuilder builder;
  for (uint32_t i = 0; i < kTensors; ++i) builder.Source(DType::kF32, {16});
  for (uint32_t i = 0; i < kTensors; ++i) {
    Box box;
    box.source = (i * 1001) % kTensors;
    box.factors = {{16, 1, 1}};
    builder.Tensor(DType::kF32, {16}, {box});
  }
  const Traffic traffic = TrafficOf(builder, 4 << 20);
  CHECK(traffic.reads <= 16);
  CHECK(traffic.writes <= 16);
}

TEST_CASE("execute: a cast needs no more than its budget", "[execute]") {
  PlanBuilder builder;
  Box box;
  box.source = builder.Source(DType::kBF16, {1 << 20});
  box.factors = {{1 << 20, 1, 1}};
  builder.Tensor(DType::kF32, {1 << 20}, {box}).source_dtype = DType::kBF16;
  const Traffic traffic = TrafficOf(builder, 1 << 20, 2);
  CHECK(traffic.bytes_read == 2 << 20);
  CHECK(traffic.reads <= 8);
  CHECK(traffic.writes <= 8);
}

}  // namespace
}  // namespace weft::execute
