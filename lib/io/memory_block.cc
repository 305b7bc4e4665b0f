#include "io/memory_block.h"

#include <sys/mman.h>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {

absl::StatusOr<std::shared_ptr<char>> NewMemoryBlock(uint64_t size_bytes) {
  void* const block =
      ::mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (block == MAP_FAILED) {
    return ErrorStatus(ErrorCode::kLimitExceeded, "memory",
                       absl::StrFormat("the system does not give %d bytes for tensors", size_bytes),
                       "free memory, or give buffers of your own");
  }
  // Only advice: without huge pages the block works as well.
  if (size_bytes >= kHugePageBytes) ::madvise(block, size_bytes, MADV_HUGEPAGE);
  return std::shared_ptr<char>(static_cast<char*>(block),
                               [size_bytes](char* begin) { ::munmap(begin, size_bytes); });
}

}  // namespace weft
