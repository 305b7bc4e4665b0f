// Room on disk that has no name and is gone when it is closed.
#ifndef WEFT_IO_SCRATCH_FILE_H_
#define WEFT_IO_SCRATCH_FILE_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace weft {

// Move-only owner of a descriptor. Const methods may be called from any thread, for ranges that do
// not overlap.
class ScratchFile {
 public:
  // `size_bytes` of zeros in the directory that TMPDIR names, or in /tmp without it; the room is
  // reserved where the file system can. Errors: kCannotWrite.
  static absl::StatusOr<ScratchFile> Create(uint64_t size_bytes);

  ScratchFile(ScratchFile&& other) noexcept;
  ScratchFile& operator=(ScratchFile&& other) noexcept;
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile();

  // Errors: kCannotWrite.
  absl::Status WriteAt(uint64_t offset_bytes, const char* data, uint64_t size_bytes) const;
  // Errors: kCannotRead.
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const;

 private:
  ScratchFile() = default;

  int descriptor_ = -1;
  std::string directory_;
};

}  // namespace weft

#endif  // WEFT_IO_SCRATCH_FILE_H_
