#include "formats/mindspore/text.h"

#include <cstddef>

#include "diagnostic/utf8.h"

namespace weft::mindspore {
namespace {

constexpr size_t kCharacterBytes = 4;

bool IsScalarValue(char32_t c) { return c < 0xD800 || (c > 0xDFFF && c <= 0x10FFFF); }

void AppendUtf8(char32_t c, std::string& out) {
  const auto tail = [&](int shift) { out += static_cast<char>(0x80 | (c >> shift & 0x3F)); };
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xC0 | c >> 6);
    tail(0);
  } else if (c < 0x10000) {
    out += static_cast<char>(0xE0 | c >> 12);
    tail(6);
    tail(0);
  } else {
    out += static_cast<char>(0xF0 | c >> 18);
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

std::optional<std::string> Utf8Of(std::string_view content) {
  if (content.size() % kCharacterBytes != 0) return std::nullopt;
  std::string text;
  for (size_t at = 0; at < content.size(); at += kCharacterBytes) {
    char32_t c = 0;
    for (size_t i = kCharacterBytes; i-- > 0;) {
      c = c << 8 | static_cast<unsigned char>(content[at + i]);
    }
    if (!IsScalarValue(c)) return std::nullopt;
    AppendUtf8(c, text);
  }
  text.erase(text.find_last_not_of('\0') + 1);
  return text;
}

std::string Utf32Of(std::string_view text) {
  std::string content;
  while (!text.empty()) {
    const Utf8Character character = FirstCharacter(text);
    for (int shift = 0; shift < 32; shift += 8) {
      content += static_cast<char>(character.code_point >> shift & 0xFF);
    }
    text.remove_prefix(character.bytes);
  }
  if (content.empty()) content.assign(kCharacterBytes, '\0');
  return content;
}

}  // namespace weft::mindspore
