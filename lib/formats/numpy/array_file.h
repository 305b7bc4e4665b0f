// An array whose bytes lie in a file as they are: an .npy file, or a stored member of an .npz.
#ifndef WEFT_FORMATS_NUMPY_ARRAY_FILE_H_
#define WEFT_FORMATS_NUMPY_ARRAY_FILE_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/file_range.h"
#include "formats/numpy/header.h"
#include "weft/limits.h"

namespace weft::numpy {

struct LocatedArray {
  Array array;
  FileRange data;
  // What follows the data: NumPy does not look at it, and it is worth a warning.
  uint64_t trailing_bytes = 0;
};

// The array in a range of the file, which lies in it; `where` names it in errors.
// Errors: those of ParseHeader; kTruncated when the range ends within header or data; kCannotRead;
// kInputChanged.
absl::StatusOr<LocatedArray> ReadArray(const ByteReader& reader, FileRange range,
                                       std::string_view where, const Limits& limits);

// The array that is the whole file.
absl::StatusOr<LocatedArray> ReadArray(const ByteReader& reader, const Limits& limits);

// Checks that `size_bytes`, of the whole array, hold header and data; the bytes beyond.
// Errors: kTruncated.
absl::StatusOr<uint64_t> TrailingBytes(const Array& array, uint64_t size_bytes,
                                       std::string_view where);

}  // namespace weft::numpy

#endif  // WEFT_FORMATS_NUMPY_ARRAY_FILE_H_
