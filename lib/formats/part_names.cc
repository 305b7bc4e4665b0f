#include "formats/part_names.h"

#include <charconv>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

std::optional<uint64_t> ParseNumber(std::string_view digits) {
  uint64_t number = 0;
  const std::from_chars_result result = std::from_chars(digits.begin(), digits.end(), number);
  if (result.ec != std::errc() || result.ptr != digits.end()) return std::nullopt;
  return number;
}

}  // namespace

std::optional<PartName> ParsePartName(std::string_view name) {
  constexpr std::string_view kOf = "-of-";
  const size_t of = name.rfind(kOf);
  if (of == std::string_view::npos) return std::nullopt;
  size_t part_begin = of;
  while (part_begin > 0 && IsDigit(name[part_begin - 1])) --part_begin;
  const size_t count_begin = of + kOf.size();
  size_t count_end = count_begin;
  while (count_end < name.size() && IsDigit(name[count_end])) ++count_end;
  const bool is_bounded = part_begin > 0 && name[part_begin - 1] == '-' &&
                          (count_end == name.size() || name[count_end] == '.');
  if (!is_bounded) return std::nullopt;

  const auto part = ParseNumber(name.substr(part_begin, of - part_begin));
  const auto count = ParseNumber(name.substr(count_begin, count_end - count_begin));
  if (!part || !count) return std::nullopt;
  return PartName{std::string(name.substr(0, part_begin)), *part, *count,
                  std::string(name.substr(count_end))};
}

std::string FamilyOf(std::string_view name) {
  if (const std::optional<PartName> part = ParsePartName(name)) {
    return absl::StrFormat("%s#-of-%d%s", part->prefix, part->count, part->suffix);
  }
  std::string family;
  for (size_t i = 0; i < name.size(); ++i) {
    if (!IsDigit(name[i])) {
      family += name[i];
    } else if (i == 0 || !IsDigit(name[i - 1])) {
      family += '#';
    }
  }
  return family;
}

std::string NameOfPart(std::string_view stem, uint64_t part, uint64_t count,
                       std::string_view extension) {
  return absl::StrFormat("%s-%05d-of-%05d%s", stem, part, count, extension);
}

absl::Status CheckAllParts(const std::vector<std::string>& names, std::string_view directory) {
  const std::optional<PartName> first = ParsePartName(names.front());
  if (!first) return absl::OkStatus();
  const std::string where = Escaped(directory);

  const uint64_t begin = first->part == 0 ? 0 : 1;
  uint64_t expected = begin;
  for (size_t i = 0; i < names.size(); ++i, ++expected) {
    const std::optional<PartName> part = ParsePartName(names[i]);
    if (!part || part->part > expected) break;
    if (part->part < expected && i > 0) {
      return ErrorStatus(ErrorCode::kDuplicateName, where,
                         absl::StrFormat("'%s' and '%s' are the same part of a checkpoint",
                                         Escaped(names[i - 1]), Escaped(names[i])));
    }
  }
  if (expected == begin + first->count && names.size() == first->count) return absl::OkStatus();
  return ErrorStatus(
      ErrorCode::kMissingPart, where,
      absl::StrFormat("part %d of the checkpoint '%s' is missing: %d of %d files are there",
                      expected, Escaped(names.front()), names.size(), first->count),
      "fetch the missing file");
}

}  // namespace weft
