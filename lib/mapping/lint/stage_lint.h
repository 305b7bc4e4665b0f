// What can be said of the names of one stage.
#ifndef WEFT_MAPPING_LINT_STAGE_LINT_H_
#define WEFT_MAPPING_LINT_STAGE_LINT_H_

#include <cstddef>

#include "mapping/document.h"
#include "mapping/lint/assignments.h"
#include "mapping/lint/lint_report.h"
#include "mapping/pattern.h"
#include "weft/lint.h"

namespace weft {

// Adds the findings of one stage: patterns that read a name in two ways, names that two rules take
// or make, names without a target, rules that take none.
void LintStage(const internal::MappingDocument& document, size_t stage,
               const ParamAssignments& params, const LintOptions& options, RegexCache& cache,
               LintReport& report);

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_STAGE_LINT_H_
