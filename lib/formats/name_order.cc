#include "formats/name_order.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace weft {
namespace {

bool ComesBefore(const TensorInfo& a, const TensorInfo& b) {
  if (NaturalLess(a.name, b.name)) return true;
  return a.file < b.file && a.name == b.name;
}

}  // namespace

// Sorts numbers and then moves each tensor once: a TensorInfo is costly to swap.
void SortByName(std::vector<TensorInfo>& tensors) {
  if (std::is_sorted(tensors.begin(), tensors.end(), ComesBefore)) return;
  std::vector<uint32_t> order(tensors.size());
  for (uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(),
            [&](uint32_t a, uint32_t b) { return ComesBefore(tensors[a], tensors[b]); });
  std::vector<TensorInfo> sorted;
  sorted.reserve(tensors.size());
  for (const uint32_t i : order) sorted.push_back(std::move(tensors[i]));
  tensors = std::move(sorted);
}

void ForEachRepeatedName(const std::vector<TensorInfo>& tensors,
                         const std::function<void(const TensorInfo&, const TensorInfo&)>& report) {
  for (size_t i = 1; i < tensors.size(); ++i) {
    if (tensors[i - 1].name == tensors[i].name) report(tensors[i - 1], tensors[i]);
  }
}

}  // namespace weft
