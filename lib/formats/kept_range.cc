#include "formats/kept_range.h"

#include <algorithm>

namespace weft {

std::vector<KeptRange> AllBut(std::vector<FileRange> ranges,
                              const std::shared_ptr<const ByteReader>& reader) {
  std::sort(ranges.begin(), ranges.end(),
            [](const FileRange& a, const FileRange& b) { return a.offset_bytes < b.offset_bytes; });
  ranges.push_back({reader->size_bytes(), 0});
  std::vector<KeptRange> kept;
  uint64_t at = 0;
  for (const FileRange& range : ranges) {
    if (range.offset_bytes > at) kept.push_back({at, reader, {at, range.offset_bytes - at}});
    at = range.end_bytes();
  }
  return kept;
}

}  // namespace weft
