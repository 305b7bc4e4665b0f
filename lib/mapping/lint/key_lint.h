// A mapping against the names of a checkpoint.
#ifndef WEFT_MAPPING_LINT_KEY_LINT_H_
#define WEFT_MAPPING_LINT_KEY_LINT_H_

#include "mapping/document.h"
#include "mapping/lint/assignments.h"
#include "mapping/lint/lint_report.h"
#include "weft/lint.h"

namespace weft {

// Sends the keys of `options` through the stages, forward or, where no rule takes one of them,
// back. Adds names that read in two ways or that two rules take, and rules that take none.
void LintKeys(const internal::MappingDocument& document, const ParamAssignments& params,
              const LintOptions& options, RegexCache& cache, LintReport& report);

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_KEY_LINT_H_
