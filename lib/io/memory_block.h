// Memory for the tensors of a whole checkpoint.
#ifndef WEFT_IO_MEMORY_BLOCK_H_
#define WEFT_IO_MEMORY_BLOCK_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"

namespace weft {

inline constexpr uint64_t kHugePageBytes = 2 << 20;

// `size_bytes` ≥ 1 bytes of zeros, aligned to a page, given back with the last copy of the pointer.
// Pages are taken on first use; of a large block they are huge ones where the system has them.
// Errors: kLimitExceeded.
absl::StatusOr<std::shared_ptr<char>> NewMemoryBlock(uint64_t size_bytes);

}  // namespace weft

#endif  // WEFT_IO_MEMORY_BLOCK_H_
