#include "formats/pickle/literal.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/str_format.h"

namespace weft::pickle {
namespace {

std::optional<uint32_t> HexOf(std::string_view digits) {
  uint32_t number = 0;
  for (const char c : digits) {
    uint32_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<uint32_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<uint32_t>(c - 'a' + 10);
    } else if (c >= 'A' && c <= 'F') {
      digit = static_cast<uint32_t>(c - 'A' + 10);
    } else {
      return std::nullopt;
    }
    number = number << 4U | digit;
  }
  return number;
}

// False for what is no character.
bool AppendUtf8(uint32_t code_point, std::string& out) {
  const auto tail = [&](unsigned shift) {
    out += static_cast<char>(0x80U | ((code_point >> shift) & 0x3FU));
  };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xC0U | code_point >> 6U);
    tail(0);
  } else if (code_point < 0x10000) {
    if (code_point >= 0xD800 && code_point < 0xE000) return false;
    out += static_cast<char>(0xE0U | code_point >> 12U);
    tail(6);
    tail(0);
  } else {
    if (code_point > 0x10FFFF) return false;
    out += static_cast<char>(0xF0U | code_point >> 18U);
    tail(12);
    tail(6);
    tail(0);
  }
  return true;
}

// The byte that an escape of one letter stands for; nullopt for other letters.
std::optional<char> SimpleEscape(char letter) {
  switch (letter) {
    case '\\':
    case '\'':
    case '"':
      return letter;
    case 'a':
      return '\a';
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return std::nullopt;
  }
}

bool IsOctal(char c) { return c >= '0' && c <= '7'; }

}  // namespace

std::optional<std::string> DecodeUnicodeLine(std::string_view line) {
  std::string out;
  while (!line.empty()) {
    uint32_t code_point = static_cast<unsigned char>(line[0]);
    size_t taken = 1;
    if (line.size() > 1 && line[0] == '\\' && (line[1] == 'u' || line[1] == 'U')) {
      taken = line[1] == 'u' ? 6 : 10;
      if (line.size() < taken) return std::nullopt;
      const std::optional<uint32_t> escaped = HexOf(line.substr(2, taken - 2));
      if (!escaped) return std::nullopt;
      code_point = *escaped;
    }
    if (!AppendUtf8(code_point, out)) return std::nullopt;
    line.remove_prefix(taken);
  }
  return out;
}

std::optional<std::string> DecodeQuotedLine(std::string_view line) {
  if (line.size() < 2 || (line[0] != '\'' && line[0] != '"') || line.back() != line[0]) {
    return std::nullopt;
  }
  line = line.substr(1, line.size() - 2);
  std::string out;
  while (!line.empty()) {
    if (line[0] != '\\') {
      out += line[0];
      line.remove_prefix(1);
      continue;
    }
    if (line.size() < 2) return std::nullopt;
    if (const std::optional<char> simple = SimpleEscape(line[1])) {
      out += *simple;
      line.remove_prefix(2);
    } else if (line[1] == 'x') {
      const std::optional<uint32_t> byte =
          line.size() < 4 ? std::nullopt : HexOf(line.substr(2, 2));
      if (!byte) return std::nullopt;
      out += static_cast<char>(*byte);
      line.remove_prefix(4);
    } else if (IsOctal(line[1])) {
      uint32_t byte = 0;
      size_t digits = 1;
      for (; digits < 4 && digits < line.size() && IsOctal(line[digits]); ++digits) {
        byte = byte * 8 + static_cast<uint32_t>(line[digits] - '0');
      }
      out += static_cast<char>(byte & 0xFFU);
      line.remove_prefix(digits);
    } else {
      return std::nullopt;
    }
  }
  return out;
}

std::string DecimalOf(std::string_view bytes) {
  const bool is_negative =
      !bytes.empty() && (static_cast<unsigned char>(bytes.back()) & 0x80U) != 0;
  std::vector<uint8_t> magnitude(bytes.begin(), bytes.end());
  if (is_negative) {
    unsigned carry = 1;
    for (uint8_t& byte : magnitude) {
      const unsigned sum = (byte ^ 0xFFU) + carry;
      byte = static_cast<uint8_t>(sum);
      carry = sum >> 8U;
    }
  }
  // Nine digits at a time, from the lowest.
  constexpr uint64_t kNineDigits = 1'000'000'000;
  std::string out;
  while (!magnitude.empty() && magnitude.back() == 0) magnitude.pop_back();
  while (!magnitude.empty()) {
    uint64_t rest = 0;
    for (size_t i = magnitude.size(); i-- > 0;) {
      const uint64_t number = rest << 8U | magnitude[i];
      magnitude[i] = static_cast<uint8_t>(number / kNineDigits);
      rest = number % kNineDigits;
    }
    while (!magnitude.empty() && magnitude.back() == 0) magnitude.pop_back();
    const std::string digits =
        magnitude.empty() ? absl::StrFormat("%d", rest) : absl::StrFormat("%09d", rest);
    out.insert(0, digits);
  }
  if (out.empty()) return "0";
  return is_negative ? "-" + out : out;
}

bool IsDecimal(std::string_view text) {
  if (!text.empty() && text[0] == '-') text.remove_prefix(1);
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace weft::pickle
