// What goes wrong in the middle: the caller cancels, a read or a write fails.
#include <catch2/catch.hpp>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "diagnostic/status.h"
#include "execute/execute.h"
#include "execute/plan_builder.h"

namespace weft::execute {
namespace {

// Some of everything: about 14 MiB at scale 8, 220 KiB at scale 1.
PlanBuilder Mixture(uint64_t scale) {
  PlanBuilder builder;
  for (int64_t size = 0; size < 1000; size += 10) builder.Copied(DType::kU8, {size});
  builder.Transposed(DType::kBF16, scale * 128, scale * 256);
  builder.Copied(DType::kF32, {static_cast<int64_t>(scale * scale * 16384)});
  builder.Transposed(DType::kU8, scale * 400, scale * 250);
  return builder;
}

ErrorCode CodeOf(const absl::Status& status) {
  const std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
  REQUIRE(diagnostics.size() == 1);
  return diagnostics[0].code;
}

TEST_CASE("execute: a failing read ends the conversion with its error", "[execute]") {
  const PlanBuilder builder = Mixture(1);
  const Plan plan = builder.plan();
  MemorySource source(builder.files());
  ExecuteOptions options;
  options.job_bytes = 8 << 10;
  MemoryWriter whole;
  REQUIRE(Execute(plan, source, whole, options).ok());
  const uint64_t reads = source.reads();
  REQUIRE(reads > 100);
  for (const int threads : {1, 2, 4}) {
    options.threads = threads;
    for (uint64_t n = 1; n <= reads; n += 1 + n / 64) {
      CAPTURE(threads, n);
      source.FailFrom(n);
      MemoryWriter writer;
      const absl::Status status = Execute(plan, source, writer, options).status();
      CHECK(CodeOf(status) == ErrorCode::kCannotRead);
      CHECK_FALSE(writer.finished());
      // One more for each thread that was at work.
      CHECK(source.reads() < n + static_cast<uint64_t>(threads));
    }
  }
}

TEST_CASE("execute: a failing write ends the conversion with its error", "[execute]") {
  const PlanBuilder builder = Mixture(1);
  const Plan plan = builder.plan();
  const MemorySource source(builder.files());
  ExecuteOptions options;
  options.job_bytes = 8 << 10;
  MemoryWriter whole;
  REQUIRE(Execute(plan, source, whole, options).ok());
  REQUIRE(whole.writes() > 100);
  for (const int threads : {1, 2, 4}) {
    options.threads = threads;
    for (uint64_t n = 1; n <= whole.writes(); n += 1 + n / 64) {
      CAPTURE(threads, n);
      MemoryWriter writer;
      writer.FailFrom(n);
      const absl::Status status = Execute(plan, source, writer, options).status();
      CHECK(CodeOf(status) == ErrorCode::kCannotWrite);
      CHECK_FALSE(writer.finished());
      CHECK(writer.writes() < n + static_cast<uint64_t>(threads));
    }
  }
}

// A source in which one tensor cannot be read, whoever asks when.
class DamagedSource : public ByteSource {
 public:
  DamagedSource(const MemorySource& source, std::vector<uint64_t> damaged)
      : source_(source), damaged_(std::move(damaged)) {}

  absl::Status ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes,
                      char* out) const override {
    for (const uint64_t at : damaged_) {
      if (offset_bytes <= at && at < offset_bytes + size_bytes) {
        return ErrorStatus(ErrorCode::kCannotRead, "disk", "damaged at " + std::to_string(at));
      }
    }
    return source_.ReadAt(file, offset_bytes, size_bytes, out);
  }

 private:
  const MemorySource& source_;
  const std::vector<uint64_t> damaged_;
};

TEST_CASE("execute: of several errors the first in the output is told, for any threads",
          "[execute]") {
  const PlanBuilder builder = Mixture(8);
  const Plan plan = builder.plan();
  const MemorySource whole(builder.files());
  const uint64_t first = plan.catalog->tensors[100].offset_bytes + 100'000;
  const uint64_t second = plan.catalog->tensors[101].offset_bytes + 100'000;
  const uint64_t third = plan.catalog->tensors[101].offset_bytes + 2'000'000;
  const DamagedSource source(whole, {third, first, second});
  for (int run = 0; run < 50; ++run) {
    MemoryWriter writer;
    ExecuteOptions options;
    options.threads = 1 + run % 4;
    options.job_bytes = 64 << 10;
    const absl::Status status = Execute(plan, source, writer, options).status();
    REQUIRE(CodeOf(status) == ErrorCode::kCannotRead);
    REQUIRE(DiagnosticsOf(status)[0].what == "damaged at " + std::to_string(first));
  }
}

TEST_CASE("execute: the caller can cancel at every call of progress", "[execute]") {
  const PlanBuilder builder = Mixture(8);
  const Plan plan = builder.plan();
  const MemorySource source(builder.files());
  int calls = 0;
  ExecuteOptions options;
  options.progress = [&](const Progress&) {
    ++calls;
    return true;
  };
  MemoryWriter whole;
  REQUIRE(Execute(plan, source, whole, options).ok());
  // Reading and writing 14 MiB, every 4 MiB and at the end.
  const int all_calls = calls;
  REQUIRE(all_calls >= 6);
  for (const int threads : {1, 2, 4}) {
    options.threads = threads;
    for (int n = 1; n < all_calls - threads; ++n) {
      CAPTURE(threads, n);
      calls = 0;
      options.progress = [&](const Progress&) { return ++calls < n; };
      MemoryWriter writer;
      const absl::Status status = Execute(plan, source, writer, options).status();
      CHECK(CodeOf(status) == ErrorCode::kCancelled);
      CHECK(status.code() == absl::StatusCode::kCancelled);
      CHECK(calls == n);
      CHECK_FALSE(writer.finished());
    }
  }
}

TEST_CASE("execute: after a cancel no more than a step is moved", "[execute]") {
  PlanBuilder builder;
  builder.Transposed(DType::kF32, 2048, 2048);
  const Plan plan = builder.plan();
  const MemorySource source(builder.files());
  MemoryWriter writer;
  ExecuteOptions options;
  options.progress = [](const Progress&) { return false; };
  CHECK(CodeOf(Execute(plan, source, writer, options).status()) == ErrorCode::kCancelled);
  // The one tile of 16 MiB was not read to its end.
  CHECK(writer.writes() == 0);
}

TEST_CASE("execute: progress ends at the total", "[execute]") {
  const PlanBuilder builder = Mixture(8);
  const Plan plan = builder.plan();
  const MemorySource source(builder.files());
  for (const int threads : {1, 3}) {
    MemoryWriter writer;
    ExecuteOptions options;
    options.threads = threads;
    Progress last;
    options.progress = [&](const Progress& progress) {
      last = progress;
      return true;
    };
    REQUIRE(Execute(plan, source, writer, options).ok());
    CHECK(last.bytes_total > 14'000'000);
    CHECK(last.bytes_done == last.bytes_total);
  }
}

TEST_CASE("execute: an exception from the callback becomes an error", "[execute]") {
  const PlanBuilder builder = Mixture(8);
  const Plan plan = builder.plan();
  const MemorySource source(builder.files());
  for (const int threads : {1, 4}) {
    MemoryWriter writer;
    ExecuteOptions options;
    options.threads = threads;
    options.progress = [](const Progress&) -> bool { throw std::runtime_error("out of ink"); };
    absl::Status status = Execute(plan, source, writer, options).status();
    CHECK(CodeOf(status) == ErrorCode::kInternal);
    CHECK(DiagnosticsOf(status)[0].what == "it threw: out of ink");
    MemoryWriter another;
    options.progress = [](const Progress&) -> bool { throw 7; };
    status = Execute(plan, source, another, options).status();
    CHECK(CodeOf(status) == ErrorCode::kInternal);
  }
}

}  // namespace
}  // namespace weft::execute
