#include "quantity.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <iterator>
#include <limits>

#include "absl/strings/str_format.h"

namespace weft::cli {

std::optional<uint64_t> ParseInteger(std::string_view text) {
  uint64_t value = 0;
  const char* begin = text.data();
  const char* end = begin + text.size();
  const auto [stop, error] = std::from_chars(begin, end, value);
  if (error != std::errc() || stop != end) return std::nullopt;
  return value;
}

std::optional<uint64_t> ParseSize(std::string_view text) {
  struct Unit {
    std::string_view name;
    uint64_t bytes;
  };
  static constexpr Unit kUnits[] = {
      {"", 1},
      {"B", 1},
      {"KB", 1'000},
      {"MB", 1'000'000},
      {"GB", 1'000'000'000},
      {"TB", 1'000'000'000'000},
      {"KIB", 1ull << 10},
      {"MIB", 1ull << 20},
      {"GIB", 1ull << 30},
      {"TIB", 1ull << 40},
  };
  const size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  const std::optional<uint64_t> count = ParseInteger(text.substr(0, digits));
  if (!count) return std::nullopt;
  std::string name(text.substr(digits));
  std::transform(name.begin(), name.end(), name.begin(),
                 [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
  const Unit* unit = std::find_if(std::begin(kUnits), std::end(kUnits),
                                  [&](const Unit& candidate) { return candidate.name == name; });
  if (unit == std::end(kUnits)) return std::nullopt;
  if (*count > std::numeric_limits<uint64_t>::max() / unit->bytes) return std::nullopt;
  return *count * unit->bytes;
}

std::string SizeText(uint64_t bytes) {
  static constexpr std::string_view kUnits[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
  if (bytes < 1024) return absl::StrFormat("%d B", bytes);
  double value = static_cast<double>(bytes) / 1024;
  size_t unit = 0;
  // A value that would print as 1024.0 goes to the next unit.
  while (value >= 1023.95) {
    value /= 1024;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", value, kUnits[unit]);
}

std::string CountText(uint64_t count) {
  std::string text = std::to_string(count);
  for (size_t place = 3; place < text.size(); place += 4) text.insert(text.size() - place, ",");
  return text;
}

std::string RateText(uint64_t bytes, double seconds) {
  if (seconds <= 0) return "";
  const double rate = static_cast<double>(bytes) / seconds;
  // Below 2^63 the conversion back is defined; nothing is that fast.
  return SizeText(static_cast<uint64_t>(std::min(rate, 0x1p62))) + "/s";
}

std::string DurationText(double seconds) {
  if (seconds < 60) return absl::StrFormat("%.2f s", seconds);
  const uint64_t whole = static_cast<uint64_t>(seconds);
  if (whole < 3600) return absl::StrFormat("%d:%02d min", whole / 60, whole % 60);
  return absl::StrFormat("%d:%02d:%02d h", whole / 3600, whole / 60 % 60, whole % 60);
}

double GibPerSecond(uint64_t bytes, double seconds) {
  if (seconds <= 0) return 0;
  return static_cast<double>(bytes) / static_cast<double>(1ull << 30) / seconds;
}

}  // namespace weft::cli
