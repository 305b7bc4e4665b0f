// Upper bounds on what weft accepts from files that it did not write.
//
// A count or size beyond its limit is refused (ErrorCode::kLimitExceeded) before anything is
// allocated for it. Raise a limit by setting the field; 0 is not special. SECURITY.md lists them.
//
//   weft::OpenOptions options;
//   options.limits.tensors = 10'000'000;
#ifndef WEFT_LIMITS_H_
#define WEFT_LIMITS_H_

#include <cstdint>

namespace weft {

struct Limits {
  // Checkpoints.
  uint64_t header_bytes = 100'000'000;  // JSON header of one safetensors file
  uint64_t json_bytes = 64ull << 20;    // index, config or mapping file
  int json_depth = 64;                  // nesting of arrays and objects
  uint64_t tensors = 1'000'000;         // in one checkpoint
  int rank = 64;                        // axes of one tensor
  uint64_t name_bytes = 4ull << 20;     // one tensor name
  uint64_t shards = 100'000;            // files of one checkpoint
  // Mappings.
  uint64_t rules = 10'000;             // over all stages
  uint64_t pattern_bytes = 4'096;      // one name pattern
  uint64_t regex_bytes = 64ull << 20;  // memory of all compiled patterns together
  // Plans.
  uint64_t boxes = 50'000'000;  // copies in one plan
};

}  // namespace weft

#endif  // WEFT_LIMITS_H_
