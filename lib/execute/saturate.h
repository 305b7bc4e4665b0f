// Arithmetic for sizes that are only compared with a limit: what does not fit 64 bits stays at the
// largest value.
#ifndef WEFT_EXECUTE_SATURATE_H_
#define WEFT_EXECUTE_SATURATE_H_

#include <cstdint>
#include <limits>

namespace weft::execute {

inline uint64_t Sum(uint64_t a, uint64_t b) {
  uint64_t sum = 0;
  return __builtin_add_overflow(a, b, &sum) ? std::numeric_limits<uint64_t>::max() : sum;
}

inline uint64_t Product(uint64_t a, uint64_t b) {
  uint64_t product = 0;
  return __builtin_mul_overflow(a, b, &product) ? std::numeric_limits<uint64_t>::max() : product;
}

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_SATURATE_H_
