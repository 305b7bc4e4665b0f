// Small parts of a plan, gathered on one thread.
#ifndef WEFT_EXECUTE_RANGE_H_
#define WEFT_EXECUTE_RANGE_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "execute/arena.h"
#include "execute/monitor.h"
#include "execute/plan_source.h"
#include "weft/plan.h"

namespace weft::execute {

// Gathers part i to buffers[i] on this thread, as job `job` of the monitor. Resets the arena, which
// has at least kLeastJobBytes. Errors: those of the source; one without a diagnostic when the
// monitor stops the job.
absl::Status GatherParts(const std::vector<PlannedTensor>& parts, const std::vector<char*>& buffers,
                         const PlanSource& source, uint64_t job, Arena& arena, Monitor& monitor);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_RANGE_H_
