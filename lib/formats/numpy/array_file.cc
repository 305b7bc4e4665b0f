#include "formats/numpy/array_file.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft::numpy {
namespace {

// Headers that NumPy writes are shorter: one read gets them whole.
constexpr uint64_t kFirstBytes = 256;

absl::Status ReadTo(const ByteReader& reader, FileRange range, uint64_t size, std::string& bytes) {
  const uint64_t begin = bytes.size();
  const uint64_t end = std::max(begin, std::min(size, range.size_bytes));
  bytes.resize(end);
  return reader.ReadAt(range.offset_bytes + begin, end - begin, bytes.data() + begin);
}

}  // namespace

absl::StatusOr<LocatedArray> ReadArray(const ByteReader& reader, FileRange range,
                                       std::string_view where, const Limits& limits) {
  std::string bytes;
  WEFT_RETURN_IF_ERROR(ReadTo(reader, range, kFirstBytes, bytes));
  WEFT_ASSIGN_OR_RETURN(const size_t size, HeaderBytes(bytes, where));
  WEFT_RETURN_IF_ERROR(ReadTo(reader, range, size, bytes));
  LocatedArray located;
  WEFT_ASSIGN_OR_RETURN(located.array, ParseHeader(bytes, where, limits));
  WEFT_ASSIGN_OR_RETURN(located.trailing_bytes,
                        TrailingBytes(located.array, range.size_bytes, where));
  located.data = {range.offset_bytes + located.array.header_bytes, located.array.data_bytes};
  return located;
}

absl::StatusOr<LocatedArray> ReadArray(const ByteReader& reader, const Limits& limits) {
  return ReadArray(reader, {0, reader.size_bytes()}, reader.where(), limits);
}

absl::StatusOr<uint64_t> TrailingBytes(const Array& array, uint64_t size_bytes,
                                       std::string_view where) {
  // The header was read, so it is there.
  const uint64_t rest = size_bytes - array.header_bytes;
  if (rest >= array.data_bytes) return rest - array.data_bytes;
  return ErrorStatus(
      ErrorCode::kTruncated, where,
      absl::StrFormat("shape %s of %s needs %d bytes; %d follow the header", TextOf(array.shape),
                      NameOf(array.dtype), array.data_bytes, rest),
      "the download or copy of the file is incomplete; fetch it again");
}

}  // namespace weft::numpy
