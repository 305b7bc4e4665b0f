#include "execute/element_text.h"

#include <charconv>
#include <cstring>

#include "absl/strings/str_format.h"
#include "tensor/float_format.h"

namespace weft::execute {
namespace {

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

double NumberOf(DType dtype, uint64_t bits) { return weft::NumberOf(FormatOf(dtype), bits); }

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
