#include "diagnostic/utf8.h"

namespace weft {

Utf8Character FirstCharacter(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};

  size_t bytes = 0;
  char32_t least = 0;  // the smallest code point that needs so many bytes
  if ((lead & 0xE0) == 0xC0) {
    bytes = 2;
    least = 0x80;
  } else if ((lead & 0xF0) == 0xE0) {
    bytes = 3;
    least = 0x800;
  } else if ((lead & 0xF8) == 0xF0) {
    bytes = 4;
    least = 0x10000;
  } else {
    return {};
  }
  if (text.size() < bytes) return {};

  char32_t code_point = lead & (0x7Fu >> bytes);
  for (size_t i = 1; i < bytes; ++i) {
    const auto next = static_cast<unsigned char>(text[i]);
    if ((next & 0xC0) != 0x80) return {};
    code_point = code_point << 6 | (next & 0x3Fu);
  }
  const bool is_surrogate = code_point >= 0xD800 && code_point <= 0xDFFF;
  if (code_point < least || code_point > 0x10FFFF || is_surrogate) return {};
  return {code_point, bytes};
}

bool IsUtf8(std::string_view text) {
  while (!text.empty()) {
    const size_t bytes = FirstCharacter(text).bytes;
    if (bytes == 0) return false;
    text.remove_prefix(bytes);
  }
  return true;
}

}  // namespace weft
