// The part of a tensor that a rank has: which units of its axes, and where they lie in tensor and
// part.
#ifndef WEFT_PLAN_SHARE_H_
#define WEFT_PLAN_SHARE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/layout.h"
#include "plan/layout_geometry.h"
#include "weft/catalog.h"
#include "weft/plan.h"
#include "weft/sharding.h"

namespace weft {

// A run of the units of an axis.
struct Units {
  int64_t begin = 0;
  int64_t end = 0;  // one beyond

  int64_t size() const { return end - begin; }
};

// The units of an axis of `size` ≥ 0 that a rank has. The shares of all ranks follow one another,
// and no two differ by more than one unit. `shared` ones have the next unit as well where the
// border of two shares lies within it: for the heads of keys and values, of which there may be
// fewer than ranks.
Units UnitsOf(int64_t size, bool shared, const Shard& shard);

// Whether the shares of all ranks have as many units.
bool AreEven(int64_t size, bool shared, uint64_t world_size);

// What is left of an axis. The units may reach beyond its size: those are zeros.
struct CutAxis {
  int atom = -1;
  Units units;
};

struct Share {
  Shape shape;
  std::vector<Box> kept;    // from the tensor into the part; `source` is 0
  std::vector<Box> filled;  // elements of the part that the tensor does not have
};

// The part of a tensor of that layout; all sizes are known, and each cell has at most one of the
// cut axes. Errors without a place: kOverflow.
absl::StatusOr<Share> ShareOf(const Layout& layout, const std::vector<LayoutCell>& cells,
                              const AtomSizes& sizes, const Shape& rest,
                              const std::vector<CutAxis>& cuts);

}  // namespace weft

#endif  // WEFT_PLAN_SHARE_H_
