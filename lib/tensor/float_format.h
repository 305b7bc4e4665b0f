// How the floating-point dtypes spend their bits.
#ifndef WEFT_TENSOR_FLOAT_FORMAT_H_
#define WEFT_TENSOR_FLOAT_FORMAT_H_

#include <cstdint>

#include "weft/dtype.h"

namespace weft {

// From the most significant bit: a sign, an exponent, a mantissa. Exponent 0 has no leading one,
// and the power of exponent 1.
struct FloatFormat {
  // What some bit patterns stand for beside numbers.
  enum class Special {
    kInfinityAndNan,  // with the largest exponent, as in IEEE 754
    kNanAllOnes,      // all bits but the sign, no infinity
    kNanMinusZero,    // the sign alone, no infinity, one zero
    kNone,            // no infinity, no NaN
    kPowers,          // no sign, no zero, no mantissa: powers of two, all ones is NaN
  };

  int exponent_bits = 0;
  int mantissa_bits = 0;
  int bias = 0;
  Special special = Special::kNone;

  // All bits but the sign.
  constexpr uint64_t magnitude_mask() const {
    return (uint64_t{1} << (exponent_bits + mantissa_bits)) - 1;
  }
  // The largest exponent, with mantissa 0: infinity, where there is one.
  constexpr uint64_t top() const { return ((uint64_t{1} << exponent_bits) - 1) << mantissa_bits; }
  constexpr bool has_infinity() const { return special == Special::kInfinityAndNan; }
  constexpr bool has_minus_zero() const {
    return special != Special::kNanMinusZero && special != Special::kPowers;
  }
  constexpr bool IsNan(uint64_t bits) const {
    switch (special) {
      case Special::kInfinityAndNan:
        return (bits & magnitude_mask()) > top();
      case Special::kNanAllOnes:
      case Special::kPowers:
        return (bits & magnitude_mask()) == magnitude_mask();
      case Special::kNanMinusZero:
        return bits == magnitude_mask() + 1;
      case Special::kNone:
        return false;
    }
    return false;
  }
};

// The number that the bits stand for, exactly; NaN, or an infinity.
double NumberOf(const FloatFormat& format, uint64_t bits);

// Of a floating-point dtype. Sources: IEEE 754; "FP8 Formats for Deep Learning" (arXiv 2209.05433);
// "8-bit Numerical Formats for Deep Neural Networks" (arXiv 2206.02915) for FNUZ; "OCP
// Microscaling Formats (MX) Specification" 1.0 for E8M0, F6 and F4.
constexpr FloatFormat FormatOf(DType dtype) {
  using Special = FloatFormat::Special;
  switch (dtype) {
    case DType::kF64:
      return {11, 52, 1023, Special::kInfinityAndNan};
    case DType::kF32:
      return {8, 23, 127, Special::kInfinityAndNan};
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
    case DType::kF8E8M0:
      return {8, 0, 127, Special::kPowers};
    case DType::kF6E3M2:
      return {3, 2, 3, Special::kNone};
    case DType::kF6E2M3:
      return {2, 3, 1, Special::kNone};
    default:  // F4
      return {2, 1, 1, Special::kNone};
  }
}

}  // namespace weft

#endif  // WEFT_TENSOR_FLOAT_FORMAT_H_
