// What can be said of a mapping's section "sharding".
#ifndef WEFT_MAPPING_LINT_SHARE_LINT_H_
#define WEFT_MAPPING_LINT_SHARE_LINT_H_

#include "mapping/document.h"
#include "mapping/lint/assignments.h"
#include "mapping/lint/lint_report.h"
#include "mapping/pattern.h"
#include "weft/lint.h"

namespace weft {

// Adds names that two entries of one side name, and sizes that nothing needs. Of the mapping
// itself; an included one has its own lint.
void LintShares(const internal::MappingDocument& document, const ParamAssignments& params,
                const LintOptions& options, RegexCache& cache, LintReport& report);

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_SHARE_LINT_H_
