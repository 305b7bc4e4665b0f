#include "new_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "weft/diagnostic.h"

namespace weft::cli {
namespace {

absl::Status SystemError(const std::string& path) {
  return ErrorStatus(ErrorCode::kCannotWrite, Escaped(path), std::strerror(errno));
}

absl::Status WriteAll(int descriptor, const std::string& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return SystemError(path);
    text.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status WriteNewFile(const std::string& path, std::string_view text, bool replace) {
  struct stat existing = {};
  if (::lstat(path.c_str(), &existing) == 0 && (!replace || S_ISDIR(existing.st_mode))) {
    return ErrorStatus(ErrorCode::kOutputExists, Escaped(path), "the file exists",
                       "--force replaces it");
  }
  const std::string partial = path + "." + std::to_string(::getpid()) + ".partial";
  const int descriptor = ::open(partial.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
  if (descriptor < 0) return SystemError(path);
  absl::Status status = WriteAll(descriptor, path, text);
  if (::close(descriptor) != 0 && status.ok()) status = SystemError(path);
  if (status.ok() && std::rename(partial.c_str(), path.c_str()) != 0) status = SystemError(path);
  if (!status.ok()) ::unlink(partial.c_str());
  return status;
}

}  // namespace weft::cli
