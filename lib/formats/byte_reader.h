// Bytes that are read by position: a file, a part of one, or text in memory.
#ifndef WEFT_FORMATS_BYTE_READER_H_
#define WEFT_FORMATS_BYTE_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/input_file.h"

namespace weft {

// Const methods may be called from any thread.
class ByteReader {
 public:
  ByteReader() = default;
  ByteReader(const ByteReader&) = delete;
  ByteReader& operator=(const ByteReader&) = delete;
  virtual ~ByteReader() = default;

  virtual uint64_t size_bytes() const = 0;

  // For messages, escaped: the name of the file.
  virtual const std::string& where() const = 0;

  // Reads exactly `size_bytes`, which the caller has compared with size_bytes().
  virtual absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const = 0;
};

// The bytes of a range, which is checked. Errors: kTruncated, naming what was read.
absl::StatusOr<std::string> ReadBytes(const ByteReader& reader, uint64_t offset_bytes,
                                      uint64_t size_bytes, std::string_view what);

// A whole file.
class FileReader final : public ByteReader {
 public:
  explicit FileReader(std::shared_ptr<const InputFile> file);

  uint64_t size_bytes() const override { return file_->size_bytes(); }
  const std::string& where() const override { return where_; }
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const override;

 private:
  std::shared_ptr<const InputFile> file_;
  std::string where_;
};

// Text that must live as long.
class TextReader final : public ByteReader {
 public:
  TextReader(std::string_view text, std::string_view where) : text_(text), where_(where) {}

  uint64_t size_bytes() const override { return text_.size(); }
  const std::string& where() const override { return where_; }
  absl::Status ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const override;

 private:
  std::string_view text_;
  std::string where_;
};

}  // namespace weft

#endif  // WEFT_FORMATS_BYTE_READER_H_
