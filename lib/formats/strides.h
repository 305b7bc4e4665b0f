// How far apart the elements of a tensor lie.
#ifndef WEFT_FORMATS_STRIDES_H_
#define WEFT_FORMATS_STRIDES_H_

#include "weft/catalog.h"

namespace weft {

// Whether elements with these strides, one for each axis, lie one behind the other, the last axis
// innermost. Axes of one element do not count.
bool IsRowMajor(const Shape& shape, const Shape& strides);

// Strides of elements whose first axis is innermost.
Shape FirstAxisInnermost(const Shape& shape);

}  // namespace weft

#endif  // WEFT_FORMATS_STRIDES_H_
