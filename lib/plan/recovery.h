// Where each element of the source of a plan can be had again: in what the plan makes, or nowhere.
#ifndef WEFT_PLAN_RECOVERY_H_
#define WEFT_PLAN_RECOVERY_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "weft/limits.h"
#include "weft/plan.h"

namespace weft {

// Elements of a source tensor that targets hold in another dtype.
struct CastElements {
  DType dtype = DType::kF32;   // of the targets
  std::vector<Box> boxes;      // from targets (Box::source: index into Plan::tensors)
  std::vector<Box> positions;  // from these elements, laid one behind another, to their places
  uint64_t elements = 0;
};

// All boxes together write each element of the source tensor once.
struct Recovery {
  // From targets, and behind Plan::tensors from Plan::constants.
  std::vector<Box> held;
  absl::InlinedVector<CastElements, 1> cast;  // widest dtype first
  // What no target tells: from these elements, laid one behind another, to their places.
  std::vector<Box> lost;
  uint64_t lost_elements = 0;
  // Another source tensor that holds the same, element by element, as a check of the plan ensures:
  // it is recovered and this one copied. The lists above are then empty.
  std::optional<uint32_t> twin;
};

// By index of the source tensor. Where several targets hold an element, one is chosen: one of the
// tensor's own dtype if there is one. An element is not lost when a check of the plan says that it
// equals one that is held.
//
// Errors: kLimitExceeded, for a tensor whose lost elements are scattered too widely to be listed.
absl::StatusOr<std::vector<Recovery>> RecoveriesOf(const Plan& plan);

}  // namespace weft

#endif  // WEFT_PLAN_RECOVERY_H_
