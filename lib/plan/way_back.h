// The proof that a plan can be undone: its mappings, turned round, on what it makes.
//
// The turned mappings are run on the names, dtypes and shapes of the plan's tensors, as a later
// conversion would find them, and what comes out is composed with the plan. Where each box of the
// composition reads the very element that it writes, the two are the identity. No data is read.
#ifndef WEFT_PLAN_WAY_BACK_H_
#define WEFT_PLAN_WAY_BACK_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/config_tree.h"
#include "mapping/document.h"
#include "mapping/pattern.h"
#include "plan/stage_run.h"
#include "weft/plan.h"

namespace weft {

// Something that the way back does not restore.
struct Loss {
  std::optional<uint32_t> source;  // the tensor of the catalog, where it is about one
  std::string what;
  std::string where = {};  // of the rule at which the way back fails
};

// What the turned mappings make of the plan's tensors. Sources of boxes are indices into
// Plan::tensors of the plan that is undone, and behind them into `constants`.
struct WayBack {
  std::vector<PlannedTensor> tensors;
  std::vector<Constant> constants;
  std::vector<Check> checks;
};

// `documents` in the order in which the plan ran them. Errors: those of a conversion.
absl::StatusOr<WayBack> CompileWayBack(
    const Plan& plan, Direction direction,
    const std::vector<const internal::MappingDocument*>& documents, const ConfigTree& config,
    const Limits& limits, RegexCache& cache);

// Empty when there and back is the identity: every tensor of the catalog comes back with its name,
// its shape and all its elements, nothing else does, and every check of the way back holds.
std::vector<Loss> LossesOf(const Plan& plan, const WayBack& back);

// The reasons for people. `plan` and `report` are of a run that looked back (StageRun): losses that
// a rule of the report explains are not told one by one.
std::vector<std::string> ReasonsOf(const std::vector<Loss>& losses, const Plan& plan,
                                   const StageReport& report);

}  // namespace weft

#endif  // WEFT_PLAN_WAY_BACK_H_
