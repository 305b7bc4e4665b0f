// Sizes of tensors, with checked arithmetic: a shape from a file may say anything.
#ifndef WEFT_TENSOR_SHAPE_H_
#define WEFT_TENSOR_SHAPE_H_

#include <cstdint>
#include <optional>

#include "weft/catalog.h"
#include "weft/dtype.h"

namespace weft {

// nullopt when the result does not fit.
std::optional<uint64_t> CheckedAdd(uint64_t a, uint64_t b);
std::optional<uint64_t> CheckedMultiply(uint64_t a, uint64_t b);

// Number of elements; nullopt for a negative size and when the product of the sizes that are not
// zero reaches 2^63. Leaving zeros out makes the answer independent of the order of the axes, and
// keeps every partial product of an accepted shape representable.
std::optional<uint64_t> CheckedElementsOf(const Shape& shape);

// Number of bits that the elements take; nullopt where CheckedElementsOf is, and when the product
// of the sizes that are not zero, times the bits of the dtype, reaches 2^63.
// A tensor is storable when the result is a multiple of 8.
std::optional<uint64_t> CheckedBitsOf(const Shape& shape, DType dtype);

}  // namespace weft

#endif  // WEFT_TENSOR_SHAPE_H_
