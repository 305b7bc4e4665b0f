#include "io/scratch_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <utility>

#include "io/system_error.h"

namespace weft {
namespace {

constexpr uint64_t kMostBytesPerCall = uint64_t{1} << 30;

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

absl::StatusOr<ScratchFile> ScratchFile::Create(uint64_t size_bytes) {
  const char* const chosen = std::getenv("TMPDIR");
  ScratchFile file;
  file.directory_ = chosen == nullptr || *chosen == '\0' ? "/tmp" : chosen;
  file.descriptor_ = OpenNameless(file.directory_);
  if (file.descriptor_ < 0) {
    return SystemError(ErrorCode::kCannotWrite, file.directory_,
                       "cannot make a temporary file (TMPDIR says where)", errno);
  }
  const int error = ::posix_fallocate(file.descriptor_, 0, static_cast<off_t>(size_bytes));
  if (size_bytes > 0 && error != 0 && error != EOPNOTSUPP && error != EINVAL) {
    return SystemError(ErrorCode::kCannotWrite, file.directory_,
                       "no room for a temporary file (TMPDIR says where)", error);
  }
  return file;
}

ScratchFile::ScratchFile(ScratchFile&& other) noexcept { *this = std::move(other); }

ScratchFile& ScratchFile::operator=(ScratchFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(directory_, other.directory_);
  return *this;
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
