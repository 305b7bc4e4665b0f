// What a conversion must give, computed element by element and bit by bit, with no thought of
// speed. Nothing here is shared with the library.
#ifndef WEFT_TESTS_EXECUTE_REFERENCE_H_
#define WEFT_TESTS_EXECUTE_REFERENCE_H_

#include <cstdint>
#include <vector>

#include "execute/memory_files.h"
#include "weft/plan.h"

namespace weft::execute {

// The bits of a value in one of the dtypes F64, F32, F16, BF16, rounded to another of them.
// Every NaN becomes the quiet NaN without sign and payload.
uint64_t ReferenceCast(DType from, DType to, uint64_t bits);

// True when the bits are a NaN of that dtype; false for dtypes that are not one of the four.
bool IsNan(DType dtype, uint64_t bits);

// The bytes of one output tensor.
Bytes ReferenceTensor(const Plan& plan, size_t index, const std::vector<Bytes>& files);

// True when both are the same tensor: bit for bit, but any NaN may stand for any other if the
// tensor was cast.
bool SameTensor(const PlannedTensor& tensor, const Bytes& a, const Bytes& b);

}  // namespace weft::execute

#endif  // WEFT_TESTS_EXECUTE_REFERENCE_H_
