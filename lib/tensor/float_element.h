// Conversions between floating-point dtypes, one element at a time.
//
// Rounding is to nearest, ties to even, by way of F32; the sign of zero stays, NaN gives a NaN.
// What is too large becomes infinity; in E4M3, which has none, ±448; in the FNUZ dtypes and E8M0
// NaN. E8M0 drops signs and rounds ties up. All that is, bit for bit, what PyTorch does.
//
// Nothing here has a branch that depends on a value, or an operation that only some values need:
// the compiler can make vector instructions of a loop over any of these functions.
#ifndef WEFT_TENSOR_FLOAT_ELEMENT_H_
#define WEFT_TENSOR_FLOAT_ELEMENT_H_

#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>

#include "tensor/float_format.h"
#include "weft/dtype.h"

namespace weft {

static_assert(std::numeric_limits<float>::is_iec559 && std::numeric_limits<double>::is_iec559);

template <typename To, typename From>
To BitCast(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

namespace float_bits {

inline constexpr uint32_t kSign = 0x80000000;
inline constexpr uint32_t kInfinity = 0x7F800000;

// The exponent of an F32, in place.
constexpr uint32_t Exponent(int biased) { return static_cast<uint32_t>(biased) << 23; }

// Comparisons of what has no sign bit, as signed numbers: older processors have no other.
inline bool Less(uint32_t a, uint32_t b) {
  return static_cast<int32_t>(a) < static_cast<int32_t>(b);
}

inline uint32_t Select(bool condition, uint32_t yes, uint32_t no) {
  return no ^ ((yes ^ no) & (0 - static_cast<uint32_t>(condition)));
}

}  // namespace float_bits

// An element of a dtype of 8 or 16 bits, from and to its number as an F32.
template <DType kDType>
class FloatElement {
 public:
  static constexpr FloatFormat kFormat = FormatOf(kDType);
  using Bits =
      std::conditional_t<kFormat.exponent_bits + kFormat.mantissa_bits <= 8, uint8_t, uint16_t>;

  static float Read(Bits bits) {
    if constexpr (kDType == DType::kBF16) {
      return BitCast<float>(uint32_t{bits} << 16);
    } else if constexpr (kDType == DType::kF16) {
      return ReadF16(bits);
    } else {  // BF16 holds all numbers of 8 bits.
      return BitCast<float>(uint32_t{Widened<DType::kBF16>(bits)} << 16);
    }
  }

  static Bits Write(float number) {
    const auto bits = BitCast<uint32_t>(number);
    if constexpr (kDType == DType::kBF16) {
      return WriteBF16(bits);
    } else if constexpr (kDType == DType::kF8E8M0) {
      return WritePower(bits);
    } else {
      return WriteSmall(bits);
    }
  }

  // The element of `kTo`, BF16 or F16, with the same number, all in 16 bits. For dtypes of 8 bits
  // whose numbers, zero aside, all have a leading one in `kTo`, or the exponents of `kTo`.
  template <DType kTo>
  static uint16_t Widened(Bits bits) {
    constexpr FloatFormat kWide = FormatOf(kTo);
    constexpr auto kNan = static_cast<int16_t>(kWide.top() | kWide.top() >> 1);
    if constexpr (kDType == DType::kF8E5M2 && kTo == DType::kF16) {
      return static_cast<uint16_t>(bits << 8);
    } else if constexpr (kDType == DType::kF8E8M0) {
      static_assert(kTo == DType::kBF16);
      const auto power = static_cast<int16_t>(bits << 7 & 0x7FFF);
      const int16_t least = Mask(bits == 0) & 0x40;  // 2^-127 has no leading one
      return static_cast<uint16_t>(power | least | (Mask(bits == 0xFF) & kNan));
    } else {
      constexpr auto kMagnitude = static_cast<int16_t>(kFormat.magnitude_mask());
      const auto magnitude = static_cast<int16_t>(bits & kMagnitude);
      int16_t wide = OnCurve(magnitude);
      // Another bias; what is beyond 16 bits cancels out.
      if constexpr (kTo == DType::kF16) wide = static_cast<int16_t>((wide << 3) - (112 << 10));
      wide = wide & Mask(magnitude != 0);
      if constexpr (kFormat.special == Special::kInfinityAndNan) {
        constexpr auto kTop = static_cast<int16_t>(kFormat.top());
        wide = wide | (Mask(magnitude >= kTop) & static_cast<int16_t>(kWide.top())) |
               (Mask(magnitude > kTop) & kNan);
      } else if constexpr (kFormat.special == Special::kNanAllOnes) {
        wide = wide | (Mask(magnitude == kMagnitude) & kNan);
      } else {
        wide = wide | (Mask(bits == kMagnitude + 1) & kNan);
      }
      return static_cast<uint16_t>(static_cast<uint16_t>(wide) | (bits & 0x80) << 8);
    }
  }

 private:
  using Special = FloatFormat::Special;

  static int16_t Mask(bool condition) {
    return static_cast<int16_t>(-static_cast<int16_t>(condition));
  }

  // The bits of a magnitude above zero as BF16. Those with a leading one are on a line, and those
  // without on steeper ones, a line for each place of the highest bit: the curve is concave, and so
  // the least of all lines.
  static int16_t OnCurve(int16_t magnitude) {
    constexpr int kShift = 7 - kFormat.mantissa_bits;
    constexpr int kBias = (127 - kFormat.bias) << 7;
    auto least = static_cast<int16_t>((magnitude << kShift) + kBias);
    for (int i = 1; i <= kFormat.mantissa_bits; ++i) {
      const auto line = static_cast<int16_t>((magnitude << (kShift + i)) + kBias - (i << 7));
      least = line < least ? line : least;
    }
    return least;
  }

  static float ReadF16(uint16_t bits) {
    using float_bits::Exponent;
    using float_bits::Select;
    const uint32_t magnitude = bits & 0x7FFFU;
    const uint32_t shifted = magnitude << 13;
    const uint32_t one = shifted + Exponent(127 - 15);
    // Without a leading one: with one that is subtracted again.
    const float least = BitCast<float>(Exponent(128 - 15));
    const auto none = BitCast<uint32_t>(BitCast<float>(shifted + Exponent(128 - 15)) - least);
    uint32_t wide = Select(magnitude < 0x400, none, one);
    wide = Select(magnitude >= 0x7C00, shifted | float_bits::kInfinity, wide);
    // As processors do: a NaN becomes one that is quiet.
    wide |= Select(magnitude > 0x7C00, 0x400000, 0);
    return BitCast<float>(wide | (uint32_t{bits} & 0x8000U) << 16);
  }

  static uint16_t WriteBF16(uint32_t bits) {
    using float_bits::Less;
    using float_bits::Select;
    const uint32_t rounded = bits + 0x7FFF + (bits >> 16 & 1);
    const bool is_nan = Less(float_bits::kInfinity, bits & ~float_bits::kSign);
    return static_cast<uint16_t>(Select(is_nan, bits | 0x400000, rounded) >> 16);
  }

  static uint8_t WritePower(uint32_t bits) {
    using float_bits::Less;
    const uint32_t magnitude = bits & ~float_bits::kSign;
    // Half way, what has a leading one is rounded up, and what has none down.
    const auto has_one = static_cast<uint32_t>(!Less(magnitude, float_bits::Exponent(1)));
    const uint32_t power = (magnitude + 0x3FFFFF + has_one) >> 23;
    return static_cast<uint8_t>(float_bits::Select(Less(0xFF, power), 0xFF, power));
  }

  static Bits WriteSmall(uint32_t bits) {
    using float_bits::Exponent;
    using float_bits::Less;
    using float_bits::Select;
    constexpr int kDrop = 23 - kFormat.mantissa_bits;
    constexpr auto kMagnitude = static_cast<uint32_t>(kFormat.magnitude_mask());
    constexpr auto kTop = static_cast<uint32_t>(kFormat.top());
    const uint32_t magnitude = bits & ~float_bits::kSign;
    const uint32_t sign =
        (bits & float_bits::kSign) >> (31 - kFormat.exponent_bits - kFormat.mantissa_bits);
    const uint32_t odd = magnitude >> kDrop & 1;
    const uint32_t half = (1U << (kDrop - 1)) - 1;
    const uint32_t one = (magnitude + (half + odd - Exponent(127 - kFormat.bias))) >> kDrop;
    // Without a leading one: a sum in which the last place of the result is that of the mantissa.
    constexpr uint32_t kUnit = Exponent(128 - kFormat.bias + kDrop);
    const uint32_t none =
        BitCast<uint32_t>(BitCast<float>(magnitude) + BitCast<float>(kUnit)) - kUnit;
    uint32_t small = Select(Less(magnitude, Exponent(128 - kFormat.bias)), none, one);
    const bool is_nan = Less(float_bits::kInfinity, magnitude);
    if constexpr (kFormat.special == Special::kInfinityAndNan) {
      constexpr uint32_t kNan = kDType == DType::kF16 ? 0x7E00 : 0x7F;
      small = Select(Less(kTop, small), kTop, small);
      return static_cast<Bits>(Select(is_nan, kNan, small) | sign);
    } else if constexpr (kFormat.special == Special::kNanAllOnes) {
      small = Select(Less(kMagnitude - 1, small), kMagnitude - 1, small);
      return static_cast<Bits>(Select(is_nan, kMagnitude, small) | sign);
    } else {
      const uint32_t with_sign = Select(small == 0, 0, small | sign);
      return static_cast<Bits>(Select(Less(kMagnitude, small), kMagnitude + 1, with_sign));
    }
  }
};

template <>
class FloatElement<DType::kF32> {
 public:
  using Bits = uint32_t;
  static float Read(uint32_t bits) { return BitCast<float>(bits); }
  static uint32_t Write(float number) { return BitCast<uint32_t>(number); }
};

template <>
class FloatElement<DType::kF64> {
 public:
  using Bits = uint64_t;
  static double Read(uint64_t bits) { return BitCast<double>(bits); }
  static uint64_t Write(double number) { return BitCast<uint64_t>(number); }
};

template <DType kFrom, DType kTo>
typename FloatElement<kTo>::Bits CastElement(typename FloatElement<kFrom>::Bits bits) {
  using From = FloatElement<kFrom>;
  using To = FloatElement<kTo>;
  constexpr bool kFromByte = sizeof(typename From::Bits) == 1;
  if constexpr (kFromByte && kTo == DType::kBF16) {
    return From::template Widened<DType::kBF16>(bits);
  } else if constexpr ((kFrom == DType::kF8E4M3 || kFrom == DType::kF8E4M3Fnuz ||
                        kFrom == DType::kF8E5M2) &&
                       kTo == DType::kF16) {
    return From::template Widened<DType::kF16>(bits);
  } else if constexpr (kTo == DType::kF64) {
    return To::Write(static_cast<double>(From::Read(bits)));
  } else {
    return To::Write(static_cast<float>(From::Read(bits)));
  }
}

}  // namespace weft

#endif  // WEFT_TENSOR_FLOAT_ELEMENT_H_
