#include "formats/strides.h"

#include <cstddef>
#include <cstdint>

namespace weft {

bool IsRowMajor(const Shape& shape, const Shape& strides) {
  if (ElementsOf(shape) == 0) return true;
  int64_t expected = 1;
  for (size_t axis = shape.size(); axis-- > 0;) {
    if (shape[axis] == 1) continue;
    if (strides[axis] != expected) return false;
    expected *= shape[axis];
  }
  return true;
}

Shape FirstAxisInnermost(const Shape& shape) {
  Shape strides;
  int64_t next = 1;
  for (const int64_t size : shape) {
    strides.push_back(next);
    next *= size;
  }
  return strides;
}

}  // namespace weft
