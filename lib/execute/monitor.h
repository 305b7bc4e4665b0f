// What the workers of one conversion tell each other and the caller: progress, cancel, errors.
#ifndef WEFT_EXECUTE_MONITOR_H_
#define WEFT_EXECUTE_MONITOR_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <mutex>

#include "absl/status/status.h"
#include "weft/convert.h"

namespace weft::execute {

// Thread-safe. Of several errors the one of the first job counts: jobs are handed out in order and
// those before a failed one are still finished, so it does not depend on timing.
class Monitor {
 public:
  // `progress` may be empty.
  Monitor(uint64_t bytes_total, const std::function<bool(const Progress&)>& progress)
      : bytes_total_(bytes_total), progress_(progress) {}

  // True when the job need not go on: an earlier one failed, or the caller cancelled. Jobs are
  // numbered from 1.
  bool Stops(uint64_t job) const { return job > first_failed_job_.load(std::memory_order_relaxed); }

  // Each may call `progress`.
  void CountRead(uint64_t bytes);
  void CountWritten(uint64_t bytes);

  // Of the bytes read, some that nothing needs.
  void CountGap(uint64_t bytes) { gap_bytes_.fetch_add(bytes, std::memory_order_relaxed); }

  void Fail(uint64_t job, const absl::Status& error);

  // Calls `progress` for the last time, and returns the first error.
  absl::Status Finish();

  uint64_t bytes_read() const { return bytes_read_.load(std::memory_order_relaxed); }
  uint64_t gap_bytes() const { return gap_bytes_.load(std::memory_order_relaxed); }
  uint64_t bytes_written() const { return bytes_written_.load(std::memory_order_relaxed); }

 private:
  static constexpr uint64_t kNone = std::numeric_limits<uint64_t>::max();

  void CountMoved(uint64_t bytes);
  void CallProgress();

  const uint64_t bytes_total_;
  const std::function<bool(const Progress&)>& progress_;

  std::atomic<uint64_t> bytes_read_{0};
  std::atomic<uint64_t> gap_bytes_{0};
  std::atomic<uint64_t> bytes_written_{0};
  std::atomic<uint64_t> unreported_{0};  // bytes read and written since the last call of progress_
  std::atomic<uint64_t> first_failed_job_{kNone};

  std::mutex error_mutex_;
  absl::Status error_;  // of first_failed_job_

  std::mutex progress_mutex_;  // held while progress_ runs
};

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_MONITOR_H_
