// The sizes of all atoms of a rule for one group.
#ifndef WEFT_PLAN_SIZE_SOLVER_H_
#define WEFT_PLAN_SIZE_SOLVER_H_

#include "absl/status/status.h"
#include "mapping/expression.h"
#include "plan/layout_geometry.h"
#include "plan/rule_run.h"

namespace weft {

// Names in expressions of a rule, for one group: its `sizes`, its atoms as far as they are solved,
// its index variables, params.
class SizeSolver {
 public:
  // `run` outlives the solver.
  explicit SizeSolver(RuleRun& run);
  SizeSolver(const SizeSolver&) = delete;
  SizeSolver& operator=(const SizeSolver&) = delete;

  // Solves the atoms of the read layouts. Errors: kWrongShape, kSizeConflict, kSizeUnknown,
  // kIncompleteList, kUnknownParam, kBadParam; with their places.
  absl::Status Solve();

  const AtomSizes& sizes() const { return sizes_; }
  const Shape& rest() const { return rest_; }

  absl::StatusOr<int64_t> Evaluate(const Expression& expression) const {
    return expression.EvaluateInteger(resolver_);
  }

 private:
  class OwnName;
  absl::StatusOr<ParamValue> Resolve(std::string_view name) const;
  absl::Status CheckMembersAlike() const;
  absl::Status TakeGiven(bool* progress);
  absl::Status TakeGivenAtom(int atom, bool* progress);
  absl::Status SolveShapes(bool* progress);
  absl::Status WithNeighbour(size_t tensor, const absl::Status& status) const;
  absl::Status Conflict(const absl::Status& wrong_shape);
  absl::Status CheckGiven() const;
  absl::Status CheckKnown() const;
  bool IsListAtom(int atom) const;
  void Start();

  RuleRun& run_;
  Expression::Resolver resolver_;
  AtomSizes sizes_;
  AtomSizes given_;  // by params and `sizes`
  Shape rest_;
  bool use_given_ = true;
  mutable int depth_ = 0;         // of `sizes` that use each other
  mutable std::string_view own_;  // the axis whose entry of `sizes` is evaluated
};

}  // namespace weft

#endif  // WEFT_PLAN_SIZE_SOLVER_H_
