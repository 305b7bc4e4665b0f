#include "execute/residue.h"

#include <cstring>

#include "tensor/float_element.h"
#include "tensor/float_format.h"

namespace weft::execute {
namespace {

template <typename T>
T LoadAt(const char* data, uint64_t index) {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof(T));
  return value;
}

// The two's complement number of that many bytes.
int64_t Extended(uint64_t bits, uint64_t width_bytes) {
  const auto shift = static_cast<int>(64 - 8 * width_bytes);
  return static_cast<int64_t>(bits << shift) >> shift;
}

uint8_t WidthOf(int64_t residue) {
  const auto magnitude = static_cast<uint64_t>(residue ^ (residue >> 63));
  if (residue == 0) return 0;
  const int bits = magnitude == 0 ? 1 : 65 - __builtin_clzll(magnitude);  // the sign's among them
  return static_cast<uint8_t>((bits + 7) / 8);
}

template <DType kDType>
void Measure(const char* source, const char* cast_back, uint64_t count, int64_t* residues,
             uint8_t* widths) {
  using Unsigned = typename FloatElement<kDType>::Bits;
  for (uint64_t i = 0; i < count; ++i) {
    const auto bits = LoadAt<Unsigned>(source, i);
    const auto back = LoadAt<Unsigned>(cast_back, i);
    residues[i] = Extended(static_cast<Unsigned>(bits - back), sizeof(Unsigned));
    widths[i] = FormatOf(kDType).IsNan(bits) ? uint8_t{kNoWidth} : WidthOf(residues[i]);
  }
}

template <typename Unsigned>
void Add(const char* residues, uint64_t width_bytes, uint64_t count, char* data) {
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t residue = 0;
    std::memcpy(&residue, residues + i * width_bytes, width_bytes);
    const auto extended = static_cast<uint64_t>(Extended(residue, width_bytes));
    const auto sum = static_cast<Unsigned>(LoadAt<Unsigned>(data, i) + extended);
    std::memcpy(data + i * sizeof(Unsigned), &sum, sizeof(Unsigned));
  }
}

}  // namespace

void MeasureResidues(DType dtype, const char* source, const char* cast_back, uint64_t count,
                     int64_t* residues, uint8_t* widths) {
  switch (dtype) {
    case DType::kF8E4M3:
      return Measure<DType::kF8E4M3>(source, cast_back, count, residues, widths);
    case DType::kF8E5M2:
      return Measure<DType::kF8E5M2>(source, cast_back, count, residues, widths);
    case DType::kF8E4M3Fnuz:
      return Measure<DType::kF8E4M3Fnuz>(source, cast_back, count, residues, widths);
    case DType::kF8E5M2Fnuz:
      return Measure<DType::kF8E5M2Fnuz>(source, cast_back, count, residues, widths);
    case DType::kF8E8M0:
      return Measure<DType::kF8E8M0>(source, cast_back, count, residues, widths);
    case DType::kF16:
      return Measure<DType::kF16>(source, cast_back, count, residues, widths);
    case DType::kBF16:
      return Measure<DType::kBF16>(source, cast_back, count, residues, widths);
    case DType::kF32:
      return Measure<DType::kF32>(source, cast_back, count, residues, widths);
    default:
      return Measure<DType::kF64>(source, cast_back, count, residues, widths);
  }
}

void StoreResidue(int64_t residue, uint64_t width_bytes, char* to) {
  std::memcpy(to, &residue, width_bytes);
}

void AddResidues(DType dtype, const char* residues, uint64_t width_bytes, uint64_t count,
                 char* data) {
  switch (BitsOf(dtype)) {
    case 8:
      return Add<uint8_t>(residues, width_bytes, count, data);
    case 16:
      return Add<uint16_t>(residues, width_bytes, count, data);
    case 32:
      return Add<uint32_t>(residues, width_bytes, count, data);
    default:
      return Add<uint64_t>(residues, width_bytes, count, data);
  }
}

}  // namespace weft::execute
