#include "execute/monitor.h"

#include <exception>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft::execute {
namespace {

// The caller hears of progress, and can cancel, each time so many bytes were read or written.
constexpr uint64_t kReportBytes = 4 << 20;

// Before every job.
constexpr uint64_t kWholeConversion = 0;

}  // namespace

void Monitor::CountRead(uint64_t bytes) {
  bytes_read_.fetch_add(bytes, std::memory_order_relaxed);
  CountMoved(bytes);
}

void Monitor::CountWritten(uint64_t bytes) {
  bytes_written_.fetch_add(bytes, std::memory_order_relaxed);
  CountMoved(bytes);
}

void Monitor::CountMoved(uint64_t bytes) {
  if (progress_ == nullptr) return;
  if (unreported_.fetch_add(bytes, std::memory_order_relaxed) + bytes < kReportBytes) return;
  // A worker does not wait for another that is reporting: the next one to count does it.
  const std::unique_lock<std::mutex> lock(progress_mutex_, std::try_to_lock);
  if (lock.owns_lock()) CallProgress();
}

// With progress_mutex_ held.
void Monitor::CallProgress() {
  if (first_failed_job_.load(std::memory_order_relaxed) != kNone) return;
  unreported_.store(0, std::memory_order_relaxed);
  try {
    if (!progress_({bytes_written(), bytes_total_})) {
      Fail(kWholeConversion, ErrorStatus(ErrorCode::kCancelled, "conversion", "cancelled"));
    }
  } catch (const std::exception& e) {
    Fail(kWholeConversion,
         ErrorStatus(ErrorCode::kInternal, "progress callback",
                     absl::StrFormat("it threw: %s", e.what()), "return false to cancel"));
  } catch (...) {
    Fail(kWholeConversion,
         ErrorStatus(ErrorCode::kInternal, "progress callback",
                     "it threw what is no std::exception", "return false to cancel"));
  }
}

void Monitor::Fail(uint64_t job, const absl::Status& error) {
  const std::lock_guard<std::mutex> lock(error_mutex_);
  if (job >= first_failed_job_.load(std::memory_order_relaxed)) return;
  first_failed_job_.store(job, std::memory_order_relaxed);
  error_ = error;
}

absl::Status Monitor::Finish() {
  if (progress_ != nullptr) {
    const std::lock_guard<std::mutex> lock(progress_mutex_);
    CallProgress();
  }
  const std::lock_guard<std::mutex> lock(error_mutex_);
  return error_;
}

}  // namespace weft::execute
