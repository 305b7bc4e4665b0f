#include "io/direct_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <new>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "io/system_error.h"

namespace weft {
namespace {

constexpr uint64_t kMostBytesPerCall = uint64_t{1} << 30;

constexpr uint64_t RoundUp(uint64_t bytes) {
  return (bytes + kDirectAlignment - 1) / kDirectAlignment * kDirectAlignment;
}

bool IsAligned(uint64_t number) { return number % kDirectAlignment == 0; }

bool IsAligned(const char* address) { return IsAligned(reinterpret_cast<uintptr_t>(address)); }

}  // namespace

DirectBuffer::DirectBuffer(uint64_t read_bytes) {
  const uint64_t size_bytes = RoundUp(read_bytes) + kDirectAlignment;
  data_.reset(static_cast<char*>(
      ::operator new(size_bytes, std::align_val_t(kDirectAlignment), std::nothrow)));
  if (data_ != nullptr) size_bytes_ = size_bytes;
}

void DirectBuffer::Release::operator()(char* data) const {
  ::operator delete(data, std::align_val_t(kDirectAlignment));
}

absl::StatusOr<DirectFile> DirectFile::Open(const InputFile& file) {
  DirectFile direct(file);
  // By way of the open descriptor, because another file may have taken the name.
  const std::string path = absl::StrFormat("/proc/self/fd/%d", file.descriptor());
  direct.descriptor_ = ::open(path.c_str(), O_RDONLY | O_DIRECT | O_CLOEXEC);
  if (direct.descriptor_ >= 0) return direct;
  if (errno == EINVAL) {
    return ErrorStatus(ErrorCode::kCannotRead, Escaped(file.path()),
                       "its file system has no reads past the cache (O_DIRECT)",
                       "choose another way to read (--io auto)");
  }
  return SystemError(ErrorCode::kCannotRead, file.path(),
                     "cannot open the file for reads past the cache", errno);
}

DirectFile::DirectFile(DirectFile&& other) noexcept
    : file_(other.file_), descriptor_(std::exchange(other.descriptor_, -1)) {}

DirectFile& DirectFile::operator=(DirectFile&& other) noexcept {
  std::swap(file_, other.file_);
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

DirectFile::~DirectFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

// One call, of which everything is aligned; the number of bytes that it got, fewer than asked for
// at the end of the file.
absl::StatusOr<uint64_t> DirectFile::ReadBlocks(uint64_t offset_bytes, uint64_t size_bytes,
                                                char* out) const {
  while (true) {
    const ssize_t count = ::pread(descriptor_, out, size_bytes, static_cast<off_t>(offset_bytes));
    if (count >= 0) return static_cast<uint64_t>(count);
    if (errno == EINTR) continue;
    return SystemError(ErrorCode::kCannotRead, file_->path(), "cannot read the file past the cache",
                       errno);
  }
}

absl::Status DirectFile::ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out,
                                const DirectBuffer& buffer) const {
  while (size_bytes > 0) {
    const uint64_t whole_bytes = size_bytes / kDirectAlignment * kDirectAlignment;
    const bool in_place = whole_bytes > 0 && IsAligned(offset_bytes) && IsAligned(out);
    const uint64_t skipped = offset_bytes % kDirectAlignment;
    char* const to = in_place ? out : buffer.data();
    const uint64_t wanted = in_place ? std::min(whole_bytes, kMostBytesPerCall)
                                     : std::min(RoundUp(skipped + size_bytes), buffer.size_bytes());
    WEFT_ASSIGN_OR_RETURN(const uint64_t got, ReadBlocks(offset_bytes - skipped, wanted, to));
    if (got <= skipped) return file_->CutError(offset_bytes);
    const uint64_t read = std::min(got - skipped, size_bytes);
    if (!in_place) std::memcpy(out, buffer.data() + skipped, read);
    offset_bytes += read;
    out += read;
    size_bytes -= read;
  }
  return absl::OkStatus();
}

}  // namespace weft
