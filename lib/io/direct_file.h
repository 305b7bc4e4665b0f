// A file read past the system's cache.
#ifndef WEFT_IO_DIRECT_FILE_H_
#define WEFT_IO_DIRECT_FILE_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/input_file.h"

namespace weft {

// What offset, size and address of such a read must be multiples of, for any usual device.
inline constexpr uint64_t kDirectAlignment = 4096;

// Aligned memory for one read at a time; not initialised.
class DirectBuffer {
 public:
  // Room for reads of up to `read_bytes`, wherever they begin. Null data when memory is out.
  explicit DirectBuffer(uint64_t read_bytes);

  char* data() const { return data_.get(); }
  // Whole multiples of kDirectAlignment; 0 when memory is out.
  uint64_t size_bytes() const { return size_bytes_; }

 private:
  struct Release {
    void operator()(char* data) const;
  };
  std::unique_ptr<char, Release> data_;
  uint64_t size_bytes_ = 0;
};

// Move-only owner of a descriptor. Const methods may be called from any thread.
class DirectFile {
 public:
  // Opens what `file`, which must live as long, has open, whatever its path leads to by now.
  // Errors: kCannotRead, where the file system has no such reads too.
  static absl::StatusOr<DirectFile> Open(const InputFile& file);

  DirectFile(DirectFile&& other) noexcept;
  DirectFile& operator=(DirectFile&& other) noexcept;
  DirectFile(const DirectFile&) = delete;
  DirectFile& operator=(const DirectFile&) = delete;
  ~DirectFile();

  // Reads exactly `size_bytes`, of any alignment: the blocks around them into `buffer`, piece by
  // piece, or to their place where that is aligned as they are. Errors: kCannotRead; kInputChanged
  // when the file ends first.
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out,
                      const DirectBuffer& buffer) const;

 private:
  explicit DirectFile(const InputFile& file) : file_(&file) {}

  absl::StatusOr<uint64_t> ReadBlocks(uint64_t offset_bytes, uint64_t size_bytes, char* out) const;

  const InputFile* file_;
  int descriptor_ = -1;
};

}  // namespace weft

#endif  // WEFT_IO_DIRECT_FILE_H_
