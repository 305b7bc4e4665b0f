// The ways to read: the same bytes from each, and what the system copies by itself.
#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "execute/byte_box.h"
#include "execute/execute.h"
#include "execute/files_on_disk.h"
#include "execute/plan_builder.h"
#include "execute/random_plan.h"
#include "execute/reference.h"
#include "io/error_of.h"
#include "weft/load.h"

namespace weft::execute {
namespace {

constexpr Io kWays[] = {Io::kAuto, Io::kPread, Io::kMmap, Io::kDirect};

uint64_t Number(std::mt19937_64& random, uint64_t least, uint64_t most) {
  return std::uniform_int_distribution<uint64_t>(least, most)(random);
}

ExecuteOptions RandomOptions(std::mt19937_64& random) {
  ExecuteOptions options;
  options.threads = static_cast<int>(Number(random, 1, 3));
  options.job_bytes = Number(random, 0, 1) == 0 ? kLeastJobBytes : Number(random, 512, 65536);
  options.range_bytes = Number(random, 1, 200);
  return options;
}

void CheckWritten(const RandomPlan& made, const MemoryWriter& writer) {
  CHECK(writer.WroteEachByteOnce());
  for (size_t i = 0; i < made.plan.tensors.size(); ++i) {
    CAPTURE(i);
    REQUIRE(SameTensor(made.plan.tensors[i], writer.Tensor(i),
                       ReferenceTensor(made.plan, i, made.files)));
  }
}

TEST_CASE("io: random plans give the same, however their files are read", "[execute]") {
  for (uint64_t seed = 300'001; seed <= 301'000; ++seed) {
    std::mt19937_64 random(seed);
    const RandomPlan made = MakeRandomPlan(random, seed % 20 == 0 ? 20'000 : 500);
    const FilesOnDisk files(made.files);
    for (const Io io : kWays) {
      const ExecuteOptions options = RandomOptions(random);
      CAPTURE(seed, static_cast<int>(io), options.threads, options.job_bytes, options.range_bytes);
      MemoryWriter writer({Number(random, 0, 9), Number(random, 0, 5), Number(random, 1, 5),
                           Number(random, 0, 1) == 1});
      // Now and then the system stops in the middle.
      writer.CopyAtMost(Number(random, 0, 2) == 0 ? Number(random, 0, 3000)
                                                  : std::numeric_limits<uint64_t>::max());
      const auto report = Execute(made.plan, *files.Open(io), writer, options);
      INFO(report.status());
      REQUIRE(report.ok());
      CHECK(report->buffer_bytes <= options.job_bytes * static_cast<uint64_t>(options.threads));
      CheckWritten(made, writer);
      if (io != Io::kAuto) CHECK(writer.copied() == 0);
    }
  }
}

TEST_CASE("io: random plans fill memory with the same, however their files are read", "[execute]") {
  for (uint64_t seed = 400'001; seed <= 400'500; ++seed) {
    std::mt19937_64 random(seed);
    const RandomPlan made = MakeRandomPlan(random, seed % 20 == 0 ? 20'000 : 500);
    REQUIRE(CheckBoxes(made.plan).ok());
    const FilesOnDisk files(made.files);
    for (const Io io : kWays) {
      CAPTURE(seed, static_cast<int>(io));
      std::vector<Bytes> buffers;
      std::vector<OutputExtent> extents;
      std::vector<char*> addresses;
      for (const PlannedTensor& tensor : made.plan.tensors) {
        const auto bits = static_cast<uint64_t>(BitsOf(tensor.dtype));
        buffers.emplace_back(ElementsOf(tensor.shape) * bits / 8);
        extents.push_back({static_cast<uint32_t>(extents.size()), 0, buffers.back().size()});
        addresses.push_back(buffers.back().data());
      }
      MemorySink sink(addresses);
      const auto report = Move(made.plan, *files.Open(io), extents, sink, RandomOptions(random));
      INFO(report.status());
      REQUIRE(report.ok());
      for (size_t i = 0; i < buffers.size(); ++i) {
        REQUIRE(SameTensor(made.plan.tensors[i], buffers[i],
                           ReferenceTensor(made.plan, i, made.files)));
      }
    }
  }
}

TEST_CASE("io: what is cast into memory is cast out of the mapping, without a buffer",
          "[execute]") {
  PlanBuilder builder;
  Box box;
  box.source = builder.Source(DType::kBF16, {3'000'000});
  box.factors = {{3'000'000, 1, 1}};
  builder.Tensor(DType::kF32, {3'000'000}, {box}).source_dtype = DType::kBF16;
  const Plan plan = builder.plan();
  const FilesOnDisk files(builder.files());
  for (const bool maps : {false, true}) {
    Bytes buffer(12'000'000);
    MemorySink sink({buffer.data()});
    const auto report = Move(plan, *files.Open(maps ? Io::kMmap : Io::kPread),
                             {{0, 0, buffer.size()}}, sink, ExecuteOptions());
    REQUIRE(report.ok());
    CHECK(report->bytes_read == 6'000'000);
    CHECK((report->buffer_bytes == 0) == maps);
    CHECK(SameTensor(plan.tensors[0], buffer, ReferenceTensor(plan, 0, builder.files())));
  }
}

// Two long ranges with something between them that is none. In the order of the sources, so that
// all of them lie at the same place of a block on both sides after headers of as many bytes.
PlanBuilder Ranges() {
  PlanBuilder builder;
  builder.Copied(DType::kU8, {9'000'001});
  builder.Transposed(DType::kU8, 100, 100);
  builder.Copied(DType::kF32, {2'000'000});
  builder.Copied(DType::kF32, {10});
  return builder;
}

constexpr Placement kSamePlaces = {/*header_bytes=*/0, /*gap_bytes=*/0};

constexpr uint64_t kRangeBytes = 9'000'001 + 8'000'000;
constexpr uint64_t kAllBytes = kRangeBytes + 10'000 + 40;

TEST_CASE("io: long contiguous ranges are left to the system, and nothing else", "[execute]") {
  const PlanBuilder builder = Ranges();
  const FilesOnDisk files(builder.files());
  for (const int threads : {1, 3}) {
    ExecuteOptions options;
    options.threads = threads;
    MemoryWriter writer(kSamePlaces);
    writer.CopyAtMost(kAllBytes);
    const auto report = Execute(builder.plan(), *files.Open(Io::kAuto), writer, options);
    REQUIRE(report.ok());
    CHECK(writer.copied() == kRangeBytes);
    CHECK(writer.WroteEachByteOnce());
    CHECK(report->bytes_written == kAllBytes);
    CHECK(report->bytes_read == kAllBytes);
    CHECK(report->buffer_bytes < 100'000);
    CHECK(writer.writes() <= 2);
  }
}

TEST_CASE("io: what the system does not copy is read and written", "[execute]") {
  const PlanBuilder builder = Ranges();
  const Plan plan = builder.plan();
  const FilesOnDisk files(builder.files());
  const auto source = files.Open(Io::kAuto);
  std::vector<Bytes> expected;
  for (size_t i = 0; i < plan.tensors.size(); ++i) {
    expected.push_back(ReferenceTensor(plan, i, builder.files()));
  }
  for (const uint64_t most :
       std::vector<uint64_t>{0, 1, 4095, 4'194'304, 4'194'305, 8'500'000, 16'999'999}) {
    for (const int threads : {1, 2}) {
      CAPTURE(most, threads);
      ExecuteOptions options;
      options.threads = threads;
      options.job_bytes = 100'000;
      MemoryWriter writer(kSamePlaces);
      writer.CopyAtMost(most);
      const auto report = Execute(plan, *source, writer, options);
      REQUIRE(report.ok());
      CHECK(writer.copied() == most);
      CHECK(report->bytes_written == kAllBytes);
      CHECK(report->buffer_bytes <= 100'000 * static_cast<uint64_t>(threads));
      CHECK(writer.WroteEachByteOnce());
      for (size_t i = 0; i < expected.size(); ++i) CHECK((writer.Tensor(i) == expected[i]));
    }
  }
}

TEST_CASE("io: when the system stops copying, the reason is that of the read or write",
          "[execute]") {
  const PlanBuilder builder = Ranges();
  const FilesOnDisk files(builder.files());
  MemoryWriter full(kSamePlaces);
  full.CopyAtMost(5'000'000);
  full.FailFrom(1);
  CHECK(ErrorNameOf(Execute(builder.plan(), *files.Open(Io::kAuto), full, {})) == "CANNOT_WRITE");
  for (const Io io : kWays) {
    CAPTURE(static_cast<int>(io));
    const auto source = files.Open(io);
    std::filesystem::resize_file(files.PathOf(0), 7'000'000);
    MemoryWriter cut(kSamePlaces);
    cut.CopyAtMost(kAllBytes);
    CHECK(ErrorNameOf(Execute(builder.plan(), *source, cut, {})) == "INPUT_CHANGED");
    // Zeros, in place of what was cut off: opened for the next way.
    std::filesystem::resize_file(files.PathOf(0), kAllBytes);
  }
}

TEST_CASE("io: copies by the system can be cancelled every few MiB", "[execute]") {
  const PlanBuilder builder = Ranges();
  const FilesOnDisk files(builder.files());
  const auto source = files.Open(Io::kAuto);
  for (const int threads : {1, 2}) {
    for (int n = 1; n <= 3; ++n) {
      CAPTURE(threads, n);
      MemoryWriter writer(kSamePlaces);
      writer.CopyAtMost(kAllBytes);
      int calls = 0;
      ExecuteOptions options;
      options.threads = threads;
      options.progress = [&](const Progress&) { return ++calls < n; };
      CHECK(ErrorNameOf(Execute(builder.plan(), *source, writer, options)) == "CANCELLED");
      CHECK(calls == n);
      CHECK(writer.copied() <= static_cast<uint64_t>(n + threads) * (4 << 20));
      CHECK_FALSE(writer.finished());
    }
  }
}

// Notes what the system is asked to copy, and has it done.
class AskedSink final : public ByteSink {
 public:
  struct Asked {
    uint64_t source_offset = 0;
    uint64_t offset = 0;
    uint64_t size = 0;
  };

  absl::Status WriteAt(uint32_t, uint64_t, const char*, uint64_t) override {
    return absl::OkStatus();
  }
  uint64_t CopyAt(uint32_t, uint64_t offset, const InputFile&, uint64_t source_offset,
                  uint64_t size) override {
    asked.push_back({source_offset, offset, size});
    return size;
  }

  std::vector<Asked> asked;
};

TEST_CASE("io: whole blocks that can be shared are asked for as such, and nothing else",
          "[execute]") {
  PlanBuilder builder;
  builder.Source(DType::kU8, {5000});
  builder.Copied(DType::kU8, {20'000'000});
  const FilesOnDisk files(builder.files());
  const auto source = files.Open(Io::kAuto);
  const Plan plan = builder.plan();
  AskedSink shared;
  // 5000 and 904 are the same place of a block.
  REQUIRE(Move(plan, *source, {{0, 904, 20'000'000}}, shared, ExecuteOptions{}).ok());
  uint64_t copied = 0;
  uint64_t whole = 0;
  for (const AskedSink::Asked& asked : shared.asked) {
    copied += asked.size;
    CHECK(asked.source_offset % 4096 == asked.offset % 4096);
    if (asked.source_offset % 4096 == 0) whole += asked.size / 4096 * 4096;
  }
  CHECK(copied == 20'000'000);
  // Three pieces begin and end inside of a block.
  CHECK(whole >= 20'000'000 - 6 * 4096);

  AskedSink apart;
  REQUIRE(Move(plan, *source, {{0, 905, 20'000'000}}, apart, ExecuteOptions{}).ok());
  CHECK(apart.asked.empty());
}

}  // namespace
}  // namespace weft::execute
