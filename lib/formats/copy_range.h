// Bytes of a file that become those of another as they are.
#ifndef WEFT_FORMATS_COPY_RANGE_H_
#define WEFT_FORMATS_COPY_RANGE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "formats/byte_reader.h"
#include "formats/file_range.h"
#include "io/output_file.h"

namespace weft {

// Writes a range of `reader` to `file` from `offset_bytes` on, in blocks of 1 MiB. Errors: those of
// reading and of writing.
absl::Status CopyRange(const ByteReader& reader, FileRange range, const OutputFile& file,
                       uint64_t offset_bytes);

}  // namespace weft

#endif  // WEFT_FORMATS_COPY_RANGE_H_
