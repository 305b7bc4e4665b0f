// weft verify: is a checkpoint what convert would make of another?
#include "weft/verify.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "commands.h"
#include "interrupt.h"
#include "planning.h"
#include "progress_bar.h"
#include "quantity.h"
#include "weft/diagnostic.h"

namespace weft::cli {
namespace {

absl::StatusOr<VerifyReport> RunPlan(const VerifyArguments& arguments, const Planned& planned,
                                     const Checkpoint& candidate) {
  ProgressBar bar(arguments.options.progress);
  VerifyOptions options;
  options.threads = arguments.options.threads;
  options.memory_bytes = arguments.options.memory_bytes;
  options.tolerance = arguments.tolerance;
  options.progress = [&bar](const Progress& progress) {
    bar.Update(progress);
    return !Interrupted();
  };
  return Verify(planned.plan, planned.checkpoint, candidate, options);
}

nlohmann::ordered_json FindingJson(const Finding& finding) {
  nlohmann::ordered_json json = {{"kind", NameOf(finding.kind)},
                                 {"tensor", finding.tensor},
                                 {"expected", finding.expected},
                                 {"found", finding.found}};
  if (finding.kind == FindingKind::kData) {
    json["element"] = finding.element;
    json["differing_elements"] = finding.differing_elements;
    json["source_tensor"] = finding.source_tensor;
    json["source_file"] = finding.source_file;
    json["source_offset"] = finding.source_offset_bytes;
  }
  return json;
}

std::string ReportJson(const VerifyArguments& arguments, const Planned& planned,
                       const VerifyReport& report) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const Finding& finding : report.findings) findings.push_back(FindingJson(finding));
  return JsonText({{"candidate", arguments.candidate},
                   {"source", arguments.source},
                   {"mapping", planned.mapping},
                   {"mapping_choice", planned.choice},
                   {"direction", NameOf(planned.direction)},
                   {"equal", report.equal()},
                   {"tensors", report.tensors},
                   {"bytes_compared", report.bytes_compared},
                   {"total_findings", report.total_findings},
                   {"findings", std::move(findings)},
                   {"warnings", planned.warnings}});
}

std::string FindingText(const Finding& finding) {
  const std::string tensor = Escaped(finding.tensor);
  switch (finding.kind) {
    case FindingKind::kMissing:
      return absl::StrFormat("missing: %s, expected %s\n", tensor, finding.expected);
    case FindingKind::kUnexpected:
      return absl::StrFormat("unexpected: %s, %s\n", tensor, finding.found);
    case FindingKind::kDType:
    case FindingKind::kShape:
      return absl::StrFormat("%s: %s has %s, expected %s\n", NameOf(finding.kind), tensor,
                             finding.found, finding.expected);
    case FindingKind::kData:
      break;
  }
  const std::string source =
      finding.source_tensor.empty()
          ? "a constant of the mapping"
          : absl::StrFormat("'%s', byte %d of %s", Escaped(finding.source_tensor),
                            finding.source_offset_bytes, Escaped(finding.source_file));
  return absl::StrFormat(
      "data: %s differs in %s element%s; the first, %d, is %s, expected %s from %s\n", tensor,
      CountText(finding.differing_elements), finding.differing_elements == 1 ? "" : "s",
      finding.element, finding.found, finding.expected, source);
}

std::string ReportText(const VerifyArguments& /*arguments*/, const Planned& planned,
                       const VerifyReport& report) {
  std::string text = absl::StrFormat("mapping: %s\n", MappingText(planned));
  for (const Finding& finding : report.findings) text += FindingText(finding);
  if (report.findings.size() < report.total_findings) {
    text += absl::StrFormat("… and %s more\n",
                            CountText(report.total_findings - report.findings.size()));
  }
  const std::string compared = absl::StrFormat("%s tensors, %s of data", CountText(report.tensors),
                                               SizeText(report.bytes_compared));
  if (report.equal()) return text + absl::StrFormat("equal: %s\n", compared);
  return text + absl::StrFormat("not equal: %s finding%s in %s\n", CountText(report.total_findings),
                                report.total_findings == 1 ? "" : "s", compared);
}

}  // namespace

absl::StatusOr<Output> Run(const VerifyArguments& arguments) {
  const absl::StatusOr<Checkpoint> candidate = Checkpoint::Open(arguments.candidate);
  if (!candidate.ok()) return candidate.status();
  const absl::StatusOr<Planned> planned = MakePlan(arguments.source, arguments.options);
  if (!planned.ok()) return planned.status();
  const absl::StatusOr<VerifyReport> report = RunPlan(arguments, *planned, *candidate);
  if (!report.ok()) return report.status();
  const auto text = arguments.options.json ? ReportJson : ReportText;
  return Output{text(arguments, *planned, *report), planned->warnings, report->equal() ? 0 : 1};
}

}  // namespace weft::cli
