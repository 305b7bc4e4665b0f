// What a conversion must give, computed element by element and bit by bit, with no thought of
// speed. Nothing here is shared with the library.
#ifndef WEFT_TESTS_EXECUTE_REFERENCE_H_
#define WEFT_TESTS_EXECUTE_REFERENCE_H_

#include <cstdint>
#include <vector>

#include "execute/memory_files.h"
#include "weft/plan.h"

namespace weft::execute {

// The floating-point dtypes that have casts.
inline constexpr DType kCastable[] = {
    DType::kF64,    DType::kF32,        DType::kF16,        DType::kBF16,   DType::kF8E4M3,
    DType::kF8E5M2, DType::kF8E4M3Fnuz, DType::kF8E5M2Fnuz, DType::kF8E8M0,
};

// The bits of a number in one of these dtypes, cast to another as PyTorch does: by way of F32, to
// the nearest number, found by search among all.
uint64_t ReferenceCast(DType from, DType to, uint64_t bits);

// True when the bits are a NaN of that dtype; false for dtypes without casts.
bool IsNan(DType dtype, uint64_t bits);

// The bytes of one output tensor.
Bytes ReferenceTensor(const Plan& plan, size_t index, const std::vector<Bytes>& files);

// True when both are the same tensor: bit for bit, but any NaN may stand for any other if the
// tensor was cast.
bool SameTensor(const PlannedTensor& tensor, const Bytes& a, const Bytes& b);

}  // namespace weft::execute

#endif  // WEFT_TESTS_EXECUTE_REFERENCE_H_
