// The end of a zip file: where its central directory is.
#ifndef WEFT_FORMATS_ZIP_END_RECORD_H_
#define WEFT_FORMATS_ZIP_END_RECORD_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"

namespace weft::zip {

struct EndRecord {
  uint64_t members = 0;
  uint64_t directory_offset_bytes = 0;
  uint64_t directory_bytes = 0;
};

// Reads the end record and, where there is one, the ZIP64 end record. There is exactly one end
// record that ends with the file, and the directory ends where the end records begin.
// Errors: kTruncated, kBadHeaderSyntax, kOffsetRange, kOffsetHole, kUnsupportedFeature (several
// disks), kCannotRead.
absl::StatusOr<EndRecord> ReadEndRecord(const ByteReader& reader);

}  // namespace weft::zip

#endif  // WEFT_FORMATS_ZIP_END_RECORD_H_
