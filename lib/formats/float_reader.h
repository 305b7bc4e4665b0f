// Numbers of any type, read as F32.
#ifndef WEFT_FORMATS_FLOAT_READER_H_
#define WEFT_FORMATS_FLOAT_READER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "formats/byte_reader.h"
#include "formats/file_range.h"
#include "weft/dtype.h"

namespace weft {

// Rounds to the nearest, ties to even, as the hardware does. A read takes 64 KiB.
class FloatReader final : public ByteReader {
 public:
  // Whether elements of the type can be read so: integers, booleans, floating-point numbers of 8
  // bits and more.
  static bool Takes(DType dtype);

  // `range` lies in `reader`, and holds elements of `dtype`.
  FloatReader(std::shared_ptr<const ByteReader> reader, FileRange range, DType dtype);

  uint64_t size_bytes() const override { return range_.size_bytes / element_bytes_ * 4; }
  const std::string& where() const override { return reader_->where(); }
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const override;

 private:
  std::shared_ptr<const ByteReader> reader_;
  FileRange range_;
  DType dtype_;
  uint64_t element_bytes_;
};

}  // namespace weft

#endif  // WEFT_FORMATS_FLOAT_READER_H_
