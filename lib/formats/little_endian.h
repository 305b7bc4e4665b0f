// Unsigned numbers in bytes, least significant first.
#ifndef WEFT_FORMATS_LITTLE_ENDIAN_H_
#define WEFT_FORMATS_LITTLE_ENDIAN_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace weft {

// The number in all of `bytes`, which are at most 8.
inline uint64_t LittleEndianNumber(std::string_view bytes) {
  uint64_t number = 0;
  for (size_t i = bytes.size(); i-- > 0;) {
    number = number << 8U | static_cast<unsigned char>(bytes[i]);
  }
  return number;
}

inline void AppendLittleEndian(uint64_t number, size_t bytes, std::string& out) {
  for (; bytes > 0; --bytes, number >>= 8U) out += static_cast<char>(number & 0xFFU);
}

}  // namespace weft

#endif  // WEFT_FORMATS_LITTLE_ENDIAN_H_
