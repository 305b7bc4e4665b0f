#include "execute/resources.h"

#include <algorithm>
#include <thread>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft::execute {
namespace {

constexpr int kMostThreads = 1024;
constexpr uint64_t kLeastThreadBytes = 1 << 20;

}  // namespace

absl::StatusOr<int> ThreadsOf(int threads) {
  if (threads < 0 || threads > kMostThreads) {
    return ErrorStatus(ErrorCode::kBadArgument, "threads",
                       absl::StrFormat("expected 0 to %d, got %d", kMostThreads, threads));
  }
  if (threads > 0) return threads;
  return static_cast<int>(
      std::clamp(std::thread::hardware_concurrency(), 1u, static_cast<unsigned>(kMostThreads)));
}

absl::StatusOr<ExecuteOptions> ExecuteOptionsOf(
    int threads, uint64_t memory_bytes, const std::function<bool(const Progress&)>& progress,
    const Plan& plan) {
  WEFT_ASSIGN_OR_RETURN(const int wanted, ThreadsOf(threads));
  // More threads than there are tiles would wait for each other's start and do nothing.
  const uint64_t useful = plan.bytes_written / kLeastThreadBytes + 1;
  ExecuteOptions options;
  options.threads = static_cast<int>(std::min(static_cast<uint64_t>(wanted), useful));
  options.job_bytes =
      std::max(memory_bytes / static_cast<uint64_t>(options.threads), kLeastThreadBytes);
  options.progress = progress;
  return options;
}

}  // namespace weft::execute
