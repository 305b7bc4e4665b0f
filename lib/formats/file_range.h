// A stretch of bytes of a file.
#ifndef WEFT_FORMATS_FILE_RANGE_H_
#define WEFT_FORMATS_FILE_RANGE_H_

#include <cstdint>

namespace weft {

struct FileRange {
  uint64_t offset_bytes = 0;
  uint64_t size_bytes = 0;

  uint64_t end_bytes() const { return offset_bytes + size_bytes; }
  bool operator==(const FileRange& o) const {
    return offset_bytes == o.offset_bytes && size_bytes == o.size_bytes;
  }
};

}  // namespace weft

#endif  // WEFT_FORMATS_FILE_RANGE_H_
