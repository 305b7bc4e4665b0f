// weft verify: is a checkpoint what convert would make of another?
#include "weft/verify.h"

#include <algorithm>
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string_view>
#include <tuple>
#include <vector>

#include "absl/strings/str_format.h"
#include "commands.h"
#include "interrupt.h"
#include "planning.h"
#include "progress_bar.h"
#include "quantity.h"
#include "renames.h"
#include "source.h"
#include "weft/diagnostic.h"
#include "weft/name_report.h"

namespace weft::cli {
namespace {

constexpr size_t kMostShown = 100;  // findings, lines

absl::StatusOr<VerifyReport> RunPlan(const VerifyArguments& arguments, const Planned& planned,
                                     const Checkpoint& candidate) {
  ProgressBar bar(arguments.options.progress);
  VerifyOptions options;
  options.threads = arguments.options.threads;
  options.memory_bytes = arguments.options.memory_bytes;
  options.tolerance = arguments.tolerance;
  options.max_findings = std::numeric_limits<size_t>::max();  // names are grouped
  options.progress = [&bar](const Progress& progress) {
    bar.Update(progress);
    return !Interrupted();
  };
  return Verify(planned.plan, planned.checkpoint, candidate, options);
}

// Names that only the plan or only the candidate has, and rules that bring those to these.
struct NameDifference {
  std::vector<std::string_view> missing;
  std::vector<std::string_view> unexpected;
  std::vector<RenameSuggestion> renames;
};

NameDifference NamesOf(const VerifyReport& report, const Plan& plan, const Catalog& candidate) {
  NameDifference names;
  for (const Finding& finding : report.findings) {
    if (finding.kind == FindingKind::kMissing) names.missing.push_back(finding.tensor);
    if (finding.kind == FindingKind::kUnexpected) names.unexpected.push_back(finding.tensor);
  }
  if (names.missing.empty() || names.unexpected.empty()) return names;
  const std::set<std::string_view> missing(names.missing.begin(), names.missing.end());
  const std::set<std::string_view> unexpected(names.unexpected.begin(), names.unexpected.end());
  std::vector<ReportedName> made;
  std::vector<ReportedName> wanted;
  std::vector<std::string_view> fitting;
  for (const PlannedTensor& tensor : plan.tensors) {
    if (missing.count(tensor.name) != 0) {
      made.push_back({tensor.name, &tensor.shape});
    } else {
      fitting.push_back(tensor.name);
    }
  }
  for (const TensorInfo& tensor : candidate.tensors) {
    if (unexpected.count(tensor.name) != 0) wanted.push_back({tensor.name, &tensor.shape});
  }
  names.renames = SuggestRenames(wanted, made, fitting);
  return names;
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
                       const VerifyReport& report, const NameDifference& names) {
  nlohmann::ordered_json findings = nlohmann::ordered_json::array();
  for (const Finding& finding : report.findings) {
    if (findings.size() == kMostShown) break;
    findings.push_back(FindingJson(finding));
  }
  return JsonText({{"candidate", arguments.candidate},
                   {"source", arguments.source},
                   {"mapping", planned.mapping},
                   {"mapping_choice", planned.choice},
                   {"direction", NameOf(planned.direction)},
                   {"shard", ShardJson(planned)},
                   {"equal", report.equal()},
                   {"tensors", report.tensors},
                   {"bytes_compared", report.bytes_compared},
                   {"total_findings", report.total_findings},
                   {"findings", std::move(findings)},
                   {"missing", GroupNames(names.missing)},
                   {"unexpected", GroupNames(names.unexpected)},
                   {"renames", RenamesJson(names.renames)},
                   {"warnings", planned.warnings}});
}

std::string FindingText(const Finding& finding) {
  const std::string tensor = Escaped(finding.tensor);
  if (finding.kind != FindingKind::kData) {
    return absl::StrFormat("%s: %s has %s, expected %s\n", NameOf(finding.kind), tensor,
                           finding.found, finding.expected);
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

bool IsOfName(const Finding& finding) {
  return finding.kind == FindingKind::kMissing || finding.kind == FindingKind::kUnexpected;
}

// A line for each finding; names of one type that only one side has are grouped, where the first of
// them stands.
std::vector<std::string> FindingLines(const VerifyReport& report) {
  using Type = std::tuple<FindingKind, std::string_view, std::string_view>;
  const auto type_of = [](const Finding& finding) {
    return Type(finding.kind, finding.expected, finding.found);
  };
  std::map<Type, std::vector<std::string_view>> names;
  for (const Finding& finding : report.findings) {
    if (IsOfName(finding)) names[type_of(finding)].push_back(finding.tensor);
  }
  std::vector<std::string> lines;
  for (const Finding& finding : report.findings) {
    if (!IsOfName(finding)) {
      lines.push_back(FindingText(finding));
      continue;
    }
    const auto of_type = names.find(type_of(finding));
    if (of_type == names.end()) continue;  // told before
    const bool is_missing = finding.kind == FindingKind::kMissing;
    for (const std::string& group : GroupNames(of_type->second)) {
      lines.push_back(absl::StrFormat("%s: %s, %s%s\n", NameOf(finding.kind), Escaped(group),
                                      is_missing ? "expected " : "",
                                      is_missing ? finding.expected : finding.found));
    }
    names.erase(of_type);
  }
  return lines;
}

std::string ReportText(const Planned& planned, const VerifyReport& report,
                       const NameDifference& names) {
  std::string text = absl::StrFormat("mapping: %s\n", MappingText(planned));
  text += RankText(planned);
  const std::vector<std::string> lines = FindingLines(report);
  for (size_t i = 0; i < std::min(lines.size(), kMostShown); ++i) text += lines[i];
  if (lines.size() > kMostShown) {
    text += absl::StrFormat("… and %s more lines\n", CountText(lines.size() - kMostShown));
  }
  text += RenamesText("one more stage of the mapping would make the names of the candidate:",
                      names.renames);
  const std::string compared = absl::StrFormat("%s tensors, %s of data", CountText(report.tensors),
                                               SizeText(report.bytes_compared));
  if (report.equal()) return text + absl::StrFormat("equal: %s\n", compared);
  return text + absl::StrFormat("not equal: %s finding%s in %s\n", CountText(report.total_findings),
                                report.total_findings == 1 ? "" : "s", compared);
}

}  // namespace

absl::StatusOr<Output> Run(const VerifyArguments& arguments) {
  const absl::StatusOr<Planned> planned = MakePlan(arguments.source, arguments.options);
  if (!planned.ok()) return planned.status();
  const absl::StatusOr<Checkpoint> candidate =
      OpenGiven(arguments.candidate, arguments.options.allowed_globals, planned->plan.part_files);
  if (!candidate.ok()) return candidate.status();
  const absl::StatusOr<VerifyReport> report = RunPlan(arguments, *planned, *candidate);
  if (!report.ok()) return report.status();
  const NameDifference names = NamesOf(*report, planned->plan, *candidate->catalog());
  return Output{arguments.options.json ? ReportJson(arguments, *planned, *report, names)
                                       : ReportText(*planned, *report, names),
                planned->warnings, report->equal() ? 0 : 1};
}

}  // namespace weft::cli
