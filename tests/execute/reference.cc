#include "execute/reference.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>

namespace weft::execute {
namespace {

// How a dtype reads its bits: sign, exponent, mantissa.
struct Format {
  int exponent_bits = 0;
  int mantissa_bits = 0;
  int bias = 0;
};

Format FormatOf(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return {11, 52, 1023};
    case DType::kF32:
      return {8, 23, 127};
    case DType::kF16:
      return {5, 10, 15};
    case DType::kBF16:
      return {8, 7, 127};
    case DType::kF8E5M2:
      return {5, 2, 15};
    case DType::kF8E4M3:
      return {4, 3, 7};
    case DType::kF8E5M2Fnuz:
      return {5, 2, 16};
    case DType::kF8E4M3Fnuz:
      return {4, 3, 8};
    default:
      return {};
  }
}

bool IsFnuz(DType dtype) { return dtype == DType::kF8E5M2Fnuz || dtype == DType::kF8E4M3Fnuz; }

bool HasInfinity(DType dtype) {
  return !IsFnuz(dtype) && dtype != DType::kF8E4M3 && dtype != DType::kF8E8M0;
}

int SignBit(DType dtype) { return BitsOf(dtype) - 1; }

// The number without its sign. Every number of every dtype is one of F64.
double Magnitude(DType dtype, uint64_t bits) {
  if (dtype == DType::kF8E8M0) return std::ldexp(1.0, static_cast<int>(bits) - 127);
  const Format format = FormatOf(dtype);
  const auto ones = [](int count) { return (uint64_t{1} << count) - 1; };
  const uint64_t exponent = bits >> format.mantissa_bits & ones(format.exponent_bits);
  const uint64_t mantissa = bits & ones(format.mantissa_bits);
  if (HasInfinity(dtype) && exponent == ones(format.exponent_bits)) return INFINITY;
  const double fraction = std::ldexp(static_cast<double>(mantissa), -format.mantissa_bits);
  return exponent == 0 ? std::ldexp(fraction, 1 - format.bias)
                       : std::ldexp(1 + fraction, static_cast<int>(exponent) - format.bias);
}

// All finite numbers of a dtype of 8 or 16 bits from zero up, at the index that is their bits. (A
// larger exponent or mantissa is a larger number.)
const std::vector<double>& Numbers(DType dtype) {
  static auto* const kNumbers = new std::map<DType, std::vector<double>>;
  std::vector<double>& numbers = (*kNumbers)[dtype];
  if (!numbers.empty()) return numbers;
  const int bits_of_magnitude = dtype == DType::kF8E8M0 ? 8 : SignBit(dtype);
  for (uint64_t bits = 0; bits < uint64_t{1} << bits_of_magnitude; ++bits) {
    if (!IsNan(dtype, bits) && !std::isinf(Magnitude(dtype, bits))) {
      numbers.push_back(Magnitude(dtype, bits));
    }
  }
  return numbers;
}

// The bits of the finite number of `to` that is nearest to a number ≥ 0; the number of finite
// numbers when that would be one more, were there one.
uint64_t Nearest(DType to, double number) {
  const std::vector<double>& numbers = Numbers(to);
  const auto above = std::lower_bound(numbers.begin(), numbers.end(), number);
  const auto index = static_cast<uint64_t>(above - numbers.begin());
  if (index < numbers.size() && *above == number) return index;
  if (index == 0) return 0;  // below the least of the powers of E8M0
  const double below = numbers[index - 1];
  // Beyond the last, as far again as from the last but one; of powers, as far as to the next power.
  const double step = below - numbers[numbers.size() - 2];
  const double next = index < numbers.size() ? *above
                      : to == DType::kF8E8M0 ? 2 * below
                                             : below + step;
  const double half = below + (next - below) / 2;
  if (to == DType::kF8E8M0) {
    // Ties go up; and PyTorch takes 2^-127, which F32 holds without a leading one, for no
    // neighbour: what is above it goes up.
    return number >= half || index == 1 ? index : index - 1;
  }
  if (number != half) return number > half ? index : index - 1;
  return index % 2 == 0 ? index : index - 1;
}

// One of the NaNs.
uint64_t NanOf(DType dtype) {
  if (dtype == DType::kF8E8M0) return 0xFF;
  const uint64_t sign = uint64_t{1} << SignBit(dtype);
  return IsFnuz(dtype) ? sign : sign - 1;
}

// From F32, a number, to a dtype of 8 or 16 bits.
uint64_t Narrowed(DType to, double number) {
  const uint64_t finite = Numbers(to).size();
  const uint64_t infinity = HasInfinity(to)        ? finite
                            : to == DType::kF8E4M3 ? finite - 1
                                                   : NanOf(to);
  const uint64_t bits = std::isinf(number) ? finite : Nearest(to, std::abs(number));
  const uint64_t sign = std::signbit(number) ? uint64_t{1} << SignBit(to) : 0;
  if (to == DType::kF8E8M0) return bits < finite ? bits : infinity;
  if (IsFnuz(to)) return bits == 0 ? 0 : bits < finite ? bits | sign : infinity;
  return (bits < finite ? bits : infinity) | sign;
}

template <typename To, typename From>
To Reinterpreted(From from) {
  To to;
  std::memcpy(&to, &from, sizeof(to));
  return to;
}

uint64_t BitsAt(const Bytes& bytes, uint64_t first_bit, int count) {
  uint64_t value = 0;
  for (int i = 0; i < count; ++i) {
    const uint64_t bit = first_bit + static_cast<uint64_t>(i);
    const auto byte = static_cast<unsigned char>(bytes.at(bit / 8));
    value |= (uint64_t{byte} >> (bit % 8) & 1) << i;
  }
  return value;
}

void SetBitsAt(Bytes& bytes, uint64_t first_bit, int count, uint64_t value) {
  for (int i = 0; i < count; ++i) {
    const uint64_t bit = first_bit + static_cast<uint64_t>(i);
    if ((value >> i & 1) == 0) continue;
    const int with_bit = static_cast<unsigned char>(bytes.at(bit / 8)) | 1 << bit % 8;
    bytes.at(bit / 8) = static_cast<char>(with_bit);
  }
}

}  // namespace

uint64_t ReferenceCast(DType from, DType to, uint64_t bits) {
  if (IsNan(from, bits)) return NanOf(to);
  const bool negative = from != DType::kF8E8M0 && (bits >> SignBit(from) & 1) != 0;
  const double magnitude = Magnitude(from, bits);
  const double number = negative ? -magnitude : magnitude;
  if (to == DType::kF64) return Reinterpreted<uint64_t>(number);
  // The language rounds to the nearest, too.
  const auto single = static_cast<float>(number);
  if (to == DType::kF32) return Reinterpreted<uint32_t>(single);
  return Narrowed(to, static_cast<double>(single));
}

bool IsNan(DType dtype, uint64_t bits) {
  if (dtype == DType::kF8E8M0) return bits == 0xFF;
  if (dtype == DType::kF8E4M3) return (bits & 0x7F) == 0x7F;
  if (IsFnuz(dtype)) return bits == 0x80;
  const Format format = FormatOf(dtype);
  const uint64_t top = ((uint64_t{1} << format.exponent_bits) - 1) << format.mantissa_bits;
  const uint64_t sign = uint64_t{1} << SignBit(dtype);
  return format.mantissa_bits != 0 && (bits & (sign - 1)) > top;
}

Bytes ReferenceTensor(const Plan& plan, size_t index, const std::vector<Bytes>& files) {
  const PlannedTensor& tensor = plan.tensors[index];
  const int from_bits = BitsOf(tensor.source_dtype);
  const int to_bits = BitsOf(tensor.dtype);
  Bytes bytes(ElementsOf(tensor.shape) * static_cast<uint64_t>(to_bits) / 8);
  for (const Box& box : tensor.boxes) {
    const size_t sources = plan.catalog->tensors.size();
    const bool is_constant = box.source >= sources;
    const TensorInfo source = is_constant ? TensorInfo() : plan.catalog->tensors[box.source];
    const uint64_t elements = ElementsOf(box);
    for (uint64_t n = 0; n < elements; ++n) {
      uint64_t from = box.source_offset;
      uint64_t to = box.target_offset;
      uint64_t rest = n;
      for (const Factor& factor : box.factors) {
        from += rest % factor.count * factor.source_stride;
        to += rest % factor.count * factor.target_stride;
        rest /= factor.count;
      }
      uint64_t value = 0;
      if (is_constant) {
        // Of a dtype below a byte, the one byte again and again.
        const std::string& constant = plan.constants.at(box.source - sources).bytes;
        for (int i = 0; i < from_bits; ++i) {
          const uint64_t bit = (to * static_cast<uint64_t>(from_bits) + static_cast<uint64_t>(i)) %
                               (constant.size() * 8);
          value |= (uint64_t{static_cast<unsigned char>(constant[bit / 8])} >> bit % 8 & 1) << i;
        }
      } else {
        value =
            BitsAt(files[source.file],
                   source.offset_bytes * 8 + from * static_cast<uint64_t>(from_bits), from_bits);
      }
      if (tensor.source_dtype != tensor.dtype) {
        value = ReferenceCast(tensor.source_dtype, tensor.dtype, value);
      }
      SetBitsAt(bytes, to * static_cast<uint64_t>(to_bits), to_bits, value);
    }
  }
  return bytes;
}

bool SameTensor(const PlannedTensor& tensor, const Bytes& a, const Bytes& b) {
  if (a == b) return true;
  if (a.size() != b.size() || tensor.dtype == tensor.source_dtype) return false;
  const int bits = BitsOf(tensor.dtype);
  for (uint64_t at = 0; at < a.size() * 8; at += static_cast<uint64_t>(bits)) {
    const uint64_t x = BitsAt(a, at, bits);
    const uint64_t y = BitsAt(b, at, bits);
    if (x != y && !(IsNan(tensor.dtype, x) && IsNan(tensor.dtype, y))) return false;
  }
  return true;
}

}  // namespace weft::execute
