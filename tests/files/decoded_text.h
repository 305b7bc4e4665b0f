// Bytes that were decoded when the checkpoint was opened, since they are few.
#ifndef WEFT_TESTS_FILES_DECODED_TEXT_H_
#define WEFT_TESTS_FILES_DECODED_TEXT_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "formats/byte_reader.h"

namespace weft {

class DecodedText final : public ByteReader {
 public:
  // `where` is for messages, escaped.
  DecodedText(std::string bytes, std::string where)
      : bytes_(std::move(bytes)), where_(std::move(where)) {}

  uint64_t size_bytes() const override { return bytes_.size(); }
  const std::string& where() const override { return where_; }
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const override {
    if (size_bytes > 0) std::memcpy(out, bytes_.data() + offset_bytes, size_bytes);
    return absl::OkStatus();
  }

 private:
  std::string bytes_;
  std::string where_;
};

}  // namespace weft

#endif  // WEFT_TESTS_FILES_DECODED_TEXT_H_
