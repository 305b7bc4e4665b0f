#include "plan/picture_text.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_format.h"
#include "diagnostic/utf8.h"

namespace weft {
namespace {

std::string Joined(const std::vector<std::string>& letters, size_t begin, size_t end) {
  std::string text;
  for (size_t i = begin; i < end; ++i) text += letters[i];
  return text;
}

std::vector<std::string> LettersOf(std::string_view text) {
  std::vector<std::string> letters;
  for (const char c : text) {
    const bool goes_on = (static_cast<unsigned char>(c) & 0xC0) == 0x80;
    if (!goes_on || letters.empty()) letters.emplace_back();
    letters.back() += c;
  }
  return letters;
}

}  // namespace

size_t LettersIn(std::string_view text) { return LettersOf(text).size(); }

std::string SizeText(uint64_t bytes) {
  static constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  auto value = static_cast<double>(bytes);
  size_t unit = 0;
  for (; value >= 1023.95 && unit + 1 < std::size(kUnits); ++unit) value /= 1024;
  return absl::StrFormat("%.*f %s", unit == 0 ? 0 : 1, value, kUnits[unit]);
}

std::string CountText(uint64_t count, std::string_view what) {
  return absl::StrFormat("%d %s%s", count, what, count == 1 ? "" : "s");
}

std::string Xml(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const Utf8Character character = FirstCharacter(text);
    const char32_t c = character.code_point;
    const size_t bytes = std::max<size_t>(character.bytes, 1);
    if (character.bytes == 0 || c < 0x20 || (c >= 0x7F && c <= 0x9F) || c == 0xFFFE ||
        c == 0xFFFF) {
      out += "\uFFFD";
    } else if (c == '&') {
      out += "&amp;";
    } else if (c == '<') {
      out += "&lt;";
    } else if (c == '>') {
      out += "&gt;";
    } else {
      out += text.substr(0, bytes);
    }
    text.remove_prefix(bytes);
  }
  return out;
}

std::string Shortened(std::string_view text, size_t most) {
  const std::vector<std::string> letters = LettersOf(text);
  if (letters.size() <= most) return std::string(text);
  const size_t head = (most - 1) / 2;
  const size_t tail = most - 1 - head;
  return Joined(letters, 0, head) + "…" + Joined(letters, letters.size() - tail, letters.size());
}

std::vector<std::string> Wrapped(std::string_view text, size_t most_letters, size_t most_lines) {
  const std::vector<std::string> letters = LettersOf(text);
  std::vector<std::string> lines;
  for (size_t begin = 0; begin < letters.size();) {
    size_t end = std::min(begin + most_letters, letters.size());
    if (end < letters.size()) {
      size_t blank = end;
      while (blank > begin && letters[blank] != " ") --blank;
      if (blank > begin) end = blank;
    }
    lines.push_back(Joined(letters, begin, end));
    begin = end < letters.size() && letters[end] == " " ? end + 1 : end;
  }
  if (lines.size() > most_lines) {
    lines.resize(most_lines);
    lines.back() = Shortened(lines.back(), most_letters - 1) + "…";
  }
  return lines;
}

}  // namespace weft
