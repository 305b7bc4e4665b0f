#include "config_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_format.h"
#include "quantity.h"
#include "weft/diagnostic.h"

namespace weft::cli {
namespace {

struct DescriptorCloser {
  explicit DescriptorCloser(int opened) : descriptor(opened) {}
  DescriptorCloser(const DescriptorCloser&) = delete;
  DescriptorCloser& operator=(const DescriptorCloser&) = delete;
  ~DescriptorCloser() { ::close(descriptor); }
  int descriptor;
};

absl::Status SystemError(const std::string& path) {
  return ErrorStatus(ErrorCode::kCannotRead, Escaped(path), std::strerror(errno));
}

}  // namespace

absl::StatusOr<std::optional<std::string>> ReadConfigFile(const std::string& path,
                                                          const Limits& limits) {
  // Without O_NONBLOCK a FIFO of that name would wait for a writer.
  const int descriptor = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (descriptor < 0) {
    if (errno == ENOENT) return std::nullopt;
    return SystemError(path);
  }
  const DescriptorCloser closer(descriptor);
  struct stat status = {};
  if (::fstat(descriptor, &status) != 0) return SystemError(path);
  if (!S_ISREG(status.st_mode)) {
    return ErrorStatus(ErrorCode::kNotRegularFile, Escaped(path), "expected a regular file");
  }
  const uint64_t size = static_cast<uint64_t>(status.st_size);
  if (size > limits.json_bytes) {
    return ErrorStatus(ErrorCode::kLimitExceeded, Escaped(path),
                       absl::StrFormat("expected at most %s of JSON, got %s",
                                       SizeText(limits.json_bytes), SizeText(size)));
  }
  std::string text(size, '\0');
  size_t filled = 0;
  while (filled < text.size()) {
    const ssize_t got = ::read(descriptor, text.data() + filled, text.size() - filled);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return SystemError(path);
    if (got == 0) break;
    filled += static_cast<size_t>(got);
  }
  text.resize(filled);
  return text;
}

}  // namespace weft::cli
