#include "tensor/float_format.h"

#include <cmath>
#include <limits>

namespace weft {

double NumberOf(const FloatFormat& format, uint64_t bits) {
  if (format.IsNan(bits)) return std::numeric_limits<double>::quiet_NaN();
  const uint64_t magnitude = bits & format.magnitude_mask();
  const auto exponent = static_cast<int>(magnitude >> format.mantissa_bits);
  const uint64_t mantissa = magnitude & ((uint64_t{1} << format.mantissa_bits) - 1);
  const bool has_one = exponent != 0 || format.special == FloatFormat::Special::kPowers;
  const uint64_t one = has_one ? uint64_t{1} << format.mantissa_bits : 0;
  const int power = (exponent == 0 && !has_one ? 1 : exponent) - format.bias;
  const double number =
      format.has_infinity() && magnitude == format.top()
          ? std::numeric_limits<double>::infinity()
          : std::ldexp(static_cast<double>(one + mantissa), power - format.mantissa_bits);
  return magnitude == bits ? number : -number;
}

}  // namespace weft
