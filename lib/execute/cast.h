// Casts of boxes of elements between all floating-point dtypes of 8 bits and more: F64, F32, F16,
// BF16, and the F8 ones. What becomes of an element is told in tensor/float_element.h.
#ifndef WEFT_EXECUTE_CAST_H_
#define WEFT_EXECUTE_CAST_H_

#include "execute/loops.h"
#include "weft/dtype.h"

namespace weft::execute {

// The kernel that casts; null for a pair that has no cast, equal dtypes included.
Kernel CastKernel(DType from, DType to);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_CAST_H_
