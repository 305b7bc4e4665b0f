// Element types by their names in an .npy header: "<f4", "|b1", …
#ifndef WEFT_FORMATS_NUMPY_ELEMENT_TYPE_H_
#define WEFT_FORMATS_NUMPY_ELEMENT_TYPE_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "weft/dtype.h"

namespace weft::numpy {

struct ElementType {
  DType dtype = DType::kF32;
  bool is_big_endian = false;  // always false for elements of one byte
};

// The type that a `descr` names. `where` names the file.
// Errors: kUnsupportedFeature for types that NumPy writes and weft does not hold, by name: objects,
// texts, dates, raw bytes, complex128, longdouble; kBadDtype for what is no type.
absl::StatusOr<ElementType> ElementTypeOf(std::string_view descr, std::string_view where);

// The `descr` of a dtype that NumPy reads back, little-endian; empty for the others. BF16 is
// "<V2", as the package ml_dtypes has NumPy write it.
std::string_view DescrOf(DType dtype);

}  // namespace weft::numpy

#endif  // WEFT_FORMATS_NUMPY_ELEMENT_TYPE_H_
