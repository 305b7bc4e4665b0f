#include "execute/residue.h"

#include <cstring>
#include <limits>
#include <type_traits>

namespace weft::execute {
namespace {

template <typename T>
T LoadAt(const char* data, uint64_t index) {
  T value;
  std::memcpy(&value, data + index * sizeof(T), sizeof(T));
  return value;
}

uint8_t WidthOf(int64_t residue) {
  const auto magnitude = static_cast<uint64_t>(residue ^ (residue >> 63));
  if (residue == 0) return 0;
  const int bits = magnitude == 0 ? 1 : 65 - __builtin_clzll(magnitude);  // the sign's among them
  return static_cast<uint8_t>((bits + 7) / 8);
}

// The bits of infinity; the bits of a NaN, without the sign, are beyond.
uint64_t InfinityOf(DType dtype) {
  switch (dtype) {
    case DType::kF16:
      return 0x7C00;
    case DType::kBF16:
      return 0x7F80;
    case DType::kF32:
      return 0x7F800000;
    default:
      return 0x7FF0000000000000;
  }
}

template <typename Unsigned>
void Measure(Unsigned infinity, const char* source, const char* cast_back, uint64_t count,
             int64_t* residues, uint8_t* widths) {
  using Signed = std::make_signed_t<Unsigned>;
  constexpr auto kMagnitude = static_cast<Unsigned>(std::numeric_limits<Signed>::max());
  for (uint64_t i = 0; i < count; ++i) {
    const auto bits = LoadAt<Unsigned>(source, i);
    const auto back = LoadAt<Unsigned>(cast_back, i);
    residues[i] = static_cast<Signed>(static_cast<Unsigned>(bits - back));
    widths[i] = static_cast<Unsigned>(bits & kMagnitude) > infinity ? uint8_t{kNoWidth}
                                                                    : WidthOf(residues[i]);
  }
}

template <typename Unsigned>
void Add(const char* residues, uint64_t width_bytes, uint64_t count, char* data) {
  const auto shift = static_cast<int>(64 - 8 * width_bytes);
  for (uint64_t i = 0; i < count; ++i) {
    uint64_t residue = 0;
    std::memcpy(&residue, residues + i * width_bytes, width_bytes);
    const auto extended = static_cast<uint64_t>(static_cast<int64_t>(residue << shift) >> shift);
    const auto sum = static_cast<Unsigned>(LoadAt<Unsigned>(data, i) + extended);
    std::memcpy(data + i * sizeof(Unsigned), &sum, sizeof(Unsigned));
  }
}

}  // namespace

void MeasureResidues(DType dtype, const char* source, const char* cast_back, uint64_t count,
                     int64_t* residues, uint8_t* widths) {
  const uint64_t infinity = InfinityOf(dtype);
  switch (BitsOf(dtype)) {
    case 16:
      return Measure(static_cast<uint16_t>(infinity), source, cast_back, count, residues, widths);
    case 32:
      return Measure(static_cast<uint32_t>(infinity), source, cast_back, count, residues, widths);
    default:
      return Measure(infinity, source, cast_back, count, residues, widths);
  }
}

void StoreResidue(int64_t residue, uint64_t width_bytes, char* to) {
  std::memcpy(to, &residue, width_bytes);
}

void AddResidues(DType dtype, const char* residues, uint64_t width_bytes, uint64_t count,
                 char* data) {
  switch (BitsOf(dtype)) {
    case 16:
      return Add<uint16_t>(residues, width_bytes, count, data);
    case 32:
      return Add<uint32_t>(residues, width_bytes, count, data);
    default:
      return Add<uint64_t>(residues, width_bytes, count, data);
  }
}

}  // namespace weft::execute
