// Bytes of an output that are those of another file.
#ifndef WEFT_FORMATS_KEPT_RANGE_H_
#define WEFT_FORMATS_KEPT_RANGE_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "formats/byte_reader.h"
#include "formats/file_range.h"

namespace weft {

struct KeptRange {
  uint64_t offset_bytes = 0;  // in the output
  std::shared_ptr<const ByteReader> reader;
  FileRange range;  // of the reader
};

// What of a file is left beside some ranges, which lie in it and are disjoint: it stays where it
// is.
std::vector<KeptRange> AllBut(std::vector<FileRange> ranges,
                              const std::shared_ptr<const ByteReader>& reader);

}  // namespace weft

#endif  // WEFT_FORMATS_KEPT_RANGE_H_
