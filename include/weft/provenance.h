// Where the elements of a plan's tensors come from, and where those of its source go.
//
//   absl::StatusOr<const weft::PlannedTensor*> target = weft::FindTarget(plan, "mlp.gate_up_proj");
//   for (const weft::Origin& o : weft::OriginsOf(plan, **target, weft::WholeOf((**target).shape)))
//   {
//     std::cout << weft::TargetText(o.box, (**target).shape) << " is "
//               << (o.tensor != nullptr ? o.tensor->name : o.constant->text) << '\n';
//   }
//
// Pure functions of a plan, safe from any thread. What they return points into the plan and its
// catalog and lives as long. Which rules acted on a target is PlannedTensor::rules; what they are,
// Plan::rules; the cast, if any, is from PlannedTensor::source_dtype to its dtype.
#ifndef WEFT_PROVENANCE_H_
#define WEFT_PROVENANCE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "weft/catalog.h"
#include "weft/plan.h"

namespace weft {

// Part of an axis: begin ≤ index < end.
struct AxisRange {
  uint64_t begin = 0;
  uint64_t end = 0;

  bool operator==(const AxisRange& o) const { return begin == o.begin && end == o.end; }
};

// A block of a tensor: one range for each axis.
using Region = absl::InlinedVector<AxisRange, 4>;

Region WholeOf(const Shape& shape);

// The region of one element, by its number in row-major order, below ElementsOf(shape).
Region ElementAt(const Shape& shape, uint64_t element);

// "3,:,0:5": for each axis an index, a range (either end may be left out), or ":" for all; axes
// that are left out at the end are whole. Blanks around numbers do not matter.
// Errors: kBadArgument: no such text; too many axes; an index or range outside of its axis.
absl::StatusOr<Region> ParseRegion(std::string_view text, const Shape& shape);

// The target tensor of that name. Errors: kBadArgument, with the nearest names as a hint.
absl::StatusOr<const PlannedTensor*> FindTarget(const Plan& plan, std::string_view name);

// One strided copy that fills elements of a target.
struct Origin {
  Box box;                             // in elements of the whole source and the whole target
  const TensorInfo* tensor = nullptr;  // the source; null for a constant
  const Constant* constant = nullptr;  // null for a tensor
  const CatalogFile* file = nullptr;   // of the source; null for a constant
  uint64_t offset_bytes = 0;           // of the first element copied, from the start of that file
};

// What fills a region of `target`, a tensor of the plan; ordered by place in the target. The
// origins fill each element of the region once, and nothing else. `region` lies within the target.
std::vector<Origin> OriginsOf(const Plan& plan, const PlannedTensor& target, const Region& region);

// Where a source tensor goes to.
struct Uses {
  struct Use {
    const PlannedTensor* target = nullptr;
    std::vector<Box> boxes;  // those of the target that read the tensor
  };

  const TensorInfo* tensor = nullptr;
  const CatalogFile* file = nullptr;
  std::vector<Use> uses;                   // in the order of the plan's tensors
  const DroppedTensor* dropped = nullptr;  // null unless a rule drops it
  std::vector<const Check*> checks;        // that compare it
};

// Errors: kBadArgument, with the nearest names as a hint, when the source has no such tensor.
absl::StatusOr<Uses> UsesOf(const Plan& plan, std::string_view source);

// The elements that a box fills, or reads, of a tensor of that shape: "[0, 24:48, :]", with a step
// "[0:48:2]"; and where that is no block of axes, the first and the loops: "5 + 12×4 + 2×1".
std::string TargetText(const Box& box, const Shape& shape);
std::string SourceText(const Box& box, const Shape& shape);

// False when the elements are read in another order than they are written in, as by a transpose:
// then the two texts do not say which goes where; the factors do.
bool KeepsOrder(const Box& box);

}  // namespace weft

#endif  // WEFT_PROVENANCE_H_
