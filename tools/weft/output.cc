#include "output.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>

#include "interrupt.h"
#include "weft/diagnostic.h"

namespace weft::cli {

std::string JsonText(const nlohmann::ordered_json& document) {
  return document.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n";
}

void ReserveStandardStreams() {
  // open returns the lowest free descriptor. Read-only: what is lost must be noticed.
  int opened = ::open("/dev/null", O_RDONLY);
  while (opened >= 0 && opened <= STDERR_FILENO) opened = ::open("/dev/null", O_RDONLY);
  if (opened > STDERR_FILENO) ::close(opened);
}

absl::Status WriteToStdout(std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(STDOUT_FILENO, text.data(), text.size());
    if (written >= 0) {
      text.remove_prefix(static_cast<size_t>(written));
    } else if (errno != EINTR) {
      return ErrorStatus(ErrorCode::kCannotWrite, "standard output", std::strerror(errno));
    } else if (absl::Status status = CheckInterrupted(); !status.ok()) {
      return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace weft::cli
