// A string is read as a sequence of numbers (runs of digits) and other bytes. Numbers and bytes are
// totally preordered – a byte is below or above all digits – so comparing the sequences is a strict
// weak order, and comparing equal ones as bytes makes it total.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>

#include "weft/catalog.h"

namespace weft {
namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Length of the common prefix, eight bytes at a time: names of one model share long prefixes.
size_t CommonPrefix(std::string_view a, std::string_view b) {
  const size_t length = std::min(a.size(), b.size());
  size_t i = 0;
  for (; i + sizeof(uint64_t) <= length; i += sizeof(uint64_t)) {
    uint64_t x = 0;
    uint64_t y = 0;
    std::memcpy(&x, a.data() + i, sizeof(x));
    std::memcpy(&y, b.data() + i, sizeof(y));
    if (x != y) break;
  }
  while (i < length && a[i] == b[i]) ++i;
  return i;
}

// The run of digits at `at`, without leading zeros; `at` moves behind it.
std::string_view TakeNumber(std::string_view text, size_t& at) {
  while (at < text.size() && text[at] == '0') ++at;
  const size_t begin = at;
  while (at < text.size() && IsDigit(text[at])) ++at;
  return text.substr(begin, at - begin);
}

}  // namespace

bool NaturalLess(std::string_view a, std::string_view b) {
  size_t i = CommonPrefix(a, b);
  // The first difference may lie inside a number: go back to its start.
  while (i > 0 && IsDigit(a[i - 1])) --i;
  size_t j = i;
  while (i < a.size() && j < b.size()) {
    if (IsDigit(a[i]) && IsDigit(b[j])) {
      const std::string_view x = TakeNumber(a, i);
      const std::string_view y = TakeNumber(b, j);
      if (x.size() != y.size()) return x.size() < y.size();
      if (const int order = x.compare(y); order != 0) return order < 0;
    } else if (a[i] != b[j]) {
      return static_cast<unsigned char>(a[i]) < static_cast<unsigned char>(b[j]);
    } else {
      ++i;
      ++j;
    }
  }
  if (i < a.size() || j < b.size()) return j < b.size();
  return a < b;
}

}  // namespace weft
