// Where a tensor of a plan comes from, or goes to, for people and programs.
#ifndef WEFT_TOOLS_WEFT_PROVENANCE_REPORT_H_
#define WEFT_TOOLS_WEFT_PROVENANCE_REPORT_H_

#include <string>

#include "absl/status/statusor.h"
#include "arguments.h"
#include "planning.h"

namespace weft::cli {

// Of `arguments.tensor` or `arguments.source_tensor`, one of which is given.
// Errors: kBadArgument (no such tensor; no such part of it).
absl::StatusOr<std::string> ProvenanceReport(const PlanArguments& arguments,
                                             const Planned& planned);

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_PROVENANCE_REPORT_H_
