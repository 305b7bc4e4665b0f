// A tensor whose elements lie in another order than row-major, read row-major.
//
// A view of PyTorch has strides: its axes may be exchanged, its elements may lie apart or be
// repeated. An array of NumPy may have its first axis innermost.
#ifndef WEFT_FORMATS_STRIDED_READER_H_
#define WEFT_FORMATS_STRIDED_READER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "formats/byte_reader.h"
#include "weft/catalog.h"

namespace weft {

// Holds nothing but the layout; a read takes 256 KiB.
class StridedReader final : public ByteReader {
 public:
  // The first element is at `offset_bytes` of `reader`, in which all lie. `strides` has one number,
  // ≥ 0, for each axis, in elements of `element_bytes`: 1, 2, 4 or 8.
  StridedReader(std::shared_ptr<const ByteReader> reader, uint64_t offset_bytes, const Shape& shape,
                const Shape& strides, uint64_t element_bytes);

  uint64_t size_bytes() const override { return size_bytes_; }
  const std::string& where() const override { return reader_->where(); }
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const override;

 private:
  // In bytes.
  struct Loop {
    uint64_t count = 1;
    uint64_t source_stride = 0;
    uint64_t target_stride = 0;
  };
  using Loops = absl::InlinedVector<Loop, 4>;

  absl::Status ReadElements(uint64_t first, uint64_t count, char* out) const;
  absl::Status ReadPart(size_t axis, uint64_t source, uint64_t first, uint64_t count,
                        char* out) const;
  absl::Status ReadBlock(Loops loops, uint64_t source, char* out) const;

  std::shared_ptr<const ByteReader> reader_;
  uint64_t offset_bytes_;
  uint64_t element_bytes_;
  uint64_t size_bytes_;
  Loops axes_;  // outermost first
};

}  // namespace weft

#endif  // WEFT_FORMATS_STRIDED_READER_H_
