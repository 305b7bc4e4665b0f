#include "weft/lint.h"

#include "diagnostic/status.h"
#include "mapping/document.h"
#include "mapping/lint/assignments.h"
#include "mapping/lint/declaration_lint.h"
#include "mapping/lint/key_lint.h"
#include "mapping/lint/lint_report.h"
#include "mapping/lint/stage_lint.h"
#include "weft/limits.h"

namespace weft {

absl::StatusOr<std::vector<LintFinding>> Lint(const Mapping& mapping, const LintOptions& options) {
  const internal::MappingDocument& document = mapping.document();
  WEFT_ASSIGN_OR_RETURN(const ParamAssignments params, ParamAssignments::Of(document, options));
  RegexCache cache(Limits().regex_bytes);
  LintReport report(options.total_steps);
  for (size_t stage = 0; stage < document.stages.size(); ++stage) {
    LintStage(document, stage, params, options, cache, report);
  }
  LintDeclarations(document, params, report);
  if (!options.keys.empty()) LintKeys(document, params, options, cache, report);
  return report.Take();
}

}  // namespace weft
