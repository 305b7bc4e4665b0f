// The checksum of zip members: CRC-32 with the polynomial 0x04C11DB7, bits reversed (ISO 3309).
#ifndef WEFT_FORMATS_ZIP_CRC32_H_
#define WEFT_FORMATS_ZIP_CRC32_H_

#include <cstdint>
#include <string_view>

namespace weft::zip {

// The checksum of what `crc` is the checksum of, followed by `bytes`. That of nothing is 0.
uint32_t Crc32(uint32_t crc, std::string_view bytes);

// The checksum of two parts behind one another, from those of the parts.
uint32_t JoinCrc32(uint32_t first, uint32_t second, uint64_t second_bytes);

}  // namespace weft::zip

#endif  // WEFT_FORMATS_ZIP_CRC32_H_
