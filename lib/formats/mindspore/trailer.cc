#include "formats/mindspore/trailer.h"

namespace weft::mindspore {

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

}  // namespace weft::mindspore
