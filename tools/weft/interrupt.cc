#include "interrupt.h"

#include <atomic>
#include <csignal>

#include "weft/diagnostic.h"

namespace weft::cli {
namespace {

std::atomic<bool> interrupted{false};
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may not take a lock");

void Interrupt(int /*signal*/) { interrupted.store(true, std::memory_order_relaxed); }

}  // namespace

void CatchSignals() {
  struct sigaction ignore = {};
  ignore.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &ignore, nullptr);
  sigaction(SIGXFSZ, &ignore, nullptr);

  // No SA_RESTART: a write to a pipe that nobody reads must end too.
  struct sigaction interrupt = {};
  interrupt.sa_handler = Interrupt;
  sigaction(SIGINT, &interrupt, nullptr);
  sigaction(SIGTERM, &interrupt, nullptr);
  struct sigaction previous = {};
  sigaction(SIGHUP, nullptr, &previous);
  if (previous.sa_handler != SIG_IGN) sigaction(SIGHUP, &interrupt, nullptr);
}

bool Interrupted() { return interrupted.load(std::memory_order_relaxed); }

absl::Status CheckInterrupted() {
  if (!Interrupted()) return absl::OkStatus();
  return ErrorStatus(ErrorCode::kCancelled, "weft", "interrupted by a signal");
}

}  // namespace weft::cli
