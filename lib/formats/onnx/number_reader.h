// Numbers of variable size, read as the elements of a dtype.
#ifndef WEFT_FORMATS_ONNX_NUMBER_READER_H_
#define WEFT_FORMATS_ONNX_NUMBER_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/file_range.h"
#include "formats/onnx/initializer.h"

namespace weft::onnx {

// A number takes one byte or more in the file and up to eight as an element, so they are decoded
// where they are read; what is kept is where every kStep-th number begins.
class NumberReader final : public ByteReader {
 public:
  // Of an initializer of `file` that has `numbers`, all of which are looked at. Errors: kOverflow
  // for a number that the dtype does not hold; those of ReadAt.
  static absl::StatusOr<std::shared_ptr<const NumberReader>> Open(
      std::shared_ptr<const ByteReader> file, const Initializer& initializer);

  uint64_t size_bytes() const override { return size_bytes_; }
  const std::string& where() const override { return file_->where(); }
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const override;

  static constexpr uint64_t kStep = 4096;

 private:
  NumberReader(std::shared_ptr<const ByteReader> file, const Initializer& initializer);

  absl::Status Scan(const Initializer& initializer);

  std::shared_ptr<const ByteReader> file_;
  std::vector<FileRange> ranges_;  // in the order of the file
  std::vector<uint64_t> begins_;   // in the file, of numbers 0, kStep, 2·kStep, …
  uint64_t element_bytes_;
  uint64_t size_bytes_;
};

}  // namespace weft::onnx

#endif  // WEFT_FORMATS_ONNX_NUMBER_READER_H_
