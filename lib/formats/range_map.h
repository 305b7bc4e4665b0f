// Tensors that lie in several ranges of their file, seen as if each lay in one.
#ifndef WEFT_FORMATS_RANGE_MAP_H_
#define WEFT_FORMATS_RANGE_MAP_H_

#include <cstdint>
#include <map>
#include <vector>

#include "formats/file_range.h"
#include "formats/output_layout.h"

namespace weft {

// Immutable once filled.
class RangeMap {
 public:
  // The extent of a tensor with that place: its own where it is one range. Otherwise it begins at
  // an offset that no file has.
  OutputExtent Add(const TensorPlace& place);

  // Where in the file a range within an extent is, piece by piece.
  std::vector<FileRange> RangesOf(uint64_t offset_bytes, uint64_t size_bytes) const;

 private:
  static constexpr uint64_t kFirst = uint64_t{1} << 62U;

  std::map<uint64_t, FileRange> ranges_;  // by where they seem to begin
  uint64_t next_ = kFirst;
};

}  // namespace weft

#endif  // WEFT_FORMATS_RANGE_MAP_H_
