// The check sum that save_checkpoint(crc_check=True) puts at the end of a file.
#ifndef WEFT_FORMATS_MINDSPORE_TRAILER_H_
#define WEFT_FORMATS_MINDSPORE_TRAILER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "formats/byte_reader.h"

namespace weft::mindspore {

// "crc_num", then the CRC-32 of everything before it in ten bytes, big-endian.
inline constexpr std::string_view kTrailerMark = "crc_num";
inline constexpr size_t kTrailerBytes = 17;

std::string TrailerText(uint32_t crc);

// The CRC in a text of kTrailerBytes; nullopt when it is no trailer.
std::optional<uint32_t> CrcOfTrailer(std::string_view text);

// The CRC-32 of the first `size_bytes`, in little memory. Errors: those of ReadAt.
absl::StatusOr<uint32_t> CrcOf(const ByteReader& reader, uint64_t size_bytes);

// Reads the whole file and compares it with the CRC of its trailer.
// Errors: kWrongChecksum; those of ReadAt.
absl::Status CheckCrc(const ByteReader& reader, uint32_t crc);

}  // namespace weft::mindspore

#endif  // WEFT_FORMATS_MINDSPORE_TRAILER_H_
