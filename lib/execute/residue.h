// What a cast cuts off an element, as a number: the bits of the element minus the bits of what
// comes back when its cast is cast back.
#ifndef WEFT_EXECUTE_RESIDUE_H_
#define WEFT_EXECUTE_RESIDUE_H_

#include <cstdint>

#include "weft/dtype.h"

namespace weft::execute {

// In place of a width, of a NaN: which NaN its cast is, is up to the processor.
inline constexpr int kNoWidth = 9;
inline constexpr int kWidths = kNoWidth + 1;

// The difference of each of `count` elements, and in how many bytes it fits as a two's complement
// number: 0 to 8, or kNoWidth. `dtype` has casts.
void MeasureResidues(DType dtype, const char* source, const char* cast_back, uint64_t count,
                     int64_t* residues, uint8_t* widths);

// The least significant bytes of a residue.
void StoreResidue(int64_t residue, uint64_t width_bytes, char* to);

// Adds to each element in `data` its residue.
void AddResidues(DType dtype, const char* residues, uint64_t width_bytes, uint64_t count,
                 char* data);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_RESIDUE_H_
