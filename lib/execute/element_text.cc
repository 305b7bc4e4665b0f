#include "execute/element_text.h"

#include <charconv>
#include <cmath>
#include <cstring>
#include <limits>

#include "absl/strings/str_format.h"

namespace weft::execute {
namespace {

// How a floating-point dtype spends its bits.
struct Format {
  int exponent_bits = 0;
  int mantissa_bits = 0;
  int bias = 0;
  // What the largest exponent, or one bit pattern, stands for beside numbers.
  enum class Special {
    kInfinityAndNan,
    kNanAllOnes,
    kNanMinusZero,
    kNone
  } special = Special::kNone;
};

// Of all floating-point dtypes but F64, F32 and F8_E8M0.
Format FormatOf(DType dtype) {
  using Special = Format::Special;
  switch (dtype) {
    case DType::kF16:
      return {5, 10, 15, Special::kInfinityAndNan};
    case DType::kBF16:
      return {8, 7, 127, Special::kInfinityAndNan};
    case DType::kF8E5M2:
      return {5, 2, 15, Special::kInfinityAndNan};
    case DType::kF8E4M3:
      return {4, 3, 7, Special::kNanAllOnes};
    case DType::kF8E5M2Fnuz:
      return {5, 2, 16, Special::kNanMinusZero};
    case DType::kF8E4M3Fnuz:
      return {4, 3, 8, Special::kNanMinusZero};
    case DType::kF6E3M2:
      return {3, 2, 3, Special::kNone};
    case DType::kF6E2M3:
      return {2, 3, 1, Special::kNone};
    default:  // F4
      return {2, 1, 1, Special::kNone};
  }
}

double Decoded(const Format& format, uint64_t bits) {
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  const bool negative = (bits >> (format.exponent_bits + format.mantissa_bits) & 1) != 0;
  const uint64_t all_ones = (uint64_t{1} << format.exponent_bits) - 1;
  const uint64_t exponent = bits >> format.mantissa_bits & all_ones;
  const uint64_t mantissa = bits & ((uint64_t{1} << format.mantissa_bits) - 1);
  switch (format.special) {
    case Format::Special::kInfinityAndNan:
      if (exponent != all_ones) break;
      if (mantissa != 0) return kNan;
      return negative ? -std::numeric_limits<double>::infinity()
                      : std::numeric_limits<double>::infinity();
    case Format::Special::kNanAllOnes:
      if (exponent == all_ones && mantissa == (uint64_t{1} << format.mantissa_bits) - 1)
        return kNan;
      break;
    case Format::Special::kNanMinusZero:
      if (negative && exponent == 0 && mantissa == 0) return kNan;
      break;
    case Format::Special::kNone:
      break;
  }
  // Numbers with exponent 0 have no leading one, and the power of exponent 1.
  const uint64_t leading = exponent == 0 ? 0 : uint64_t{1} << format.mantissa_bits;
  const int power = (exponent == 0 ? 1 : static_cast<int>(exponent)) - format.bias;
  const double number =
      std::ldexp(static_cast<double>(leading + mantissa), power - format.mantissa_bits);
  return negative ? -number : number;
}

template <typename To>
To Reinterpret(uint64_t bits) {
  To to;
  std::memcpy(&to, &bits, sizeof(to));
  return to;
}

// The shortest text that gives the number back.
template <typename Number>
std::string ShortestText(Number number) {
  char text[64];
  const auto [end, error] = std::to_chars(text, text + sizeof(text), number);
  return error == std::errc() ? std::string(text, end) : "?";
}

std::string FloatText(DType dtype, uint64_t bits) {
  const double number = NumberOf(dtype, bits);
  const std::string text =
      dtype == DType::kF64 ? ShortestText(number) : ShortestText(static_cast<float>(number));
  return absl::StrFormat("%s (0x%0*X)", text, (BitsOf(dtype) + 3) / 4, bits);
}

}  // namespace

uint64_t BitsAt(DType dtype, const char* data, uint64_t index) {
  const auto count = static_cast<uint64_t>(BitsOf(dtype));
  const uint64_t first = index * count;
  uint64_t bits = 0;
  std::memcpy(&bits, data + first / 8, (first % 8 + count + 7) / 8);
  bits >>= first % 8;
  return count == 64 ? bits : bits & ((uint64_t{1} << count) - 1);
}

double NumberOf(DType dtype, uint64_t bits) {
  switch (dtype) {
    case DType::kF64:
      return Reinterpret<double>(bits);
    case DType::kF32:
      return static_cast<double>(Reinterpret<float>(bits));
    case DType::kF8E8M0:  // a power of two alone
      return bits == 0xFF ? std::numeric_limits<double>::quiet_NaN()
                          : std::ldexp(1.0, static_cast<int>(bits) - 127);
    default:
      return Decoded(FormatOf(dtype), bits);
  }
}

std::string ElementText(DType dtype, uint64_t bits) {
  if (IsFloatingPoint(dtype)) return FloatText(dtype, bits);
  switch (dtype) {
    case DType::kBool:
      if (bits > 1) return absl::StrFormat("0x%02X", bits);
      return bits == 1 ? "true" : "false";
    case DType::kC64:
      return absl::StrFormat("(%s, %s)", FloatText(DType::kF32, bits & 0xFFFFFFFF),
                             FloatText(DType::kF32, bits >> 32));
    case DType::kI8:
      return absl::StrFormat("%d", Reinterpret<int8_t>(bits));
    case DType::kI16:
      return absl::StrFormat("%d", Reinterpret<int16_t>(bits));
    case DType::kI32:
      return absl::StrFormat("%d", Reinterpret<int32_t>(bits));
    case DType::kI64:
      return absl::StrFormat("%d", Reinterpret<int64_t>(bits));
    default:
      return absl::StrFormat("%d", bits);
  }
}

}  // namespace weft::execute
