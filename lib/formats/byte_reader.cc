#include "formats/byte_reader.h"

#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "io/path.h"

namespace weft {

absl::StatusOr<std::string> ReadBytes(const ByteReader& reader, uint64_t offset_bytes,
                                      uint64_t size_bytes, std::string_view what) {
  const uint64_t all = reader.size_bytes();
  if (offset_bytes > all || size_bytes > all - offset_bytes) {
    return ErrorStatus(ErrorCode::kTruncated, reader.where(),
                       absl::StrFormat("%s takes %d bytes at byte %d, and the file has %d bytes",
                                       what, size_bytes, offset_bytes, all),
                       "the download or copy of the file is incomplete; fetch it again");
  }
  std::string bytes(size_bytes, '\0');
  WEFT_RETURN_IF_ERROR(reader.ReadAt(offset_bytes, size_bytes, bytes.data()));
  return bytes;
}

FileReader::FileReader(std::shared_ptr<const InputFile> file)
    : file_(std::move(file)), where_(Escaped(SplitAtName(file_->path()).name)) {}

absl::Status FileReader::ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const {
  return file_->ReadAt(offset_bytes, size_bytes, out);
}

absl::Status TextReader::ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const {
  if (size_bytes > 0) std::memcpy(out, text_.data() + offset_bytes, size_bytes);
  return absl::OkStatus();
}

}  // namespace weft
