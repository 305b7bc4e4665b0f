// Single elements of tensors: as numbers, and as text for people.
#ifndef WEFT_EXECUTE_ELEMENT_TEXT_H_
#define WEFT_EXECUTE_ELEMENT_TEXT_H_

#include <cstdint>
#include <string>

#include "weft/dtype.h"

namespace weft::execute {

// The bits of element `index` of an array. Elements of less than a byte lie one behind another, the
// lowest bits of a byte first.
uint64_t BitsAt(DType dtype, const char* data, uint64_t index);

// The number that the bits stand for, exactly. For floating-point dtypes.
double NumberOf(DType dtype, uint64_t bits);

// "1.5 (0x3FC0)", "-7", "true"
std::string ElementText(DType dtype, uint64_t bits);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_ELEMENT_TEXT_H_
