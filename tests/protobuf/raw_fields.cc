#include "protobuf/raw_fields.h"

namespace weft::test {

std::string RawVarint(uint64_t value) {
  std::string bytes(1, static_cast<char>(value % 128));
  while ((value /= 128) != 0) {
    bytes.back() = static_cast<char>(bytes.back() | '\x80');
    bytes += static_cast<char>(value % 128);
  }
  return bytes;
}

std::string RawNumber(uint64_t field, uint64_t value) {
  return RawVarint(field * 8) + RawVarint(value);
}

std::string RawBytes(uint64_t field, std::string_view bytes) {
  return (RawVarint(field * 8 + 2) + RawVarint(bytes.size())).append(bytes);
}

}  // namespace weft::test
