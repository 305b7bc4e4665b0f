// A checkpoint as the source of a plan.
#ifndef WEFT_EXECUTE_CHECKPOINT_SOURCE_H_
#define WEFT_EXECUTE_CHECKPOINT_SOURCE_H_

#include <cstdint>

#include "absl/status/status.h"
#include "execute/byte_source.h"
#include "weft/checkpoint.h"
#include "weft/plan.h"

namespace weft::execute {

// The checkpoint must live as long.
class CheckpointSource final : public ByteSource {
 public:
  explicit CheckpointSource(const Checkpoint& checkpoint) : checkpoint_(checkpoint) {}

  absl::Status ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes,
                      char* out) const override {
    return checkpoint_.ReadAt(file, offset_bytes, size_bytes, out);
  }

 private:
  const Checkpoint& checkpoint_;
};

// kBadArgument unless the bytes that the plan reads are where its catalog says.
absl::Status CheckIsSource(const Plan& plan, const Checkpoint& checkpoint);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_CHECKPOINT_SOURCE_H_
