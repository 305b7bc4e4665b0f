#include <algorithm>
#include <catch2/catch.hpp>
#include <random>
#include <vector>

#include "execute/byte_box.h"
#include "execute/execute.h"
#include "execute/random_plan.h"
#include "execute/reference.h"

namespace weft::execute {
namespace {

// Runs the plan with random options and compares every tensor.
void CheckPlanRuns(std::mt19937_64& random, const RandomPlan& made) {
  const auto number = [&](uint64_t least, uint64_t most) {
    return std::uniform_int_distribution<uint64_t>(least, most)(random);
  };
  const uint64_t budgets[] = {kLeastJobBytes, number(kLeastJobBytes, 4096), number(4096, 65536),
                              1 << 20};
  ExecuteOptions options;
  options.threads = static_cast<int>(number(1, 4));
  options.job_bytes = budgets[number(0, 3)];
  uint64_t last_done = 0;
  options.progress = [&](const Progress& progress) {
    CHECK(progress.bytes_done >= last_done);
    CHECK(progress.bytes_done <= progress.bytes_total);
    last_done = progress.bytes_done;
    return true;
  };
  Placement placement;
  placement.header_bytes = number(0, 9);
  placement.gap_bytes = number(0, 3) == 0 ? number(1, 5) : 0;
  placement.tensors_per_file = number(1, 5);
  placement.backwards = number(0, 1) == 1;
  CAPTURE(options.threads, options.job_bytes);

  const MemorySource source(made.files);
  MemoryWriter writer(placement);
  const absl::StatusOr<ExecuteReport> report = Execute(made.plan, source, writer, options);
  INFO(report.status());
  REQUIRE(report.ok());
  CHECK(report->buffer_bytes <= options.job_bytes * static_cast<uint64_t>(options.threads));
  CHECK(report->bytes_written == last_done);
  CHECK(writer.WroteEachByteOnce());
  CHECK_FALSE(writer.finished());
  for (size_t i = 0; i < made.plan.tensors.size(); ++i) {
    CAPTURE(i);
    REQUIRE(SameTensor(made.plan.tensors[i], writer.Tensor(i),
                       ReferenceTensor(made.plan, i, made.files)));
  }
}

// The same into memory, some tensors left out.
void CheckPlanFillsMemory(std::mt19937_64& random, const RandomPlan& made) {
  const auto number = [&](uint64_t least, uint64_t most) {
    return std::uniform_int_distribution<uint64_t>(least, most)(random);
  };
  REQUIRE(CheckBoxes(made.plan).ok());
  ExecuteOptions options;
  options.threads = static_cast<int>(number(1, 4));
  options.job_bytes = number(0, 1) == 0 ? kLeastJobBytes : number(kLeastJobBytes, 65536);
  constexpr char kUntouched = '\x5a';
  constexpr uint64_t kMargin = 16;
  std::vector<Bytes> buffers;
  std::vector<OutputExtent> extents;
  std::vector<char*> files;
  uint64_t bytes = 0;
  for (size_t i = 0; i < made.plan.tensors.size(); ++i) {
    const PlannedTensor& tensor = made.plan.tensors[i];
    const uint64_t size =
        ElementsOf(tensor.shape) * static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8;
    const bool wanted = number(0, 4) > 0;
    extents.push_back({static_cast<uint32_t>(i), 0, wanted ? size : 0});
    bytes += extents.back().size_bytes;
    buffers.emplace_back(size + 2 * kMargin, kUntouched);
    files.push_back(buffers.back().data() + kMargin);
  }
  const MemorySource source(made.files);
  MemorySink sink(files);
  const absl::StatusOr<ExecuteReport> report = Move(made.plan, source, extents, sink, options);
  INFO(report.status());
  REQUIRE(report.ok());
  CHECK(report->buffer_bytes <= options.job_bytes * static_cast<uint64_t>(options.threads));
  CHECK(report->bytes_written == bytes);
  for (size_t i = 0; i < made.plan.tensors.size(); ++i) {
    CAPTURE(i);
    const Bytes& buffer = buffers[i];
    const auto end = buffer.end() - static_cast<std::ptrdiff_t>(kMargin);
    const Bytes tensor(buffer.begin() + static_cast<std::ptrdiff_t>(kMargin), end);
    if (extents[i].size_bytes > 0) {
      REQUIRE(SameTensor(made.plan.tensors[i], tensor, ReferenceTensor(made.plan, i, made.files)));
    } else {
      REQUIRE(tensor == Bytes(tensor.size(), kUntouched));
    }
    const Bytes margin(kMargin, kUntouched);
    REQUIRE(std::equal(margin.begin(), margin.end(), buffer.begin()));
    REQUIRE(std::equal(margin.begin(), margin.end(), end));
  }
}

TEST_CASE("execute: random plans give what the reference gives", "[execute]") {
  for (uint64_t seed = 1; seed <= 6000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    CheckPlanRuns(random, MakeRandomPlan(random, 500));
  }
}

TEST_CASE("execute: random plans fill memory with what the reference gives", "[execute]") {
  for (uint64_t seed = 200'001; seed <= 204'000; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    CheckPlanFillsMemory(random, MakeRandomPlan(random, seed % 20 == 0 ? 20'000 : 500));
  }
}

TEST_CASE("execute: larger random plans give what the reference gives", "[execute]") {
  for (uint64_t seed = 100'001; seed <= 100'150; ++seed) {
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    CheckPlanRuns(random, MakeRandomPlan(random, 20'000));
  }
}

}  // namespace
}  // namespace weft::execute
