// A checkpoint as the source of a plan.
#ifndef WEFT_EXECUTE_CHECKPOINT_SOURCE_H_
#define WEFT_EXECUTE_CHECKPOINT_SOURCE_H_

#include <cstdint>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "execute/byte_source.h"
#include "weft/checkpoint.h"
#include "weft/io.h"
#include "weft/plan.h"

namespace weft::execute {

// The bytes of a checkpoint, which must live as long, read in that way. Errors, besides those of
// reading: kCannotRead (a file that cannot be mapped, or has no reads past the cache).
absl::StatusOr<std::unique_ptr<ByteSource>> NewCheckpointSource(const Checkpoint& checkpoint,
                                                                Io io);

// kBadArgument unless the bytes that the plan reads are where its catalog says.
absl::Status CheckIsSource(const Plan& plan, const Checkpoint& checkpoint);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_CHECKPOINT_SOURCE_H_
