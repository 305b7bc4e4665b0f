#include "formats/range_map.h"

#include <algorithm>
#include <iterator>

namespace weft {

OutputExtent RangeMap::Add(const TensorPlace& place) {
  if (place.ranges.empty()) return {place.file, 0, 0};
  if (place.ranges.size() == 1) {
    return {place.file, place.ranges[0].offset_bytes, place.ranges[0].size_bytes};
  }
  OutputExtent extent = {place.file, next_, 0};
  for (const FileRange& range : place.ranges) {
    ranges_.emplace(next_, range);
    next_ += range.size_bytes;
    extent.size_bytes += range.size_bytes;
  }
  return extent;
}

std::vector<FileRange> RangeMap::RangesOf(uint64_t offset_bytes, uint64_t size_bytes) const {
  if (offset_bytes < kFirst) return {{offset_bytes, size_bytes}};
  std::vector<FileRange> found;
  for (auto at = std::prev(ranges_.upper_bound(offset_bytes)); size_bytes > 0; ++at) {
    const uint64_t begin = offset_bytes - at->first;
    const uint64_t count = std::min(size_bytes, at->second.size_bytes - begin);
    found.push_back({at->second.offset_bytes + begin, count});
    offset_bytes += count;
    size_bytes -= count;
  }
  return found;
}

}  // namespace weft
