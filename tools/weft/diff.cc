// weft diff: in what do two checkpoints differ?
//
// B is verified against A under the mapping that changes nothing.
#include <limits>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "commands.h"
#include "interrupt.h"
#include "progress_bar.h"
#include "quantity.h"
#include "renames.h"
#include "source.h"
#include "weft/diagnostic.h"
#include "weft/name_report.h"
#include "weft/plan.h"
#include "weft/verify.h"

namespace weft::cli {
namespace {

using Json = nlohmann::ordered_json;

constexpr size_t kMostShown = 100;  // findings, groups of names

using TensorsByName = std::map<std::string_view, const TensorInfo*>;

TensorsByName ByName(const Catalog& catalog) {
  TensorsByName tensors;
  for (const TensorInfo& tensor : catalog.tensors) tensors.emplace(tensor.name, &tensor);
  return tensors;
}

// Two checkpoints, and what Verify says of them.
struct Difference {
  Checkpoint a;
  Checkpoint b;
  VerifyReport report;
  std::vector<std::string_view> only_in_a;
  std::vector<std::string_view> only_in_b;
  std::vector<const Finding*> findings;  // of tensors that both have
  std::vector<std::string> metadata;     // keys whose values differ
  std::vector<RenameSuggestion> renames;

  bool equal() const { return report.equal(); }
};

absl::StatusOr<VerifyReport> Compare(const DiffArguments& arguments, const Checkpoint& a,
                                     const Checkpoint& b) {
  const absl::StatusOr<Plan> plan = Compile({Mapping::Identity()}, a.catalog());
  if (!plan.ok()) return plan.status();
  ProgressBar bar(arguments.progress);
  VerifyOptions options;
  options.threads = arguments.threads;
  options.memory_bytes = arguments.memory_bytes;
  options.tolerance = arguments.tolerance;
  options.max_findings = std::numeric_limits<size_t>::max();  // names are grouped
  options.progress = [&bar](const Progress& progress) {
    bar.Update(progress);
    return !Interrupted();
  };
  return Verify(*plan, a, b, options);
}

std::vector<std::string> DifferentKeys(const Catalog& a, const Catalog& b) {
  std::set<std::string> keys;
  for (const auto& [key, value] : a.metadata) {
    const auto it = b.metadata.find(key);
    if (it == b.metadata.end() || it->second != value) keys.insert(key);
  }
  for (const auto& [key, value] : b.metadata) {
    if (a.metadata.count(key) == 0) keys.insert(key);
  }
  return {keys.begin(), keys.end()};
}

void Describe(Difference& difference) {
  const TensorsByName in_a = ByName(*difference.a.catalog());
  const TensorsByName in_b = ByName(*difference.b.catalog());
  for (const Finding& finding : difference.report.findings) {
    if (finding.kind == FindingKind::kMissing) {
      difference.only_in_a.push_back(finding.tensor);
    } else if (finding.kind == FindingKind::kUnexpected) {
      difference.only_in_b.push_back(finding.tensor);
    } else {
      difference.findings.push_back(&finding);
    }
  }
  difference.metadata = DifferentKeys(*difference.a.catalog(), *difference.b.catalog());
  if (difference.only_in_a.empty() || difference.only_in_b.empty()) return;
  std::vector<ReportedName> missing;
  std::vector<ReportedName> unexpected;
  missing.reserve(difference.only_in_a.size());
  unexpected.reserve(difference.only_in_b.size());
  std::vector<std::string_view> fitting;
  for (const std::string_view name : difference.only_in_a) {
    missing.push_back({name, &in_a.at(name)->shape});
  }
  for (const std::string_view name : difference.only_in_b) {
    unexpected.push_back({name, &in_b.at(name)->shape});
  }
  for (const auto& [name, tensor] : in_b) {
    if (in_a.count(name) != 0) fitting.push_back(name);
  }
  difference.renames = SuggestRenames(missing, unexpected, fitting);
}

// A place in a file: that of the element, or that of the tensor.
struct Position {
  std::string file;
  uint64_t offset_bytes = 0;
};

Position PositionIn(const Checkpoint& checkpoint, const TensorInfo& tensor, uint64_t element) {
  const Catalog& catalog = *checkpoint.catalog();
  return {TextOf(catalog.files[tensor.file]),
          tensor.offset_bytes + element * static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8};
}

Json FindingJson(const Difference& difference, const TensorsByName& in_b, const Finding& finding) {
  Json json = {{"kind", NameOf(finding.kind)},
               {"tensor", finding.tensor},
               {"a", finding.expected},
               {"b", finding.found}};
  if (finding.kind != FindingKind::kData) return json;
  const Position b = PositionIn(difference.b, *in_b.at(finding.tensor), finding.element);
  json["element"] = finding.element;
  json["differing_elements"] = finding.differing_elements;
  json["a_file"] = finding.source_file;
  json["a_offset"] = finding.source_offset_bytes;
  json["b_file"] = b.file;
  json["b_offset"] = b.offset_bytes;
  return json;
}

std::string DiffJson(const DiffArguments& arguments, const Difference& difference) {
  const TensorsByName in_b = ByName(*difference.b.catalog());
  Json findings = Json::array();
  for (const Finding* finding : difference.findings) {
    if (findings.size() == kMostShown) break;
    findings.push_back(FindingJson(difference, in_b, *finding));
  }
  return JsonText({{"a", arguments.a},
                   {"b", arguments.b},
                   {"equal", difference.equal()},
                   {"tensors_a", difference.a.catalog()->tensors.size()},
                   {"tensors_b", difference.b.catalog()->tensors.size()},
                   {"bytes_compared", difference.report.bytes_compared},
                   {"only_in_a", GroupNames(difference.only_in_a)},
                   {"only_in_b", GroupNames(difference.only_in_b)},
                   {"total_findings", difference.report.total_findings},
                   {"findings", std::move(findings)},
                   {"renames", RenamesJson(difference.renames)},
                   {"metadata", difference.metadata}});
}

std::string FindingText(const Difference& difference, const TensorsByName& in_b,
                        const Finding& finding) {
  const std::string tensor = Escaped(finding.tensor);
  if (finding.kind != FindingKind::kData) {
    return absl::StrFormat("%s: %s is %s in A, %s in B\n", NameOf(finding.kind), tensor,
                           finding.expected, finding.found);
  }
  const Position b = PositionIn(difference.b, *in_b.at(finding.tensor), finding.element);
  return absl::StrFormat(
      "data: %s differs in %s element%s; the first, %d, is %s in A (byte %d of %s), %s in B (byte "
      "%d of %s)\n",
      tensor, CountText(finding.differing_elements), finding.differing_elements == 1 ? "" : "s",
      finding.element, finding.expected, finding.source_offset_bytes, Escaped(finding.source_file),
      finding.found, b.offset_bytes, Escaped(b.file));
}

std::string OnlyText(std::string_view side, const std::vector<std::string_view>& names) {
  const std::vector<std::string> groups = GroupNames(names);
  std::string text;
  for (const std::string& group : groups) {
    if (&group == &groups[0] + kMostShown) {
      return text + absl::StrFormat("only in %s: … and %s more\n", side,
                                    CountText(groups.size() - kMostShown));
    }
    text += absl::StrFormat("only in %s: %s\n", side, Escaped(group));
  }
  return text;
}

std::string DiffText(const Difference& difference) {
  const TensorsByName in_b = ByName(*difference.b.catalog());
  std::string text = OnlyText("A", difference.only_in_a) + OnlyText("B", difference.only_in_b);
  size_t shown = 0;
  for (const Finding* finding : difference.findings) {
    if (shown++ == kMostShown) {
      text +=
          absl::StrFormat("… and %s more\n", CountText(difference.findings.size() - kMostShown));
      break;
    }
    text += FindingText(difference, in_b, *finding);
  }
  text += RenamesText("the names of B would be those of A by a stage of the rules:",
                      difference.renames);
  if (!difference.metadata.empty()) {
    std::string keys;
    for (const std::string& key : difference.metadata) {
      keys += (keys.empty() ? "" : ", ") + Escaped(key);
    }
    text += absl::StrFormat("metadata differs, which does not count: %s\n", keys);
  }
  const std::string compared = absl::StrFormat("%s and %s tensors, %s of data in both",
                                               CountText(difference.a.catalog()->tensors.size()),
                                               CountText(difference.b.catalog()->tensors.size()),
                                               SizeText(difference.report.bytes_compared));
  if (difference.equal()) return text + absl::StrFormat("equal: %s\n", compared);
  return text + absl::StrFormat("not equal: %s difference%s in %s\n",
                                CountText(difference.report.total_findings),
                                difference.report.total_findings == 1 ? "" : "s", compared);
}

}  // namespace

absl::StatusOr<Output> Run(const DiffArguments& arguments) {
  absl::StatusOr<Checkpoint> a = OpenGiven(arguments.a, arguments.allowed_globals);
  if (!a.ok()) return a.status();
  absl::StatusOr<Checkpoint> b = OpenGiven(arguments.b, arguments.allowed_globals);
  if (!b.ok()) return b.status();
  absl::StatusOr<VerifyReport> report = Compare(arguments, *a, *b);
  if (!report.ok()) return report.status();
  std::vector<std::string> warnings = a->warnings();
  warnings.insert(warnings.end(), b->warnings().begin(), b->warnings().end());

  Difference difference{*std::move(a), *std::move(b), *std::move(report), {}, {}, {}, {}, {}};
  Describe(difference);
  return Output{arguments.json ? DiffJson(arguments, difference) : DiffText(difference),
                std::move(warnings), difference.equal() ? 0 : 1};
}

}  // namespace weft::cli
