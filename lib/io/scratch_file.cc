#include "io/scratch_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <limits>

#include "diagnostic/status.h"
#include "io/system_error.h"

namespace weft {
namespace {

constexpr uint64_t kMostBytesPerCall = uint64_t{1} << 30;
constexpr auto kMostBytes = static_cast<uint64_t>(std::numeric_limits<off_t>::max());
// A full disk is known before so much work is done in vain; below, writing says it soon enough.
constexpr uint64_t kReservedFromBytes = uint64_t{1} << 20;

// A file without a name; where the file system has none, one whose name is taken away at once.
int OpenNameless(const std::string& directory) {
  const int descriptor = ::open(directory.c_str(), O_RDWR | O_TMPFILE | O_CLOEXEC, 0600);
  if (descriptor >= 0 || (errno != EOPNOTSUPP && errno != EISDIR)) return descriptor;
  std::string name = directory + "/weft-XXXXXX";
  const int named = ::mkostemp(name.data(), O_CLOEXEC);
  if (named >= 0) ::unlink(name.c_str());
  return named;
}

}  // namespace

absl::StatusOr<uint64_t> ScratchFile::Take(uint64_t size_bytes) {
  const std::lock_guard<std::mutex> lock(mutex_);
  if (descriptor_ < 0) WEFT_RETURN_IF_ERROR(Open());
  const uint64_t offset_bytes = size_bytes_;
  int error = size_bytes > kMostBytes - offset_bytes ? EFBIG : 0;
  if (error == 0 && size_bytes >= kReservedFromBytes) {
    error = ::posix_fallocate(descriptor_, static_cast<off_t>(offset_bytes),
                              static_cast<off_t>(size_bytes));
    if (error == EOPNOTSUPP || error == EINVAL) error = 0;
  }
  if (error != 0) {
    return SystemError(ErrorCode::kCannotWrite, directory_,
                       "no room for a temporary file (TMPDIR says where)", error);
  }
  size_bytes_ += size_bytes;
  return offset_bytes;
}

absl::Status ScratchFile::Open() {
  const char* const chosen = std::getenv("TMPDIR");
  directory_ = chosen == nullptr || *chosen == '\0' ? "/tmp" : chosen;
  descriptor_ = OpenNameless(directory_);
  if (descriptor_ >= 0) return absl::OkStatus();
  return SystemError(ErrorCode::kCannotWrite, directory_,
                     "cannot make a temporary file (TMPDIR says where)", errno);
}

ScratchFile::~ScratchFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

absl::Status ScratchFile::WriteAt(uint64_t offset_bytes, const char* data,
                                  uint64_t size_bytes) const {
  while (size_bytes > 0) {
    const ssize_t count = ::pwrite(descriptor_, data, std::min(size_bytes, kMostBytesPerCall),
                                   static_cast<off_t>(offset_bytes));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      return SystemError(ErrorCode::kCannotWrite, directory_,
                         "cannot write a temporary file (TMPDIR says where)",
                         count < 0 ? errno : ENOSPC);
    }
    const auto written = static_cast<uint64_t>(count);
    data += written;
    offset_bytes += written;
    size_bytes -= written;
  }
  return absl::OkStatus();
}

absl::Status ScratchFile::ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const {
  while (size_bytes > 0) {
    const ssize_t count = ::pread(descriptor_, out, std::min(size_bytes, kMostBytesPerCall),
                                  static_cast<off_t>(offset_bytes));
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) {
      return SystemError(ErrorCode::kCannotRead, directory_, "cannot read a temporary file",
                         count < 0 ? errno : EIO);
    }
    const auto read = static_cast<uint64_t>(count);
    out += read;
    offset_bytes += read;
    size_bytes -= read;
  }
  return absl::OkStatus();
}

}  // namespace weft
