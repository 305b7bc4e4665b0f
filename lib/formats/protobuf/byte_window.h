// A few kilobytes of a file at a time, so that a parser can look at single bytes.
#ifndef WEFT_FORMATS_PROTOBUF_BYTE_WINDOW_H_
#define WEFT_FORMATS_PROTOBUF_BYTE_WINDOW_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/file_range.h"

namespace weft::protobuf {

// Not thread-safe. `reader` must live as long.
class ByteWindow {
 public:
  explicit ByteWindow(const ByteReader& reader) : reader_(reader) {}

  // The bytes from `offset_bytes` on, `size_bytes` of them, at most kBytes, or those up to the end
  // of the file. They stay until the next call. Errors: kCannotRead, kInputChanged.
  absl::StatusOr<std::string_view> View(uint64_t offset_bytes, size_t size_bytes);

  // A copy of a range, which lies in the file. The caller has compared its size with a limit.
  absl::StatusOr<std::string> Copy(FileRange range);

  uint64_t file_bytes() const { return reader_.size_bytes(); }

  // For messages, escaped: the name of the file.
  const std::string& where() const { return reader_.where(); }

  // Large enough for the names and shapes of some tensors, small beside the data that is skipped.
  static constexpr size_t kBytes = 4096;

 private:
  const ByteReader& reader_;
  std::array<char, kBytes> bytes_;
  uint64_t begin_ = 0;
  size_t size_ = 0;
};

}  // namespace weft::protobuf

#endif  // WEFT_FORMATS_PROTOBUF_BYTE_WINDOW_H_
