// Tensors that an earlier conversion cast, put together again.
#ifndef WEFT_EXECUTE_RESTORE_H_
#define WEFT_EXECUTE_RESTORE_H_

#include <cstdint>
#include <vector>

#include "execute/byte_sink.h"
#include "execute/execute.h"
#include "execute/monitor.h"
#include "execute/plan_source.h"
#include "weft/plan.h"

namespace weft::execute {

// Puts the tensors of the plan's restorations to their extents, in the memory and on the threads
// that the options give. Those whose extent has no bytes are left out. Errors are told to the
// monitor, as of jobs behind all others: those of source and sink; kWrongComplement (places that
// do not rise); kLimitExceeded when there is no memory.
void Restore(const Plan& plan, const PlanSource& source, const std::vector<OutputExtent>& extents,
             ByteSink& sink, const ExecuteOptions& options, Monitor& monitor);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_RESTORE_H_
