#include <string>

#include "absl/strings/str_format.h"
#include "diagnostic/utf8.h"
#include "weft/diagnostic.h"

namespace weft {
namespace {

constexpr size_t kMostBytes = 256;

// Characters that change the order, or the lines, in which a terminal shows the rest of a message.
bool Misleads(char32_t c) {
  return c == 0x061C || c == 0x200E || c == 0x200F || (c >= 0x2028 && c <= 0x202E) ||
         (c >= 0x2066 && c <= 0x2069) || c == 0xFEFF;
}

bool IsControl(char32_t c) { return c < 0x20 || (c >= 0x7F && c <= 0x9F); }

std::string EscapedCharacter(char32_t c, std::string_view bytes) {
  switch (c) {
    case '\n':
      return "\\n";
    case '\r':
      return "\\r";
    case '\t':
      return "\\t";
    case '"':
    case '\'':
    case '\\':
      return {'\\', static_cast<char>(c)};
    default:
      break;
  }
  if (IsControl(c) && c < 0x80) return absl::StrFormat("\\x%02X", static_cast<unsigned>(c));
  if (IsControl(c) || Misleads(c)) return absl::StrFormat("\\u{%X}", static_cast<unsigned>(c));
  return std::string(bytes);
}

}  // namespace

std::string Escaped(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Utf8Character character = FirstCharacter(text);
    const size_t bytes = character.bytes == 0 ? 1 : character.bytes;
    const std::string piece = character.bytes == 0
                                  ? absl::StrFormat("\\x%02X", static_cast<unsigned char>(text[0]))
                                  : EscapedCharacter(character.code_point, text.substr(0, bytes));
    if (out.size() + piece.size() > kMostBytes) return out + "…";
    out += piece;
    text.remove_prefix(bytes);
  }
  return out;
}

}  // namespace weft
