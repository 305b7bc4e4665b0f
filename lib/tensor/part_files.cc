#include "weft/part_files.h"

#include <algorithm>

namespace weft {
namespace {

constexpr size_t kMostDigits = 18;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The number that `digits` are; they are few enough.
int64_t NumberOf(std::string_view digits) {
  int64_t number = 0;
  for (const char c : digits) number = number * 10 + (c - '0');
  return number;
}

}  // namespace

std::optional<std::string> PartFiles::PathOf(uint64_t part) const {
  std::string path;
  for (const Piece& piece : pieces_) {
    if (!piece.is_number) {
      path += piece.text;
      continue;
    }
    int64_t number = 0;
    if (__builtin_mul_overflow(part, piece.slope, &number) ||
        __builtin_add_overflow(number, piece.offset, &number) || number < 0) {
      return std::nullopt;
    }
    const std::string digits = std::to_string(number);
    const auto width = static_cast<size_t>(piece.width);
    if (width > 0 && digits.size() > width) return std::nullopt;
    path.append(std::max(width, digits.size()) - digits.size(), '0');
    path += digits;
  }
  return path;
}

std::optional<uint64_t> PartFiles::PartOf(std::string_view path) const {
  const auto number = std::find_if(pieces_.begin(), pieces_.end(),
                                   [](const Piece& piece) { return piece.is_number; });
  std::string before;
  for (auto piece = pieces_.begin(); piece != number; ++piece) before += piece->text;
  if (path.substr(0, before.size()) != before) return std::nullopt;
  const std::string_view rest = path.substr(before.size());
  // Where the text behind the number begins with digits, its end is not seen before it is tried.
  for (size_t size = 1; size <= std::min(rest.size(), kMostDigits) && IsDigit(rest[size - 1]);
       ++size) {
    int64_t distance = 0;
    if (__builtin_sub_overflow(NumberOf(rest.substr(0, size)), number->offset, &distance) ||
        distance % number->slope != 0 || distance / number->slope < 0) {
      continue;
    }
    const auto part = static_cast<uint64_t>(distance / number->slope);
    if (PathOf(part) == path) return part;
  }
  return std::nullopt;
}

std::string NameInPart(uint64_t part, std::string_view name) {
  return std::to_string(part) + "/" + std::string(name);
}

std::optional<std::pair<uint64_t, std::string_view>> CutPart(std::string_view name) {
  const size_t slash = name.find('/');
  if (slash == 0 || slash > kMostDigits || slash == std::string_view::npos) return std::nullopt;
  const std::string_view digits = name.substr(0, slash);
  if (!std::all_of(digits.begin(), digits.end(), IsDigit)) return std::nullopt;
  if (digits.size() > 1 && digits[0] == '0') return std::nullopt;
  return std::pair(static_cast<uint64_t>(NumberOf(digits)), name.substr(slash + 1));
}

}  // namespace weft
