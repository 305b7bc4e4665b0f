#include "formats/protobuf/varint.h"

#include <algorithm>

namespace weft::protobuf {

Varint DecodeVarint(std::string_view text) {
  Varint varint;
  const size_t most = std::min(text.size(), kMostVarintBytes);
  for (size_t i = 0; i < most; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    // The tenth byte has room for the last of the 64 bits alone.
    if (i + 1 == kMostVarintBytes && byte > 1) return {};
    varint.value |= static_cast<uint64_t>(byte & 0x7F) << (7 * i);
    if ((byte & 0x80) == 0) {
      varint.bytes = i + 1;
      return varint;
    }
  }
  return {};
}

void AppendVarint(uint64_t value, std::string& out) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>((value & 0x7F) | 0x80);
  out += static_cast<char>(value);
}

size_t VarintBytes(uint64_t value) {
  size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}

}  // namespace weft::protobuf
