#include "formats/numpy/header.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/little_endian.h"
#include "formats/numpy/dict_reader.h"
#include "formats/numpy/element_type.h"
#include "tensor/shape.h"

namespace weft::numpy {
namespace {

constexpr std::string_view kMagic = "\x93NUMPY";
constexpr size_t kVersionBytes = 2;  // major, minor
constexpr size_t kLengthAt = kMagic.size() + kVersionBytes;
constexpr size_t kAlignment = 64;
constexpr int kMostRank = 64;  // NumPy's own
// NumPy leaves room for the digits of a first size that grows.
constexpr size_t kMostDigits = 21;

absl::Status Truncated(std::string_view where, size_t size) {
  return ErrorStatus(ErrorCode::kTruncated, where,
                     absl::StrFormat("ends after %d bytes, within the header", size),
                     "the download or copy of the file is incomplete; fetch it again");
}

// Where the text of the header begins: its length takes 2 bytes in version 1, 4 in later ones.
size_t TextBegin(std::string_view bytes) { return kLengthAt + (bytes[kMagic.size()] == 1 ? 2 : 4); }

bool IsOneOrder(const Shape& shape) {
  return std::count_if(shape.begin(), shape.end(), [](int64_t size) { return size != 1; }) <= 1;
}

}  // namespace

bool Recognises(std::string_view first_bytes) {
  return first_bytes.substr(0, kMagic.size()) == kMagic;
}

absl::StatusOr<size_t> HeaderBytes(std::string_view first_bytes, std::string_view where) {
  const size_t shared = std::min(first_bytes.size(), kMagic.size());
  if (first_bytes.substr(0, shared) != kMagic.substr(0, shared)) {
    return ErrorStatus(ErrorCode::kUnknownFormat, where, "is no array of NumPy's");
  }
  if (first_bytes.size() < kLengthAt) return Truncated(where, first_bytes.size());
  const int major = static_cast<unsigned char>(first_bytes[kMagic.size()]);
  const int minor = static_cast<unsigned char>(first_bytes[kMagic.size() + 1]);
  if (major < 1 || major > 3 || minor != 0) {
    return ErrorStatus(ErrorCode::kUnsupportedFeature, where,
                       absl::StrFormat("has version %d.%d of the .npy format; weft reads 1.0, 2.0 "
                                       "and 3.0",
                                       major, minor));
  }
  const size_t begin = TextBegin(first_bytes);
  if (first_bytes.size() < begin) return Truncated(where, first_bytes.size());
  const uint64_t length = LittleEndianNumber(first_bytes.substr(kLengthAt, begin - kLengthAt));
  if (length > kMostHeaderBytes - kPrefixBytes) {
    return ErrorStatus(ErrorCode::kLimitExceeded, where,
                       absl::StrFormat("the header has %d bytes; the limit is %d", length,
                                       kMostHeaderBytes - kPrefixBytes));
  }
  return begin + static_cast<size_t>(length);
}

absl::StatusOr<Array> ParseHeader(std::string_view header, std::string_view where,
                                  const Limits& limits) {
  WEFT_ASSIGN_OR_RETURN(const size_t size, HeaderBytes(header, where));
  if (header.size() < size) return Truncated(where, header.size());
  const size_t begin = TextBegin(header);
  WEFT_ASSIGN_OR_RETURN(HeaderDict dict,
                        ReadDict(header.substr(begin, size - begin), where, limits));
  WEFT_ASSIGN_OR_RETURN(const ElementType type, ElementTypeOf(dict.descr, where));
  Array array;
  array.dtype = type.dtype;
  array.is_big_endian = type.is_big_endian;
  array.shape = std::move(dict.shape);
  array.is_fortran_order = dict.is_fortran_order && !IsOneOrder(array.shape);
  array.header_bytes = size;
  const std::optional<uint64_t> bits = CheckedBitsOf(array.shape, array.dtype);
  if (!bits) {
    return ErrorStatus(ErrorCode::kOverflow, where,
                       absl::StrFormat("shape %s of %s has 2^63 bits or more", TextOf(array.shape),
                                       NameOf(array.dtype)));
  }
  array.data_bytes = *bits / 8;
  return array;
}

absl::StatusOr<std::string> HeaderText(DType dtype, const Shape& shape, std::string_view where) {
  const std::string_view descr = DescrOf(dtype);
  if (descr.empty()) {
    return ErrorStatus(ErrorCode::kUnsupportedFeature, where,
                       absl::StrFormat("NumPy has no arrays of %s", NameOf(dtype)),
                       "cast it to another dtype in the mapping");
  }
  if (shape.size() > kMostRank) {
    return ErrorStatus(
        ErrorCode::kUnsupportedFeature, where,
        absl::StrFormat("has %d axes; NumPy has arrays of at most %d", shape.size(), kMostRank));
  }
  if (!CheckedBitsOf(shape, dtype)) {
    return ErrorStatus(
        ErrorCode::kOverflow, where,
        absl::StrFormat("shape %s of %s has 2^63 bits or more", TextOf(shape), NameOf(dtype)));
  }
  std::string sizes;
  for (const int64_t size : shape) {
    if (!sizes.empty()) sizes += ", ";
    sizes += std::to_string(size);
  }
  if (shape.size() == 1) sizes += ',';
  std::string text =
      absl::StrFormat("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, sizes);
  if (!shape.empty()) text.append(kMostDigits - std::to_string(shape[0]).size(), ' ');

  std::string header(kMagic);
  header += '\x01';
  header += '\0';
  const size_t begin = kLengthAt + 2;
  const size_t filled = begin + text.size() + 1;
  // A whole block of spaces where none would be needed: NumPy's rounding.
  text.append(kAlignment - filled % kAlignment, ' ');
  text += '\n';
  AppendLittleEndian(text.size(), 2, header);
  return header + text;
}

}  // namespace weft::numpy
