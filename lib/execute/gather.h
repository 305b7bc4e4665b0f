// Small reads that are neighbours in the source, joined into few.
#ifndef WEFT_EXECUTE_GATHER_H_
#define WEFT_EXECUTE_GATHER_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "execute/arena.h"
#include "execute/channel.h"

namespace weft::execute {

// Reads that reach this size are not joined over gaps, nor copied once more to their place.
inline constexpr uint64_t kSmallBytes = 64 << 10;

struct ReadRequest {
  uint32_t file = 0;
  uint64_t offset_bytes = 0;
  uint64_t size_bytes = 0;
  uint64_t gap_bytes = 0;      // of these, between what is needed
  char* wanted_at = nullptr;   // where the bytes must go; null when they may lie anywhere
  const char* data = nullptr;  // result: where they are
};

// Reads all requests, and sorts them by their place in the source. For every request without
// `wanted_at` the arena must have ArenaBytes(size_bytes) left; what is left beyond is used to read
// over gaps.
absl::Status Gather(std::vector<ReadRequest*>& requests, Arena& arena, Channel& channel);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_GATHER_H_
