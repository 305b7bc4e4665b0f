#include "formats/pytorch/element_type.h"

#include <algorithm>
#include <array>

namespace weft::pytorch {
namespace {

constexpr std::nullopt_t kNone = std::nullopt;

constexpr std::array<ElementType, 46> kTypes = {{
    {"float32", "FloatStorage", 4, DType::kF32, 1},
    {"float64", "DoubleStorage", 8, DType::kF64, 1},
    {"float16", "HalfStorage", 2, DType::kF16, 1},
    {"bfloat16", "BFloat16Storage", 2, DType::kBF16, 1},
    {"uint8", "ByteStorage", 1, DType::kU8, 1},
    {"int8", "CharStorage", 1, DType::kI8, 1},
    {"int16", "ShortStorage", 2, DType::kI16, 1},
    {"int32", "IntStorage", 4, DType::kI32, 1},
    {"int64", "LongStorage", 8, DType::kI64, 1},
    {"bool", "BoolStorage", 1, DType::kBool, 1},
    {"complex64", "ComplexFloatStorage", 8, DType::kC64, 1},
    {"complex128", "ComplexDoubleStorage", 16, DType::kF64, 2},
    {"complex32", "", 4, DType::kF16, 2},
    {"uint16", "", 2, DType::kU16, 1},
    {"uint32", "", 4, DType::kU32, 1},
    {"uint64", "", 8, DType::kU64, 1},
    {"float8_e4m3fn", "", 1, DType::kF8E4M3, 1},
    {"float8_e5m2", "", 1, DType::kF8E5M2, 1},
    {"float8_e4m3fnuz", "", 1, DType::kF8E4M3Fnuz, 1},
    {"float8_e5m2fnuz", "", 1, DType::kF8E5M2Fnuz, 1},
    {"float8_e8m0fnu", "", 1, DType::kF8E8M0, 1},
    {"float4_e2m1fn_x2", "", 1, DType::kF4, 2},
    {"qint8", "QInt8Storage", 1, kNone, 1},
    {"quint8", "QUInt8Storage", 1, kNone, 1},
    {"qint32", "QInt32Storage", 4, kNone, 1},
    {"quint4x2", "QUInt4x2Storage", 1, kNone, 1},
    {"quint2x4", "QUInt2x4Storage", 1, kNone, 1},
    {"bits8", "", 1, kNone, 1},
    {"bits16", "", 2, kNone, 1},
    {"bits1x8", "", 1, kNone, 1},
    {"bits2x4", "", 1, kNone, 1},
    {"bits4x2", "", 1, kNone, 1},
    {"uint1", "", 1, kNone, 1},
    {"uint2", "", 1, kNone, 1},
    {"uint3", "", 1, kNone, 1},
    {"uint4", "", 1, kNone, 1},
    {"uint5", "", 1, kNone, 1},
    {"uint6", "", 1, kNone, 1},
    {"uint7", "", 1, kNone, 1},
    {"int1", "", 1, kNone, 1},
    {"int2", "", 1, kNone, 1},
    {"int3", "", 1, kNone, 1},
    {"int4", "", 1, kNone, 1},
    {"int5", "", 1, kNone, 1},
    {"int6", "", 1, kNone, 1},
    {"int7", "", 1, kNone, 1},
}};

template <typename Predicate>
const ElementType* First(const Predicate& is_wanted) {
  const auto* found = std::find_if(kTypes.begin(), kTypes.end(), is_wanted);
  return found == kTypes.end() ? nullptr : found;
}

}  // namespace

const ElementType* ElementTypeOf(std::string_view name) {
  return First([&](const ElementType& type) { return type.name == name; });
}

const ElementType* ElementTypeOfStorage(std::string_view storage) {
  if (storage.empty()) return nullptr;
  return First([&](const ElementType& type) { return type.storage == storage; });
}

std::string ScriptStorageOf(const ElementType& type) {
  constexpr std::string_view kStorage = "Storage";
  if (!type.storage.empty()) return std::string(type.storage);
  if (type.name == "complex32") return "ComplexHalfStorage";
  std::string storage(type.name);
  const size_t capitals = type.name[0] == 'u' ? 2 : 1;  // "UInt16", "Float8_e5m2"
  for (size_t i = 0; i < capitals; ++i) {
    storage[i] = static_cast<char>(storage[i] - 'a' + 'A');
  }
  return storage.append(kStorage);
}

const ElementType* ElementTypeOfScriptStorage(std::string_view storage) {
  const ElementType* const in_python = ElementTypeOfStorage(storage);
  if (in_python != nullptr) return in_python;
  return First([&](const ElementType& type) {
    return type.storage.empty() && ScriptStorageOf(type) == storage;
  });
}

const ElementType* ElementTypeOf(DType dtype) {
  // The complex types are made of dtypes that are types of their own.
  return First([&](const ElementType& type) {
    return type.dtype == dtype && (type.parts == 1 || dtype == DType::kF4);
  });
}

}  // namespace weft::pytorch
