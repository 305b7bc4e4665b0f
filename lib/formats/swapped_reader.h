// Numbers whose bytes stand the other way round.
#ifndef WEFT_FORMATS_SWAPPED_READER_H_
#define WEFT_FORMATS_SWAPPED_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "formats/byte_reader.h"
#include "formats/file_range.h"

namespace weft {

// A stretch of big-endian numbers, read as little-endian ones.
class SwappedReader final : public ByteReader {
 public:
  // `range` lies in `reader`, and holds numbers of `number_bytes`: 2, 4 or 8.
  SwappedReader(std::shared_ptr<const ByteReader> reader, FileRange range, uint64_t number_bytes)
      : reader_(std::move(reader)), range_(range), number_bytes_(number_bytes) {}

  uint64_t size_bytes() const override { return range_.size_bytes; }
  const std::string& where() const override { return reader_->where(); }
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const override;

 private:
  std::shared_ptr<const ByteReader> reader_;
  FileRange range_;
  uint64_t number_bytes_;
};

}  // namespace weft

#endif  // WEFT_FORMATS_SWAPPED_READER_H_
