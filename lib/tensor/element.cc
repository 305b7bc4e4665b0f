#include "tensor/element.h"

#include <Eigen/Core>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "absl/strings/numbers.h"

namespace weft {
namespace {

template <typename T>
std::string BytesOf(const T& value) {
  std::string bytes(sizeof(T), '\0');
  std::memcpy(bytes.data(), &value, sizeof(T));
  return bytes;
}

template <typename T>
std::optional<std::string> Integer(double value) {
  // The bounds are powers of two, so a double holds them exactly.
  const double end = std::ldexp(1.0, std::numeric_limits<T>::digits);
  const double begin = std::numeric_limits<T>::is_signed ? -end : 0.0;
  if (!(value >= begin && value < end) || value != std::floor(value)) return std::nullopt;
  return BytesOf(static_cast<T>(value));
}

}  // namespace

std::optional<std::string> ElementBytes(DType dtype, std::string_view text) {
  double value = 0;
  if (!absl::SimpleAtod({text.data(), text.size()}, &value) || std::isnan(value)) {
    return std::nullopt;
  }
  switch (dtype) {
    case DType::kF64:
      return BytesOf(value);
    case DType::kF32:
      return BytesOf(static_cast<float>(value));
    case DType::kF16:
      return BytesOf(Eigen::half(static_cast<float>(value)));
    case DType::kBF16:
      return BytesOf(Eigen::bfloat16(static_cast<float>(value)));
    case DType::kC64:
      return BytesOf(static_cast<float>(value)) + BytesOf(0.0f);
    case DType::kI8:
      return Integer<int8_t>(value);
    case DType::kU8:
      return Integer<uint8_t>(value);
    case DType::kI16:
      return Integer<int16_t>(value);
    case DType::kU16:
      return Integer<uint16_t>(value);
    case DType::kI32:
      return Integer<int32_t>(value);
    case DType::kU32:
      return Integer<uint32_t>(value);
    case DType::kI64:
      return Integer<int64_t>(value);
    case DType::kU64:
      return Integer<uint64_t>(value);
    case DType::kBool:
      if (value != 0 && value != 1) return std::nullopt;
      return std::string(1, value == 0 ? '\0' : '\1');
    case DType::kF8E8M0:
      return std::nullopt;  // powers of two only, and no zero
    default:
      // +0 is a zero byte in every other small format.
      if (value != 0 || std::signbit(value)) return std::nullopt;
      return std::string(1, '\0');
  }
}

bool HoldsAllOf(DType to, DType from) {
  if (to == from) return true;
  switch (from) {
    case DType::kF16:
    case DType::kBF16:
      return to == DType::kF32 || to == DType::kF64;
    case DType::kF32:
      return to == DType::kF64;
    default:
      return false;
  }
}

}  // namespace weft
