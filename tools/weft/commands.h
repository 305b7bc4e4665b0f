// The commands: arguments → what to print.
#ifndef WEFT_TOOLS_WEFT_COMMANDS_H_
#define WEFT_TOOLS_WEFT_COMMANDS_H_

#include "absl/status/statusor.h"
#include "arguments.h"
#include "output.h"

namespace weft::cli {

absl::StatusOr<Output> Run(const InformationRequest& request);
absl::StatusOr<Output> Run(const ConvertArguments& arguments);
absl::StatusOr<Output> Run(const LoadArguments& arguments);
absl::StatusOr<Output> Run(const PlanArguments& arguments);
absl::StatusOr<Output> Run(const VerifyArguments& arguments);
absl::StatusOr<Output> Run(const DiffArguments& arguments);
absl::StatusOr<Output> Run(const InspectArguments& arguments);
absl::StatusOr<Output> Run(const LintArguments& arguments);
absl::StatusOr<Output> Run(const MapsArguments& arguments);

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_COMMANDS_H_
