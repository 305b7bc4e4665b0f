#include "execute/check.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "execute/arena.h"
#include "execute/element_text.h"
#include "execute/monitor.h"
#include "execute/plan_source.h"
#include "execute/range.h"
#include "execute/threads.h"
#include "plan/box_range.h"
#include "plan/view.h"

namespace weft::execute {
namespace {

// Compared at once: long enough that a strided side is read in long runs.
constexpr uint64_t kMostBatchBytes = 8 << 20;
constexpr size_t kMostRanges = 256;

// Any range of so many elements is whole bytes.
constexpr uint64_t kGranule = 8;
constexpr uint64_t kLeastBatchBytes = kGranule * 8;

uint64_t BytesOf(DType dtype, uint64_t elements) {
  return elements * static_cast<uint64_t>(BitsOf(dtype)) / 8;
}

bool SameBoxes(const std::vector<Box>& a, const std::vector<Box>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Box& x, const Box& y) {
    return x.source == y.source && x.source_offset == y.source_offset &&
           x.target_offset == y.target_offset && x.factors == y.factors;
  });
}

// True when both sides are the same elements, however they are written.
bool HoldsBySymbols(const Check& check) {
  if (SameBoxes(check.found, check.expected)) return true;
  std::vector<Box> found = check.found;
  std::vector<Box> expected = check.expected;
  Coalesce(found);
  Coalesce(expected);
  return SameBoxes(found, expected);
}

struct Range {
  size_t check = 0;
  uint64_t begin = 0;
  uint64_t elements = 0;
};

// What one worker compares at once.
struct Batch {
  uint64_t number = 0;  // from 1 on
  std::vector<Range> ranges;
};

struct Difference {
  uint64_t element = 0;
  uint64_t found_bits = 0;
  uint64_t expected_bits = 0;
};

// Hands out the ranges of all checks in order, and keeps what they showed. Thread-safe.
class Ledger {
 public:
  // Batches have at most `batch_bytes` a side.
  Ledger(const std::vector<Check>& checks, uint64_t batch_bytes)
      : checks_(checks), batch_bytes_(batch_bytes), differences_(checks.size()) {}

  // False when there is nothing more to compare.
  bool Next(Batch& batch) {
    const std::lock_guard<std::mutex> lock(mutex_);
    batch.ranges.clear();
    uint64_t left_bytes = batch_bytes_;
    while (batch.ranges.size() < kMostRanges && StepToRange()) {
      const Check& check = checks_[next_check_];
      const uint64_t granules = left_bytes / BytesOf(check.dtype, kGranule);
      if (granules == 0) break;
      const uint64_t elements = std::min(granules * kGranule, check.elements - next_element_);
      batch.ranges.push_back({next_check_, next_element_, elements});
      left_bytes -= BytesOf(check.dtype, elements);
      next_element_ += elements;
    }
    batch.number = ++batches_;
    return !batch.ranges.empty();
  }

  void Add(size_t check, const Difference& difference) {
    const std::lock_guard<std::mutex> lock(mutex_);
    std::optional<Difference>& first = differences_[check];
    if (!first || difference.element < first->element) first = difference;
  }

  absl::Status ToStatus() const {
    Diagnostics diagnostics;
    for (size_t i = 0; i < checks_.size(); ++i) {
      const std::optional<Difference>& difference = differences_[i];
      if (!difference) continue;
      const Check& check = checks_[i];
      diagnostics.Add(ErrorCode::kValuesDiffer, check.where,
                      absl::StrFormat("%s; element %d is %s, expected %s", check.what,
                                      check.first_element + difference->element,
                                      ElementText(check.dtype, difference->found_bits),
                                      ElementText(check.dtype, difference->expected_bits)));
    }
    return diagnostics.ToStatus();
  }

 private:
  // Steps over checks that are done, known to have failed, or true without reading.
  bool StepToRange() {
    while (next_check_ < checks_.size()) {
      const Check& check = checks_[next_check_];
      const bool done = next_element_ == check.elements || differences_[next_check_] ||
                        (next_element_ == 0 && HoldsBySymbols(check));
      if (!done) return true;
      ++next_check_;
      next_element_ = 0;
    }
    return false;
  }

  const std::vector<Check>& checks_;
  const uint64_t batch_bytes_;

  std::mutex mutex_;
  uint64_t batches_ = 0;
  size_t next_check_ = 0;
  uint64_t next_element_ = 0;
  std::vector<std::optional<Difference>> differences_;  // the first of each check
};

// One thread's share of the work.
class Comparer {
 public:
  Comparer(const std::vector<Check>& checks, const PlanSource& source, uint64_t batch_bytes,
           uint64_t scratch_bytes)
      : checks_(checks),
        source_(source),
        found_(new(std::nothrow) char[batch_bytes]),
        expected_(new(std::nothrow) char[batch_bytes]),
        scratch_(scratch_bytes) {}

  bool has_memory() const {
    return found_ != nullptr && expected_ != nullptr && scratch_.capacity() > 0;
  }

  void Run(Ledger& ledger, Monitor& monitor) {
    Batch batch;
    try {
      while (ledger.Next(batch) && !monitor.Stops(batch.number)) {
        const absl::Status status = Compare(batch, ledger, monitor);
        if (!status.ok()) return monitor.Fail(batch.number, status);
      }
    } catch (const std::bad_alloc&) {
      // An exception must not leave its thread.
      monitor.Fail(batch.number, NoMemory());
    }
  }

 private:
  absl::Status Compare(const Batch& batch, Ledger& ledger, Monitor& monitor) {
    parts_.clear();
    buffers_.clear();
    char* found = found_.get();
    char* expected = expected_.get();
    for (const Range& range : batch.ranges) {
      const Check& check = checks_[range.check];
      AddPart(check, check.found, range, found);
      AddPart(check, check.expected, range, expected);
      found += BytesOf(check.dtype, range.elements);
      expected += BytesOf(check.dtype, range.elements);
    }
    WEFT_RETURN_IF_ERROR(GatherParts(parts_, buffers_, source_, batch.number, scratch_, monitor));
    for (size_t i = 0; i < batch.ranges.size(); ++i) {
      CompareRange(batch.ranges[i], buffers_[2 * i], buffers_[2 * i + 1], ledger);
    }
    return absl::OkStatus();
  }

  void AddPart(const Check& check, const std::vector<Box>& boxes, const Range& range,
               char* buffer) {
    PlannedTensor& part = parts_.emplace_back();
    part.dtype = check.dtype;
    part.source_dtype = check.dtype;
    part.shape = {static_cast<int64_t>(range.elements)};
    part.boxes = BoxesOfRange(boxes, range.begin, range.elements);
    buffers_.push_back(buffer);
  }

  void CompareRange(const Range& range, const char* found, const char* expected, Ledger& ledger) {
    const DType dtype = checks_[range.check].dtype;
    const uint64_t bytes = BytesOf(dtype, range.elements);
    if (std::memcmp(found, expected, bytes) == 0) return;
    const auto at =
        static_cast<uint64_t>(std::mismatch(found, found + bytes, expected).first - found);
    // Of a dtype below a byte, the element may begin a byte before.
    uint64_t element = at * 8 / static_cast<uint64_t>(BitsOf(dtype));
    while (BitsAt(dtype, found, element) == BitsAt(dtype, expected, element)) ++element;
    ledger.Add(range.check, {range.begin + element, BitsAt(dtype, found, element),
                             BitsAt(dtype, expected, element)});
  }

  const std::vector<Check>& checks_;
  const PlanSource& source_;
  std::unique_ptr<char[]> found_;
  std::unique_ptr<char[]> expected_;
  Arena scratch_;
  std::vector<PlannedTensor> parts_;
  std::vector<char*> buffers_;
};

}  // namespace

absl::StatusOr<uint64_t> RunChecks(const Plan& plan, const ByteSource& source,
                                   const ExecuteOptions& options) {
  if (plan.checks.empty()) return 0;
  const uint64_t batch_bytes = std::clamp(options.job_bytes / 4, kLeastBatchBytes, kMostBatchBytes);
  const uint64_t scratch_bytes = std::max(options.job_bytes / 2, kLeastJobBytes);

  const PlanSource plan_source(plan, source);
  std::function<bool(const Progress&)> progress;
  if (options.progress != nullptr) {
    progress = [&](const Progress&) { return options.progress({0, plan.bytes_written}); };
  }
  Monitor monitor(0, progress);
  Ledger ledger(plan.checks, batch_bytes);
  std::vector<std::unique_ptr<Comparer>> comparers;
  for (int i = 0; i < options.threads; ++i) {
    auto comparer =
        std::make_unique<Comparer>(plan.checks, plan_source, batch_bytes, scratch_bytes);
    if (!comparer->has_memory()) break;
    comparers.push_back(std::move(comparer));
  }
  if (comparers.empty()) return NoMemory();
  OnThreads(static_cast<int>(comparers.size()),
            [&](int i) { comparers[static_cast<size_t>(i)]->Run(ledger, monitor); });
  WEFT_RETURN_IF_ERROR(monitor.Finish());
  WEFT_RETURN_IF_ERROR(ledger.ToStatus());
  return monitor.bytes_read();
}

}  // namespace weft::execute
