// Conversions between the floating-point dtypes F64, F32, F16 and BF16.
//
// Rounding is to nearest, ties to even, as IEEE 754 and PyTorch do it; overflow gives infinity, NaN
// gives a NaN, and the sign of zero stays. F64 reaches the 16-bit types by way of F32, so it is
// rounded twice: bit for bit what PyTorch does.
#ifndef WEFT_EXECUTE_CAST_H_
#define WEFT_EXECUTE_CAST_H_

#include "execute/loops.h"
#include "weft/dtype.h"

namespace weft::execute {

// The kernel that converts; null for a pair that has no conversion, equal dtypes included.
Kernel CastKernel(DType from, DType to);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_CAST_H_
