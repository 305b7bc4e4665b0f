#include "formats/name_order.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <utility>

namespace weft {
namespace {

bool ComesBefore(const TensorInfo& a, const TensorInfo& b) {
  if (NaturalLess(a.name, b.name)) return true;
  return a.file < b.file && a.name == b.name;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The start of a name. Different starts compare as the names do in natural order.
constexpr size_t kStartBytes = 40;
using Start = std::array<unsigned char, kStartBytes>;

// Of a number stands first how many digits it has, so that a longer one is greater. Numbers of so
// many digits end the start: what follows is left to the names.
Start StartOf(std::string_view name) {
  constexpr size_t kManyDigits = 9;
  Start start = {};
  size_t size = 0;
  for (size_t i = 0; i < name.size() && size < kStartBytes;) {
    if (!IsDigit(name[i])) {
      start[size++] = static_cast<unsigned char>(name[i++]);
      continue;
    }
    while (i < name.size() && name[i] == '0') ++i;
    size_t end = i;
    while (end < name.size() && IsDigit(name[end])) ++end;
    const size_t digits = std::min(end - i, kManyDigits);
    start[size++] = static_cast<unsigned char>('0' + digits);
    if (digits == kManyDigits) break;
    for (; i < end && size < kStartBytes; ++i) start[size++] = static_cast<unsigned char>(name[i]);
    i = end;
  }
  return start;
}

struct Ordered {
  Start start;
  uint32_t tensor;
};

}  // namespace

// Sorts starts of names, which lie side by side, and then moves each tensor once: a name is costly
// to fetch, and a TensorInfo to swap.
void SortByName(std::vector<TensorInfo>& tensors) {
  if (std::is_sorted(tensors.begin(), tensors.end(), ComesBefore)) return;
  std::vector<Ordered> order(tensors.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = {StartOf(tensors[i].name), i};
  std::sort(order.begin(), order.end(), [&](const Ordered& a, const Ordered& b) {
    const int starts = std::memcmp(a.start.data(), b.start.data(), kStartBytes);
    if (starts != 0) return starts < 0;
    return ComesBefore(tensors[a.tensor], tensors[b.tensor]);
  });
  std::vector<TensorInfo> sorted;
  sorted.reserve(tensors.size());
  for (const Ordered& next : order) sorted.push_back(std::move(tensors[next.tensor]));
  tensors = std::move(sorted);
}

void ForEachRepeatedName(const std::vector<TensorInfo>& tensors,
                         const std::function<void(const TensorInfo&, const TensorInfo&)>& report) {
  for (size_t i = 1; i < tensors.size(); ++i) {
    if (tensors[i - 1].name == tensors[i].name) report(tensors[i - 1], tensors[i]);
  }
}

}  // namespace weft
