// A file being written. Nobody sees it under its final name before it is complete.
#ifndef WEFT_IO_OUTPUT_FILE_H_
#define WEFT_IO_OUTPUT_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/directory.h"
#include "io/input_file.h"

namespace weft {

// What usual file systems share between files: whole blocks, at multiples of this size in both.
inline constexpr uint64_t kBlockBytes = 4096;

// Move-only owner of a file that was created anew. Removes the file when it is destroyed before
// Keep or a Publish that succeeded. `directory` must live as long. Every error is kCannotWrite
// unless named. WriteAt and CopyAt may be called from any thread.
class OutputFile {
 public:
  // Creates `name`, which must not exist, with the permissions that the umask leaves.
  static absl::StatusOr<OutputFile> Create(const Directory& directory, std::string_view name);

  // Creates a file under a temporary name, to be published as `name`.
  static absl::StatusOr<OutputFile> CreateTemporary(const Directory& directory,
                                                    std::string_view name);

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;
  ~OutputFile();

  // Sets the size and reserves the space, so that a full disk is known before any work is done.
  // Where the file system cannot reserve, only the size is set.
  absl::Status Preallocate(uint64_t size_bytes) const;

  // Repeats short and interrupted writes.
  absl::Status WriteAt(uint64_t offset_bytes, std::string_view data) const;

  // Lets the system copy bytes of another file, which takes no space where it can share them.
  // Returns how many it copied, from the first on: fewer than `size_bytes`, or none, where it does
  // not go on. The rest is then to be read and written, and whoever does that learns the reason.
  uint64_t CopyAt(uint64_t offset_bytes, const InputFile& source, uint64_t source_offset_bytes,
                  uint64_t size_bytes) const;

  // Lets go of the descriptor, of which a process has a limited number: from now on each call opens
  // the file for itself. Not while another thread uses the file.
  void Park();

  // Waits until the data is on disk. An error is final: the system may have dropped the data.
  absl::Status Sync() const;

  // Renames to the final name; what stands there is replaced when `overwrite` is set, in one step.
  // Errors: kOutputExists.
  absl::Status Publish(std::string_view name, bool overwrite);

  // The file stays under the name it was created with.
  void Keep() { is_kept_ = true; }

  // Where the file is now.
  std::string path() const;

 private:
  class Use;

  OutputFile() = default;

  // The file was created, and is removed unless it is kept.
  void Own(int descriptor);

  const Directory* directory_ = nullptr;
  std::string name_;
  int descriptor_ = -1;  // -1 when it is parked
  bool is_kept_ = true;
};

}  // namespace weft

#endif  // WEFT_IO_OUTPUT_FILE_H_
