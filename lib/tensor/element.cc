#include "tensor/element.h"

#include <cmath>
#include <cstdint>
#include <cstring>
#include <limits>

#include "absl/strings/numbers.h"
#include "tensor/float_element.h"
#include "tensor/float_format.h"

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

double LargestOf(const FloatFormat& format) {
  uint64_t bits = format.has_infinity() ? format.top() - 1 : format.magnitude_mask();
  if (format.IsNan(bits)) --bits;
  return NumberOf(format, bits);
}

// Of the numbers above zero.
double LeastOf(const FloatFormat& format) {
  return NumberOf(format, format.special == FloatFormat::Special::kPowers ? 0 : 1);
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
      return BytesOf(FloatElement<DType::kF16>::Write(static_cast<float>(value)));
    case DType::kBF16:
      return BytesOf(FloatElement<DType::kBF16>::Write(static_cast<float>(value)));
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
  using Special = FloatFormat::Special;
  if (to == from) return true;
  if (!IsFloatingPoint(to) || !IsFloatingPoint(from)) return false;
  const FloatFormat wide = FormatOf(to);
  const FloatFormat narrow = FormatOf(from);
  // Those lack a sign and a zero, or a NaN.
  if (wide.special == Special::kPowers || wide.special == Special::kNone) return false;
  return wide.mantissa_bits >= narrow.mantissa_bits && LargestOf(wide) >= LargestOf(narrow) &&
         LeastOf(wide) <= LeastOf(narrow) && (wide.has_infinity() || !narrow.has_infinity()) &&
         (wide.has_minus_zero() || !narrow.has_minus_zero());
}

}  // namespace weft
