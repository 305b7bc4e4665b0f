// Where jobs end in memory.
#include "execute/job_queue.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "execute/plan_builder.h"
#include "io/memory_block.h"

namespace weft::execute {
namespace {

constexpr uint64_t kPlacedBytes = 4 * kHugePageBytes;

uint64_t BytesOf(const Piece& piece) { return LayoutOf(*piece.group, piece.sizes).bytes; }

// Where the piece begins, behind the start of its tensor.
uint64_t OffsetOf(const Piece& piece) {
  return piece.group->target_offset + piece.begin[0] * AxisOf(*piece.group, 0).target_stride;
}

TEST_CASE("jobs: what is put into memory one behind another is divided where huge pages end",
          "[execute]") {
  PlanBuilder builder;
  std::vector<OutputExtent> extents;
  uint64_t total_bytes = 0;
  for (const int64_t elements : {7'000'001, 1'000, 3, 5'000'000, 9'999'999}) {
    builder.Copied(DType::kU16, {elements});
    extents.push_back(
        {static_cast<uint32_t>(extents.size()), 0, 2 * static_cast<uint64_t>(elements)});
    total_bytes += extents.back().size_bytes;
  }
  const auto block = NewMemoryBlock(total_bytes);
  REQUIRE(block.ok());
  std::vector<char*> addresses;
  char* next = block->get();
  for (const OutputExtent& extent : extents) {
    addresses.push_back(next);
    next += extent.size_bytes;
  }
  const MemorySink sink(addresses);
  const Plan plan = builder.plan();
  const MemorySource files(builder.files());
  const PlanSource source(plan, files);
  JobQueue queue(plan.tensors, extents, source, sink, kPlacedBytes, /*job_bytes=*/32 << 20,
                 /*range_bytes=*/0);
  uint64_t placed_bytes = 0;
  uint64_t jobs = 0;
  for (Job job; queue.Next(job); ++jobs) {
    uint64_t job_bytes = 0;
    for (const Piece& piece : job.pieces) {
      // All bytes, in their order.
      CHECK(addresses[piece.group->target_file] + OffsetOf(piece) == block->get() + placed_bytes);
      placed_bytes += BytesOf(piece);
      job_bytes += BytesOf(piece);
    }
    CHECK(job_bytes < kPlacedBytes + 2 * kHugePageBytes);
    if (placed_bytes == total_bytes) continue;
    CHECK(job_bytes >= kPlacedBytes);
    CHECK(reinterpret_cast<uintptr_t>(block->get() + placed_bytes) % kHugePageBytes < 2);
  }
  CHECK(placed_bytes == total_bytes);
  CHECK(jobs > 3);
}

}  // namespace
}  // namespace weft::execute
