#include "tensor/shape.h"

#include <algorithm>
#include <limits>
#include <string>

namespace weft {
namespace {

constexpr uint64_t kMost = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());

// `unit` times the product of the sizes that are not zero.
std::optional<uint64_t> ProductOfNonZero(const Shape& shape, uint64_t unit) {
  uint64_t product = unit;
  for (const int64_t size : shape) {
    if (size < 0) return std::nullopt;
    if (size == 0) continue;
    const std::optional<uint64_t> next = CheckedMultiply(product, static_cast<uint64_t>(size));
    if (!next || *next > kMost) return std::nullopt;
    product = *next;
  }
  return product;
}

bool IsEmpty(const Shape& shape) { return std::find(shape.begin(), shape.end(), 0) != shape.end(); }

}  // namespace

std::optional<uint64_t> CheckedAdd(uint64_t a, uint64_t b) {
  uint64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) return std::nullopt;
  return sum;
}

std::optional<uint64_t> CheckedMultiply(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  if (__builtin_mul_overflow(a, b, &product)) return std::nullopt;
  return product;
}

std::optional<uint64_t> CheckedElementsOf(const Shape& shape) {
  const std::optional<uint64_t> product = ProductOfNonZero(shape, 1);
  if (!product) return std::nullopt;
  return IsEmpty(shape) ? 0 : *product;
}

std::optional<uint64_t> CheckedBitsOf(const Shape& shape, DType dtype) {
  const std::optional<uint64_t> product =
      ProductOfNonZero(shape, static_cast<uint64_t>(BitsOf(dtype)));
  if (!product) return std::nullopt;
  return IsEmpty(shape) ? 0 : *product;
}

uint64_t ElementsOf(const Shape& shape) {
  uint64_t product = 1;
  for (const int64_t size : shape) product *= static_cast<uint64_t>(size);
  return product;
}

std::string TextOf(const Shape& shape) {
  std::string text = "[";
  for (const int64_t size : shape) {
    if (text.size() > 1) text += ", ";
    text += std::to_string(size);
  }
  text += ']';
  return text;
}

}  // namespace weft
