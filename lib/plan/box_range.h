// Parts of what a list of boxes fills.
#ifndef WEFT_PLAN_BOX_RANGE_H_
#define WEFT_PLAN_BOX_RANGE_H_

#include <cstdint>
#include <vector>

#include "weft/plan.h"

namespace weft {

// The boxes that fill elements `begin` … `begin + elements − 1` of what `boxes` fill; their target
// coordinates count from `begin`. `boxes` are ordered by target_offset; `elements` ≥ 1.
std::vector<Box> BoxesOfRange(const std::vector<Box>& boxes, uint64_t begin, uint64_t elements);

// The same for the elements that `part` reads of what `boxes` fill. Their target coordinates are
// those of `part`, whose factors must be as Compose (plan/view.h) wants them.
std::vector<Box> BoxesOfPart(const std::vector<Box>& boxes, const Box& part);

}  // namespace weft

#endif  // WEFT_PLAN_BOX_RANGE_H_
