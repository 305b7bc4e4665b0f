// The check sum that save_checkpoint(crc_check=True) puts at the end of a file.
#ifndef WEFT_FORMATS_MINDSPORE_TRAILER_H_
#define WEFT_FORMATS_MINDSPORE_TRAILER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace weft::mindspore {

// "crc_num", then the CRC-32 of everything before it in ten bytes, big-endian.
inline constexpr std::string_view kTrailerMark = "crc_num";
inline constexpr size_t kTrailerBytes = 17;

// The CRC in a text of kTrailerBytes; nullopt when it is no trailer.
std::optional<uint32_t> CrcOfTrailer(std::string_view text);

}  // namespace weft::mindspore

#endif  // WEFT_FORMATS_MINDSPORE_TRAILER_H_
