#include "formats/mindspore/trailer.h"

#include <algorithm>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/zip/crc32.h"

namespace weft::mindspore {
namespace {

constexpr uint64_t kReadBytes = uint64_t{1} << 20;

}  // namespace

std::string TrailerText(uint32_t crc) {
  std::string text(kTrailerMark);
  text.append(kTrailerBytes - text.size(), '\0');
  for (size_t i = 0; i < 4; ++i) {
    text[kTrailerBytes - 1 - i] = static_cast<char>(crc >> (8 * i) & 0xFF);
  }
  return text;
}

std::optional<uint32_t> CrcOfTrailer(std::string_view text) {
  if (text.size() != kTrailerBytes || text.substr(0, kTrailerMark.size()) != kTrailerMark) {
    return std::nullopt;
  }
  uint64_t crc = 0;
  for (const char byte : text.substr(kTrailerMark.size())) {
    if (crc >> 24 != 0) return std::nullopt;
    crc = crc << 8 | static_cast<unsigned char>(byte);
  }
  return static_cast<uint32_t>(crc);
}

absl::StatusOr<uint32_t> CrcOf(const ByteReader& reader, uint64_t size_bytes) {
  std::vector<char> buffer(static_cast<size_t>(std::min(size_bytes, kReadBytes)));
  uint32_t crc = 0;
  for (uint64_t at = 0; at < size_bytes; at += buffer.size()) {
    const uint64_t size = std::min<uint64_t>(buffer.size(), size_bytes - at);
    WEFT_RETURN_IF_ERROR(reader.ReadAt(at, size, buffer.data()));
    crc = zip::Crc32(crc, {buffer.data(), static_cast<size_t>(size)});
  }
  return crc;
}

absl::Status CheckCrc(const ByteReader& reader, uint32_t crc) {
  WEFT_ASSIGN_OR_RETURN(const uint32_t got, CrcOf(reader, reader.size_bytes() - kTrailerBytes));
  if (got == crc) return absl::OkStatus();
  return ErrorStatus(
      ErrorCode::kWrongChecksum, reader.where(),
      absl::StrFormat("the CRC-32 of the file is %08x; its trailer says %08x", got, crc),
      "the file was changed or damaged after it was written; fetch it again");
}

}  // namespace weft::mindspore
