#include "formats/mindspore/tensor_type.h"

#include <array>

namespace weft::mindspore {
namespace {

struct Row {
  std::string_view name;
  DType dtype;
  bool is_loadable;  // by load_checkpoint of MindSpore 2.10
};

constexpr std::array<Row, 16> kRows = {{
    {"Float32", DType::kF32, true},
    {"Float16", DType::kF16, true},
    {"BFloat16", DType::kBF16, true},
    {"Float64", DType::kF64, true},
    {"Int8", DType::kI8, true},
    {"Int16", DType::kI16, true},
    {"Int32", DType::kI32, true},
    {"Int64", DType::kI64, true},
    {"UInt8", DType::kU8, true},
    {"UInt16", DType::kU16, true},
    {"UInt32", DType::kU32, true},
    {"UInt64", DType::kU64, true},
    {"Bool", DType::kBool, true},
    {"Complex64", DType::kC64, false},
    {"Float8E4M3FN", DType::kF8E4M3, false},
    {"Float8E5M2", DType::kF8E5M2, false},
}};

}  // namespace

std::optional<DType> DTypeOf(std::string_view tensor_type) {
  if (tensor_type == kInt4Type) return DType::kI8;
  for (const Row& row : kRows) {
    if (row.name == tensor_type) return row.dtype;
  }
  return std::nullopt;
}

bool IsForeignType(std::string_view tensor_type) {
  return tensor_type == "Complex128" || tensor_type == "HiFloat8";
}

std::string_view TensorTypeOf(DType dtype) {
  for (const Row& row : kRows) {
    if (row.dtype == dtype && row.is_loadable) return row.name;
  }
  return {};
}

}  // namespace weft::mindspore
