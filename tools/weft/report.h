// Errors and warnings for people, on stderr.
#ifndef WEFT_TOOLS_WEFT_REPORT_H_
#define WEFT_TOOLS_WEFT_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace weft::cli {

// Prints the errors of a failed status, each as `error[NAME] where: what` and its hint, and returns
// the exit code of the first.
int ReportErrors(const absl::Status& status);

void ReportWarnings(const std::vector<std::string>& warnings);

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_REPORT_H_
