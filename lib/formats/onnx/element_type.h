// Element types by their numbers in an ONNX file, TensorProto.DataType.
#ifndef WEFT_FORMATS_ONNX_ELEMENT_TYPE_H_
#define WEFT_FORMATS_ONNX_ELEMENT_TYPE_H_

#include <cstdint>
#include <string_view>

#include "absl/status/statusor.h"
#include "weft/dtype.h"

namespace weft::onnx {

// The fields of a TensorProto that values can stand in, one by one, when they are not raw bytes.
enum class TypedField : uint32_t {
  kNone = 0,
  kFloat = 4,    // fixed32
  kInt32 = 5,    // varints; narrower types too, floats among them by their bits
  kInt64 = 7,    // varints
  kDouble = 10,  // fixed64
  kUInt64 = 11,  // varints
};

struct ElementType {
  DType dtype = DType::kF32;
  TypedField field = TypedField::kNone;
};

// `where` names the tensor. Errors: kUnsupportedFeature for types that weft does not hold, by name;
// kBadDtype for numbers that ONNX does not have.
absl::StatusOr<ElementType> ElementTypeOf(uint64_t data_type, std::string_view where);

}  // namespace weft::onnx

#endif  // WEFT_FORMATS_ONNX_ELEMENT_TYPE_H_
