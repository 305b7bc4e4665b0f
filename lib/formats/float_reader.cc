#include "formats/float_reader.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "diagnostic/status.h"
#include "tensor/float_element.h"

namespace weft {
namespace {

constexpr uint64_t kWindowBytes = uint64_t{64} << 10U;
constexpr uint64_t kFloatBytes = sizeof(float);

// Calls `visit` with a function that makes a float of the bytes of an element. False for other
// types.
template <DType kDType, typename Visit>
bool VisitFloat(Visit visit) {
  using Element = FloatElement<kDType>;
  visit(typename Element::Bits(),
        [](typename Element::Bits bits) { return static_cast<float>(Element::Read(bits)); });
  return true;
}

template <typename Number, typename Visit>
bool VisitInteger(Visit visit) {
  visit(Number(), [](Number number) { return static_cast<float>(number); });
  return true;
}

template <typename Visit>
bool VisitType(DType dtype, Visit visit) {
  switch (dtype) {
    case DType::kBool:
      visit(uint8_t(), [](uint8_t byte) { return byte == 0 ? 0.0F : 1.0F; });
      return true;
    case DType::kU8:
      return VisitInteger<uint8_t>(visit);
    case DType::kI8:
      return VisitInteger<int8_t>(visit);
    case DType::kU16:
      return VisitInteger<uint16_t>(visit);
    case DType::kI16:
      return VisitInteger<int16_t>(visit);
    case DType::kU32:
      return VisitInteger<uint32_t>(visit);
    case DType::kI32:
      return VisitInteger<int32_t>(visit);
    case DType::kU64:
      return VisitInteger<uint64_t>(visit);
    case DType::kI64:
      return VisitInteger<int64_t>(visit);
    case DType::kF8E5M2:
      return VisitFloat<DType::kF8E5M2>(visit);
    case DType::kF8E4M3:
      return VisitFloat<DType::kF8E4M3>(visit);
    case DType::kF8E8M0:
      return VisitFloat<DType::kF8E8M0>(visit);
    case DType::kF8E4M3Fnuz:
      return VisitFloat<DType::kF8E4M3Fnuz>(visit);
    case DType::kF8E5M2Fnuz:
      return VisitFloat<DType::kF8E5M2Fnuz>(visit);
    case DType::kF16:
      return VisitFloat<DType::kF16>(visit);
    case DType::kBF16:
      return VisitFloat<DType::kBF16>(visit);
    case DType::kF32:
      return VisitFloat<DType::kF32>(visit);
    case DType::kF64:
      return VisitFloat<DType::kF64>(visit);
    default:
      return false;
  }
}

void ToFloats(DType dtype, const char* from, uint64_t elements, char* to) {
  VisitType(dtype, [&](auto element, auto to_float) {
    for (uint64_t i = 0; i < elements; ++i) {
      std::memcpy(&element, from + i * sizeof(element), sizeof(element));
      const float number = to_float(element);
      std::memcpy(to + i * kFloatBytes, &number, kFloatBytes);
    }
  });
}

}  // namespace

bool FloatReader::Takes(DType dtype) {
  return VisitType(dtype, [](auto, auto) {});
}

FloatReader::FloatReader(std::shared_ptr<const ByteReader> reader, FileRange range, DType dtype)
    : reader_(std::move(reader)),
      range_(range),
      dtype_(dtype),
      element_bytes_(static_cast<uint64_t>(BitsOf(dtype)) / 8) {}

absl::Status FloatReader::ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const {
  const uint64_t window_elements = kWindowBytes / (element_bytes_ + kFloatBytes);
  std::string stored;
  std::string floats;
  while (size_bytes > 0) {
    // Elements that are asked for in part are read whole.
    const uint64_t begin = offset_bytes % kFloatBytes;
    const uint64_t first = offset_bytes / kFloatBytes;
    const uint64_t elements =
        std::min((begin + size_bytes + kFloatBytes - 1) / kFloatBytes, window_elements);
    stored.resize(elements * element_bytes_);
    floats.resize(elements * kFloatBytes);
    WEFT_RETURN_IF_ERROR(reader_->ReadAt(range_.offset_bytes + first * element_bytes_,
                                         stored.size(), stored.data()));
    ToFloats(dtype_, stored.data(), elements, floats.data());
    const uint64_t count = std::min(size_bytes, floats.size() - begin);
    floats.copy(out, count, begin);
    offset_bytes += count;
    size_bytes -= count;
    out += count;
  }
  return absl::OkStatus();
}

}  // namespace weft
