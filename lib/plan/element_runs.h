// Sets of elements of a tensor, as runs in linear order: what boxes cover, and what they leave.
#ifndef WEFT_PLAN_ELEMENT_RUNS_H_
#define WEFT_PLAN_ELEMENT_RUNS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/plan.h"

namespace weft {

// Elements begin … end − 1.
struct Run {
  uint64_t begin = 0;
  uint64_t end = 0;

  bool operator==(const Run& o) const { return begin == o.begin && end == o.end; }
};

// In order; between two runs there is at least one element that is in neither.
using Runs = std::vector<Run>;

// What the boxes write. Errors: kLimitExceeded when the boxes have more than `most_runs` runs.
absl::StatusOr<Runs> RunsWritten(const std::vector<Box>& boxes, uint64_t most_runs);

Runs Union(const Runs& a, const Runs& b);

// The elements of `a` that are not in `b`.
Runs Without(const Runs& a, const Runs& b);

uint64_t ElementsOf(const Runs& runs);

// Boxes from the elements of the runs, laid one behind another, to their places. Runs of one length
// at even distances are one box.
std::vector<Box> BoxesFromPacked(const Runs& runs);

// Boxes from each place to itself.
std::vector<Box> BoxesInPlace(const Runs& runs);

}  // namespace weft

#endif  // WEFT_PLAN_ELEMENT_RUNS_H_
