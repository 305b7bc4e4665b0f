#include "execute/reference.h"

namespace weft::execute {
namespace {

// A binary floating-point format of IEEE 754's making.
struct Format {
  int exponent_bits = 0;
  int mantissa_bits = 0;

  uint64_t ExponentMask() const { return (uint64_t{1} << exponent_bits) - 1; }
  uint64_t MantissaMask() const { return (uint64_t{1} << mantissa_bits) - 1; }
  int Bias() const { return (1 << (exponent_bits - 1)) - 1; }
};

Format FormatOf(DType dtype) {
  switch (dtype) {
    case DType::kF64:
      return {11, 52};
    case DType::kF32:
      return {8, 23};
    case DType::kF16:
      return {5, 10};
    case DType::kBF16:
      return {8, 7};
    default:
      return {};
  }
}

uint64_t Round(const Format& from, const Format& to, uint64_t bits) {
  const uint64_t sign = bits >> (from.exponent_bits + from.mantissa_bits) & 1;
  const uint64_t exponent = bits >> from.mantissa_bits & from.ExponentMask();
  uint64_t mantissa = bits & from.MantissaMask();
  const uint64_t sign_bit = sign << (to.exponent_bits + to.mantissa_bits);
  const uint64_t infinity = to.ExponentMask() << to.mantissa_bits;
  if (exponent == from.ExponentMask()) {
    return mantissa == 0 ? sign_bit | infinity : infinity | uint64_t{1} << (to.mantissa_bits - 1);
  }
  // The value is mantissa · 2^power, exactly.
  int power = 1 - from.Bias() - from.mantissa_bits;
  if (exponent != 0) {
    mantissa |= uint64_t{1} << from.mantissa_bits;
    power += static_cast<int>(exponent) - 1;
  }
  if (mantissa == 0) return sign_bit;
  // Normalise to 62 bits, so that halves are easy to see.
  while (mantissa >> 61 == 0) {
    mantissa <<= 1;
    --power;
  }
  // The unit in the last place of the result is 2^unit.
  const int least_unit = 1 - to.Bias() - to.mantissa_bits;
  int unit = power + 61 - to.mantissa_bits;
  if (unit < least_unit) unit = least_unit;
  const int drop = unit - power;  // bits to round away, at least 9
  uint64_t kept = 0;
  if (drop <= 62) {
    kept = mantissa >> drop;
    const uint64_t rest = mantissa & ((uint64_t{1} << drop) - 1);
    const uint64_t half = uint64_t{1} << (drop - 1);
    if (rest > half || (rest == half && (kept & 1) != 0)) ++kept;
  }
  // `kept` counts units; a carry out of the mantissa runs into the exponent, as it must.
  uint64_t result = kept;
  if (unit > least_unit) {
    result += static_cast<uint64_t>(unit - least_unit) << to.mantissa_bits;
  }
  return sign_bit | (result < infinity ? result : infinity);
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
  if (from == DType::kF64 && (to == DType::kF16 || to == DType::kBF16)) {
    return ReferenceCast(DType::kF32, to, ReferenceCast(from, DType::kF32, bits));
  }
  return Round(FormatOf(from), FormatOf(to), bits);
}

bool IsNan(DType dtype, uint64_t bits) {
  const Format format = FormatOf(dtype);
  return format.mantissa_bits != 0 &&
         (bits >> format.mantissa_bits & format.ExponentMask()) == format.ExponentMask() &&
         (bits & format.MantissaMask()) != 0;
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
