// What a mapping declares and does not need, or needs and does not declare.
#ifndef WEFT_MAPPING_LINT_DECLARATION_LINT_H_
#define WEFT_MAPPING_LINT_DECLARATION_LINT_H_

#include "mapping/document.h"
#include "mapping/lint/assignments.h"
#include "mapping/lint/lint_report.h"

namespace weft {

// Adds the findings about params, tables, sizes, variables and operations.
void LintDeclarations(const internal::MappingDocument& document, const ParamAssignments& params,
                      LintReport& report);

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_DECLARATION_LINT_H_
