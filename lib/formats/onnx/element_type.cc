#include "formats/onnx/element_type.h"

#include <array>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft::onnx {
namespace {

struct Row {
  std::string_view name;
  bool is_held = false;  // by weft
  ElementType type;
};

// In the order of their numbers, from 0.
constexpr std::array<Row, 25> kRows = {{
    {"UNDEFINED", false, {}},
    {"FLOAT", true, {DType::kF32, TypedField::kFloat}},
    {"UINT8", true, {DType::kU8, TypedField::kInt32}},
    {"INT8", true, {DType::kI8, TypedField::kInt32}},
    {"UINT16", true, {DType::kU16, TypedField::kInt32}},
    {"INT16", true, {DType::kI16, TypedField::kInt32}},
    {"INT32", true, {DType::kI32, TypedField::kInt32}},
    {"INT64", true, {DType::kI64, TypedField::kInt64}},
    {"STRING", false, {}},
    {"BOOL", true, {DType::kBool, TypedField::kInt32}},
    {"FLOAT16", true, {DType::kF16, TypedField::kInt32}},
    {"DOUBLE", true, {DType::kF64, TypedField::kDouble}},
    {"UINT32", true, {DType::kU32, TypedField::kUInt64}},
    {"UINT64", true, {DType::kU64, TypedField::kUInt64}},
    // Its float_data are pairs, real part first: the bytes that C64 has.
    {"COMPLEX64", true, {DType::kC64, TypedField::kFloat}},
    {"COMPLEX128", false, {}},
    {"BFLOAT16", true, {DType::kBF16, TypedField::kInt32}},
    {"FLOAT8E4M3FN", true, {DType::kF8E4M3, TypedField::kInt32}},
    {"FLOAT8E4M3FNUZ", true, {DType::kF8E4M3Fnuz, TypedField::kInt32}},
    {"FLOAT8E5M2", true, {DType::kF8E5M2, TypedField::kInt32}},
    {"FLOAT8E5M2FNUZ", true, {DType::kF8E5M2Fnuz, TypedField::kInt32}},
    {"UINT4", false, {}},
    {"INT4", false, {}},
    {"FLOAT4E2M1", false, {}},
    {"FLOAT8E8M0", true, {DType::kF8E8M0, TypedField::kInt32}},
}};

}  // namespace

absl::StatusOr<ElementType> ElementTypeOf(uint64_t data_type, std::string_view where) {
  if (data_type == 0 || data_type >= kRows.size()) {
    return ErrorStatus(ErrorCode::kBadDtype, where,
                       absl::StrFormat("has the unknown data_type %d", data_type));
  }
  const Row& row = kRows[static_cast<size_t>(data_type)];
  if (row.is_held) return row.type;
  return ErrorStatus(
      ErrorCode::kUnsupportedFeature, where,
      absl::StrFormat("has the data_type %s, which weft does not read from ONNX models", row.name));
}

}  // namespace weft::onnx
