// The header of an .npy file: text ⇄ dtype, shape and order of the axes. docs/formats/numpy.md.
//
// Nothing here reads files: an array may lie in a file of its own or in a member of an .npz, which
// may be compressed. The caller has the first bytes of it, wherever they come from:
//
//   WEFT_ASSIGN_OR_RETURN(const size_t size, numpy::HeaderBytes(first_bytes, where));
//   WEFT_ASSIGN_OR_RETURN(const numpy::Array array,
//                         numpy::ParseHeader(bytes.substr(0, size), where, limits));
#ifndef WEFT_FORMATS_NUMPY_HEADER_H_
#define WEFT_FORMATS_NUMPY_HEADER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "weft/catalog.h"
#include "weft/dtype.h"
#include "weft/limits.h"

namespace weft::numpy {

struct Array {
  DType dtype = DType::kF32;
  bool is_big_endian = false;
  // The elements lie with the first axis innermost: as those of the shape read backwards,
  // row-major. False where both orders are one.
  bool is_fortran_order = false;
  Shape shape;
  uint64_t header_bytes = 0;  // the data begins there
  uint64_t data_bytes = 0;    // what shape and dtype need
};

// Magic, version and the length of the text: what must be there to know the length of the header.
inline constexpr size_t kPrefixBytes = 12;

// The longest header that is read, the prefix included. NumPy's reader has this limit on the text.
inline constexpr size_t kMostHeaderBytes = kPrefixBytes + 10'000;

// Whether the bytes start with the magic.
bool Recognises(std::string_view first_bytes);

// The length of the whole header; `first_bytes` are the first kPrefixBytes of the array, or all of
// it. `where` names it in errors, escaped. Errors: kTruncated; kUnknownFormat (no magic);
// kUnsupportedFeature (another version); kLimitExceeded (longer than kMostHeaderBytes).
absl::StatusOr<size_t> HeaderBytes(std::string_view first_bytes, std::string_view where);

// Parses a header of that length. Nothing is evaluated: the text is one dict of literals.
// Errors: kTruncated, and every rule of docs/formats/numpy.md on headers.
absl::StatusOr<Array> ParseHeader(std::string_view header, std::string_view where,
                                  const Limits& limits);

// The header that NumPy writes for the array, row-major and little-endian; its size is a multiple
// of 64. `where` names the tensor. Errors: kUnsupportedFeature for a dtype that NumPy does not read
// back, and for more than 64 axes; kOverflow.
absl::StatusOr<std::string> HeaderText(DType dtype, const Shape& shape, std::string_view where);

}  // namespace weft::numpy

#endif  // WEFT_FORMATS_NUMPY_HEADER_H_
