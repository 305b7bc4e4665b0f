// Element types of tensors.
//
// The enumerators are the dtypes of the safetensors format; their names (`Name`) are its spelling
// ("BF16", "F8_E4M3", …), case-sensitive. Sizes are in bits, because three of them are smaller
// than a byte. Everything here is a pure function and safe to call from any thread.
//
//   weft::DType dtype = *weft::DTypeFromName("BF16");
//   weft::BitsOf(dtype);  // 16
//
// Source: https://github.com/huggingface/safetensors, `enum Dtype` of safetensors 0.8.
#ifndef WEFT_DTYPE_H_
#define WEFT_DTYPE_H_

#include <cstdint>
#include <optional>
#include <string_view>

namespace weft {

// Append only: the values are part of digests.
enum class DType : uint8_t {
  kBool,
  kF4,
  kF6E2M3,
  kF6E3M2,
  kU8,
  kI8,
  kF8E5M2,
  kF8E4M3,
  kF8E8M0,
  kF8E4M3Fnuz,
  kF8E5M2Fnuz,
  kI16,
  kU16,
  kF16,
  kBF16,
  kI32,
  kU32,
  kF32,
  kC64,
  kF64,
  kI64,
  kU64,
};

inline constexpr int kDTypeCount = 22;

// Size of one element, in bits: 4, 6, 8, 16, 32 or 64.
int BitsOf(DType dtype);

// The safetensors spelling, for example "F32". The view has static lifetime.
std::string_view NameOf(DType dtype);

// The dtype of that exact spelling; nullopt for any other text.
std::optional<DType> DTypeFromName(std::string_view name);

// True for the dtypes that hold floating-point numbers (F4 … F64, not C64): those that a change of
// precision concerns.
bool IsFloatingPoint(DType dtype);

}  // namespace weft

#endif  // WEFT_DTYPE_H_
