// Room on disk that has no name and is gone when it is closed.
#ifndef WEFT_IO_SCRATCH_FILE_H_
#define WEFT_IO_SCRATCH_FILE_H_

#include <cstdint>
#include <mutex>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace weft {

// One file that many share: each takes a range of it. Nothing is made, and no descriptor used,
// before the first does. Everything may be called from any thread, for ranges that do not overlap.
class ScratchFile {
 public:
  ScratchFile() = default;
  ScratchFile(const ScratchFile&) = delete;
  ScratchFile& operator=(const ScratchFile&) = delete;
  ~ScratchFile();

  // Where `size_bytes` of zeros are that nobody else has. The file is in the directory that TMPDIR
  // names, or in /tmp without it; long ranges are reserved where the file system can. Errors:
  // kCannotWrite.
  absl::StatusOr<uint64_t> Take(uint64_t size_bytes);

  // Both within what was taken. Errors: kCannotWrite.
  absl::Status WriteAt(uint64_t offset_bytes, const char* data, uint64_t size_bytes) const;
  // Errors: kCannotRead.
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const;

 private:
  absl::Status Open();

  std::mutex mutex_;  // of what follows; the first Take sets all but the size for good
  int descriptor_ = -1;
  std::string directory_;
  uint64_t size_bytes_ = 0;
};

}  // namespace weft

#endif  // WEFT_IO_SCRATCH_FILE_H_
