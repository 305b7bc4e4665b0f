#include "weft/lint.h"

#include <utility>

#include "diagnostic/status.h"
#include "mapping/document.h"
#include "mapping/lint/assignments.h"
#include "mapping/lint/declaration_lint.h"
#include "mapping/lint/key_lint.h"
#include "mapping/lint/lint_report.h"
#include "mapping/lint/share_lint.h"
#include "mapping/lint/stage_lint.h"
#include "weft/limits.h"

namespace weft {

namespace {

absl::Status LintDocument(const internal::MappingDocument& document, const LintOptions& options,
                          LintReport& report) {
  WEFT_ASSIGN_OR_RETURN(const ParamAssignments params, ParamAssignments::Of(document, options));
  RegexCache cache(Limits().regex_bytes);
  for (size_t stage = 0; stage < document.stages.size(); ++stage) {
    LintStage(document, stage, params, options, cache, report);
  }
  LintShares(document, params, options, cache, report);
  LintDeclarations(document, params, report);
  if (!options.keys.empty()) LintKeys(document, params, options, cache, report);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<LintFinding>> Lint(const Mapping& mapping, const LintOptions& options) {
  std::vector<LintFinding> findings;
  for (const auto& document : mapping.documents()) {
    LintReport report(options.total_steps);
    WEFT_RETURN_IF_ERROR(LintDocument(*document, options, report));
    for (LintFinding& finding : report.Take()) findings.push_back(std::move(finding));
  }
  return findings;
}

}  // namespace weft
