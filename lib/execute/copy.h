// Rearranges bytes in memory.
#ifndef WEFT_EXECUTE_COPY_H_
#define WEFT_EXECUTE_COPY_H_

#include <cstddef>
#include <cstdint>

#include "execute/loops.h"

namespace weft::execute {

// Copies `unit_bytes` contiguous bytes for every step of `loops`.
void CopyUnits(uint64_t unit_bytes, const Loop* loops, size_t count, const char* source,
               char* target);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_COPY_H_
