#include "io/input_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "io/system_error.h"

namespace weft {
namespace {

// Linux reads at most about 2 GiB in one call.
constexpr uint64_t kMostBytesPerCall = uint64_t{1} << 30;

}  // namespace

absl::StatusOr<InputFile> InputFile::Open(std::string_view path) {
  InputFile file;
  file.path_ = path;
  if (path.find('\0') != std::string_view::npos) {
    return ErrorStatus(ErrorCode::kCannotRead, Escaped(path), "a path cannot hold a NUL byte");
  }
  // Without O_NONBLOCK, opening a FIFO would wait for a writer.
  file.descriptor_ = ::open(file.path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  if (file.descriptor_ < 0) {
    return SystemError(ErrorCode::kCannotRead, path, "cannot open the file", errno);
  }
  struct stat info;
  if (::fstat(file.descriptor_, &info) != 0) {
    return SystemError(ErrorCode::kCannotRead, path, "cannot examine the file", errno);
  }
  if (!S_ISREG(info.st_mode)) {
    return ErrorStatus(
        ErrorCode::kNotRegularFile, Escaped(path),
        S_ISDIR(info.st_mode) ? "is a directory; expected a file" : "is not a regular file");
  }
  file.size_bytes_ = static_cast<uint64_t>(info.st_size);
  file.identity_ = {info.st_dev, info.st_ino};
  file.modified_seconds_ = info.st_mtim.tv_sec;
  file.modified_nanoseconds_ = info.st_mtim.tv_nsec;
  return file;
}

InputFile::InputFile(InputFile&& other) noexcept { *this = std::move(other); }

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  std::swap(path_, other.path_);
  size_bytes_ = other.size_bytes_;
  identity_ = other.identity_;
  modified_seconds_ = other.modified_seconds_;
  modified_nanoseconds_ = other.modified_nanoseconds_;
  return *this;
}

InputFile::~InputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

absl::Status InputFile::ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const {
  while (size_bytes > 0) {
    const ssize_t count = ::pread(descriptor_, out, std::min(size_bytes, kMostBytesPerCall),
                                  static_cast<off_t>(offset_bytes));
    if (count < 0) {
      if (errno == EINTR) continue;
      return SystemError(ErrorCode::kCannotRead, path_, "cannot read the file", errno);
    }
    if (count == 0) return CutError(offset_bytes);
    const auto read = static_cast<uint64_t>(count);
    out += read;
    offset_bytes += read;
    size_bytes -= read;
  }
  return absl::OkStatus();
}

absl::Status InputFile::CheckReaches(uint64_t size_bytes) const {
  struct stat info;
  if (::fstat(descriptor_, &info) != 0) {
    return SystemError(ErrorCode::kCannotRead, path_, "cannot examine the file", errno);
  }
  const auto now_bytes = static_cast<uint64_t>(info.st_size);
  return now_bytes >= size_bytes ? absl::OkStatus() : CutError(now_bytes);
}

absl::Status InputFile::CutError(uint64_t offset_bytes) const {
  return ErrorStatus(
      ErrorCode::kInputChanged, Escaped(path_),
      absl::StrFormat("the file was cut while it was read: it had %d bytes and now ends before "
                      "byte %d",
                      size_bytes_, offset_bytes + 1),
      "wait until its writer has finished, then start again");
}

absl::StatusOr<std::shared_ptr<const char>> InputFile::Map() const {
  void* const begin = ::mmap(nullptr, size_bytes_, PROT_READ, MAP_SHARED, descriptor_, 0);
  if (begin == MAP_FAILED) {
    return SystemError(ErrorCode::kCannotRead, path_, "cannot map the file", errno);
  }
  return std::shared_ptr<const char>(
      static_cast<const char*>(begin),
      [begin, size_bytes = size_bytes_](const char*) { ::munmap(begin, size_bytes); });
}

absl::Status InputFile::CheckUnchanged() const {
  struct stat info;
  if (::fstat(descriptor_, &info) != 0) {
    return SystemError(ErrorCode::kCannotRead, path_, "cannot examine the file", errno);
  }
  if (static_cast<uint64_t>(info.st_size) == size_bytes_ &&
      info.st_mtim.tv_sec == modified_seconds_ && info.st_mtim.tv_nsec == modified_nanoseconds_) {
    return absl::OkStatus();
  }
  return ErrorStatus(ErrorCode::kInputChanged, Escaped(path_),
                     "the file was written to while it was read",
                     "wait until its writer has finished, then start again");
}

absl::StatusOr<std::string> ReadTextFile(std::string_view path, uint64_t max_bytes) {
  WEFT_ASSIGN_OR_RETURN(const InputFile file, InputFile::Open(path));
  if (file.size_bytes() > max_bytes) {
    return ErrorStatus(
        ErrorCode::kLimitExceeded, Escaped(path),
        absl::StrFormat("the file has %d bytes; the limit is %d", file.size_bytes(), max_bytes));
  }
  std::string text(file.size_bytes(), '\0');
  WEFT_RETURN_IF_ERROR(file.ReadAt(0, text.size(), text.data()));
  return text;
}

}  // namespace weft
