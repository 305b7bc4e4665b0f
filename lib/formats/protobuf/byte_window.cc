#include "formats/protobuf/byte_window.h"

#include <algorithm>

#include "diagnostic/status.h"

namespace weft::protobuf {

absl::StatusOr<std::string_view> ByteWindow::View(uint64_t offset_bytes, size_t size_bytes) {
  const uint64_t rest = reader_.size_bytes() - std::min(offset_bytes, reader_.size_bytes());
  const auto wanted = static_cast<size_t>(std::min<uint64_t>({size_bytes, kBytes, rest}));
  if (offset_bytes < begin_ || offset_bytes + wanted > begin_ + size_) {
    size_ = 0;  // in case the read fails
    const auto most = static_cast<size_t>(std::min<uint64_t>(kBytes, rest));
    WEFT_RETURN_IF_ERROR(reader_.ReadAt(offset_bytes, most, bytes_.data()));
    begin_ = offset_bytes;
    size_ = most;
  }
  return std::string_view(bytes_.data() + (offset_bytes - begin_), wanted);
}

absl::StatusOr<std::string> ByteWindow::Copy(FileRange range) {
  if (range.size_bytes <= kBytes) {
    WEFT_ASSIGN_OR_RETURN(const std::string_view view,
                          View(range.offset_bytes, static_cast<size_t>(range.size_bytes)));
    return std::string(view);
  }
  std::string bytes(range.size_bytes, '\0');
  WEFT_RETURN_IF_ERROR(reader_.ReadAt(range.offset_bytes, range.size_bytes, bytes.data()));
  return bytes;
}

}  // namespace weft::protobuf
