// One element of a tensor, from text.
#ifndef WEFT_TENSOR_ELEMENT_H_
#define WEFT_TENSOR_ELEMENT_H_

#include <optional>
#include <string>
#include <string_view>

#include "weft/dtype.h"

namespace weft {

// The little-endian bytes of the element that is nearest to the number `text` ("0", "-1.5", "inf",
// "-inf"); of a dtype below 8 bits, one byte whose elements all have the value. nullopt when `text`
// is no number or the dtype has no such value: integers and booleans take only values that they
// hold exactly, dtypes of 8 bits and less only 0.
std::optional<std::string> ElementBytes(DType dtype, std::string_view text);

// Whether every number of dtype `from` is one of dtype `to`, so that a cast there and back changes
// nothing (but the payloads of NaNs).
bool HoldsAllOf(DType to, DType from);

}  // namespace weft

#endif  // WEFT_TENSOR_ELEMENT_H_
