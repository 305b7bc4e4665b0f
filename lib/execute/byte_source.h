// Where the executor reads from: the one thing it needs of a checkpoint.
#ifndef WEFT_EXECUTE_BYTE_SOURCE_H_
#define WEFT_EXECUTE_BYTE_SOURCE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/input_file.h"

namespace weft::execute {

class ByteSource {
 public:
  virtual ~ByteSource() = default;

  // Reads exactly `size_bytes` bytes at `offset_bytes` of the catalog's file `file`. Thread-safe.
  virtual absl::Status ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes,
                              char* out) const = 0;

  // The same bytes where they lie in memory, for as long as the source lives. Null where they have
  // to be read. Thread-safe.
  virtual absl::StatusOr<const char*> BytesAt(uint32_t /*file*/, uint64_t /*offset_bytes*/,
                                              uint64_t /*size_bytes*/) const {
    return nullptr;
  }

  // The file that these bytes are in, for the system to copy from by itself. Null where it must not
  // or cannot.
  virtual const InputFile* FileOf(uint32_t /*file*/) const { return nullptr; }
};

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_BYTE_SOURCE_H_
