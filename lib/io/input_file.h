// A regular file opened for positioned reads.
#ifndef WEFT_IO_INPUT_FILE_H_
#define WEFT_IO_INPUT_FILE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace weft {

// Which file it is, however it was reached.
struct FileIdentity {
  uint64_t device = 0;
  uint64_t inode = 0;
  bool operator==(const FileIdentity& o) const { return device == o.device && inode == o.inode; }
};

// Move-only owner of a file descriptor. Const methods may be called from any thread.
class InputFile {
 public:
  // O_NONBLOCK | O_CLOEXEC, then fstat. Follows symbolic links: caches of model hubs are made of
  // them. Errors: kCannotRead, kNotRegularFile (directory, FIFO, device).
  static absl::StatusOr<InputFile> Open(std::string_view path);

  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile();

  // Reads exactly `size_bytes`; repeats short and interrupted reads.
  // Errors: kCannotRead; kInputChanged when the file ends first.
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const;

  // The whole file, mapped for reading; the mapping ends with the last copy of the pointer, and
  // does not need the file to stay open. Bytes that are written to the file later may show;
  // touching what was cut off is SIGBUS. Errors: kCannotRead, for an empty file too.
  absl::StatusOr<std::shared_ptr<const char>> Map() const;

  // kInputChanged when the file has become shorter than `size_bytes`; kCannotRead.
  absl::Status CheckReaches(uint64_t size_bytes) const;

  // The error of a read that found the end of the file before byte `offset_bytes`.
  absl::Status CutError(uint64_t offset_bytes) const;

  // kInputChanged when size or modification time differ from those at Open.
  absl::Status CheckUnchanged() const;

  const std::string& path() const { return path_; }
  int descriptor() const { return descriptor_; }
  uint64_t size_bytes() const { return size_bytes_; }
  FileIdentity identity() const { return identity_; }

 private:
  InputFile() = default;

  int descriptor_ = -1;
  std::string path_;
  uint64_t size_bytes_ = 0;
  FileIdentity identity_;
  int64_t modified_seconds_ = 0;
  int64_t modified_nanoseconds_ = 0;
};

// The whole of a small file. Errors: those of InputFile; kLimitExceeded beyond `max_bytes`.
absl::StatusOr<std::string> ReadTextFile(std::string_view path, uint64_t max_bytes);

}  // namespace weft

#endif  // WEFT_IO_INPUT_FILE_H_
