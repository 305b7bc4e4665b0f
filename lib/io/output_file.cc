#include "io/output_file.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "io/path.h"
#include "io/system_error.h"

namespace weft {
namespace {

constexpr uint64_t kMostBytesPerCall = uint64_t{1} << 30;

int OpenNew(const Directory& directory, const std::string& name) {
  return ::openat(directory.descriptor(), name.c_str(),
                  O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
}

// Writing beyond RLIMIT_FSIZE raises SIGXFSZ, which ends a program that does not expect it. A
// library has no business with signal handlers, so it does not let it come to that.
absl::Status CheckFileSizeLimit(const std::string& path, uint64_t size_bytes) {
  rlimit limit = {};
  if (::getrlimit(RLIMIT_FSIZE, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY ||
      size_bytes <= limit.rlim_cur) {
    return absl::OkStatus();
  }
  return ErrorStatus(ErrorCode::kCannotWrite, Escaped(path),
                     absl::StrFormat("the file needs %d bytes; this process may write files of at "
                                     "most %d bytes",
                                     size_bytes, static_cast<uint64_t>(limit.rlim_cur)),
                     "raise the limit with `ulimit -f unlimited`");
}

}  // namespace

// A descriptor for one call: that of the file or, where it is parked, one of its own.
class OutputFile::Use {
 public:
  explicit Use(const OutputFile& file) : file_(file), descriptor_(file.descriptor_) {
    if (descriptor_ >= 0) return;
    descriptor_ = ::openat(file.directory_->descriptor(), file.name_.c_str(),
                           O_WRONLY | O_NOFOLLOW | O_CLOEXEC);
    if (descriptor_ < 0) error_ = errno;
  }
  Use(const Use&) = delete;
  Use& operator=(const Use&) = delete;
  ~Use() {
    if (file_.descriptor_ < 0 && descriptor_ >= 0) ::close(descriptor_);
  }

  int descriptor() const { return descriptor_; }  // -1 unless ToStatus is OK
  absl::Status ToStatus() const {
    if (descriptor_ >= 0) return absl::OkStatus();
    return SystemError(ErrorCode::kCannotWrite, file_.path(), "cannot open the file", error_);
  }

 private:
  const OutputFile& file_;
  int descriptor_;
  int error_ = 0;
};

absl::StatusOr<OutputFile> OutputFile::Create(const Directory& directory, std::string_view name) {
  OutputFile file;
  file.directory_ = &directory;
  file.name_ = name;
  const int descriptor = OpenNew(directory, file.name_);
  if (descriptor < 0) {
    return SystemError(ErrorCode::kCannotWrite, file.path(), "cannot create the file", errno);
  }
  file.Own(descriptor);
  return file;
}

absl::StatusOr<OutputFile> OutputFile::CreateTemporary(const Directory& directory,
                                                       std::string_view name) {
  OutputFile file;
  file.directory_ = &directory;
  int descriptor = -1;
  WEFT_ASSIGN_OR_RETURN(file.name_,
                        MakeTemporary(directory, name, [&](const std::string& temporary) {
                          descriptor = OpenNew(directory, temporary);
                          return descriptor >= 0 ? 0 : errno;
                        }));
  file.Own(descriptor);
  return file;
}

OutputFile::OutputFile(OutputFile&& other) noexcept { *this = std::move(other); }

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  std::swap(directory_, other.directory_);
  std::swap(name_, other.name_);
  std::swap(descriptor_, other.descriptor_);
  std::swap(is_kept_, other.is_kept_);
  return *this;
}

OutputFile::~OutputFile() {
  Park();
  if (!is_kept_) ::unlinkat(directory_->descriptor(), name_.c_str(), 0);
}

void OutputFile::Own(int descriptor) {
  descriptor_ = descriptor;
  is_kept_ = false;
}

void OutputFile::Park() {
  if (descriptor_ >= 0) ::close(std::exchange(descriptor_, -1));
}

std::string OutputFile::path() const { return Join(directory_->path(), name_); }

absl::Status OutputFile::Preallocate(uint64_t size_bytes) const {
  if (size_bytes == 0) return absl::OkStatus();
  WEFT_RETURN_IF_ERROR(CheckFileSizeLimit(path(), size_bytes));
  const Use use(*this);
  WEFT_RETURN_IF_ERROR(use.ToStatus());
  const auto size = static_cast<off_t>(size_bytes);
  // Not posix_fallocate: where the file system cannot reserve, that writes to every block.
  int result = 0;
  do {
    result = ::fallocate(use.descriptor(), 0, 0, size);
  } while (result != 0 && errno == EINTR);
  if (result != 0 && (errno == EOPNOTSUPP || errno == ENOSYS)) {
    result = ::ftruncate(use.descriptor(), size);
  }
  if (result == 0) return absl::OkStatus();
  return SystemError(ErrorCode::kCannotWrite, path(),
                     absl::StrFormat("cannot reserve %d bytes", size_bytes), errno);
}

absl::Status OutputFile::WriteAt(uint64_t offset_bytes, std::string_view data) const {
  const Use use(*this);
  WEFT_RETURN_IF_ERROR(use.ToStatus());
  while (!data.empty()) {
    const ssize_t count =
        ::pwrite(use.descriptor(), data.data(), std::min<uint64_t>(data.size(), kMostBytesPerCall),
                 static_cast<off_t>(offset_bytes));
    if (count < 0) {
      if (errno == EINTR) continue;
      return SystemError(ErrorCode::kCannotWrite, path(), "cannot write the file", errno);
    }
    data.remove_prefix(static_cast<size_t>(count));
    offset_bytes += static_cast<uint64_t>(count);
  }
  return absl::OkStatus();
}

uint64_t OutputFile::CopyAt(uint64_t offset_bytes, const InputFile& source,
                            uint64_t source_offset_bytes, uint64_t size_bytes) const {
  const Use use(*this);
  if (!use.ToStatus().ok()) return 0;
  auto from = static_cast<off_t>(source_offset_bytes);
  auto to = static_cast<off_t>(offset_bytes);
  uint64_t copied = 0;
  while (copied < size_bytes) {
    // The system moves both offsets on.
    const ssize_t count = ::copy_file_range(source.descriptor(), &from, use.descriptor(), &to,
                                            std::min(size_bytes - copied, kMostBytesPerCall), 0);
    if (count > 0) {
      copied += static_cast<uint64_t>(count);
    } else if (count == 0 || errno != EINTR) {
      break;
    }
  }
  return copied;
}

absl::Status OutputFile::Sync() const {
  const Use use(*this);
  WEFT_RETURN_IF_ERROR(use.ToStatus());
  if (::fsync(use.descriptor()) == 0) return absl::OkStatus();
  return SystemError(ErrorCode::kCannotWrite, path(), "cannot sync the file", errno);
}

absl::Status OutputFile::Publish(std::string_view name, bool overwrite) {
  std::string final_name(name);
  WEFT_RETURN_IF_ERROR(overwrite ? directory_->Replace(name_, final_name)
                                 : directory_->RenameNew(name_, final_name));
  name_ = std::move(final_name);
  is_kept_ = true;
  return absl::OkStatus();
}

}  // namespace weft
