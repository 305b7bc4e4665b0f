// weft plan: what convert would do, target by target.
#include "weft/plan.h"

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string_view>
#include <system_error>
#include <vector>

#include "absl/strings/str_format.h"
#include "commands.h"
#include "complement_report.h"
#include "new_file.h"
#include "planning.h"
#include "provenance_report.h"
#include "quantity.h"
#include "tensor_report.h"
#include "weft/diagnostic.h"
#include "weft/name_report.h"
#include "weft/plan_picture.h"

namespace weft::cli {
namespace {

uint64_t BytesOf(const PlannedTensor& target) {
  return ElementsOf(target.shape) * static_cast<uint64_t>(BitsOf(target.dtype)) / 8;
}

// Lists the sources of one target after the other. Keeps a mark for each tensor of the catalog and
// each constant, so that a target costs no more than its boxes.
class SourceLister {
 public:
  explicit SourceLister(const Plan& plan)
      : plan_(plan), seen_(plan.catalog->tensors.size() + plan.constants.size()) {}

  // In the order in which they first contribute.
  struct Sources {
    std::vector<std::string_view> names;
    std::vector<std::string_view> constants;  // as the mapping spells them
  };
  Sources SourcesOf(const PlannedTensor& target) {
    const std::vector<TensorInfo>& tensors = plan_.catalog->tensors;
    Sources sources;
    for (const Box& box : target.boxes) {
      if (seen_[box.source]) continue;
      seen_[box.source] = true;
      if (box.source < tensors.size()) {
        sources.names.push_back(tensors[box.source].name);
      } else {
        sources.constants.push_back(plan_.constants[box.source - tensors.size()].text);
      }
    }
    for (const Box& box : target.boxes) seen_[box.source] = false;
    return sources;
  }

 private:
  const Plan& plan_;
  std::vector<bool> seen_;
};

// The file that a part is decoded from; the number itself of a file.
size_t FileBehind(const Catalog& catalog, size_t number) {
  if (!catalog.files[number].is_decoded()) return number;
  for (size_t i = 0; i < catalog.files.size(); ++i) {
    const CatalogFile& file = catalog.files[i];
    if (!file.is_decoded() && file.path == catalog.files[number].path) return i;
  }
  return number;
}

// Elements of each tensor of the catalog.
using Elements = std::vector<uint64_t>;

void CountElements(const std::vector<Box>& boxes, Elements& elements) {
  for (const Box& box : boxes) {
    if (box.source < elements.size()) elements[box.source] += ElementsOf(box);
  }
}

Elements ElementsChecked(const Plan& plan) {
  Elements elements(plan.catalog->tensors.size());
  for (const Check& check : plan.checks) {
    CountElements(check.found, elements);
    CountElements(check.expected, elements);
  }
  return elements;
}

uint64_t BytesOf(uint64_t elements, const TensorInfo& tensor) {
  return elements * static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8;
}

uint64_t BytesChecked(const Plan& plan) {
  const Elements elements = ElementsChecked(plan);
  uint64_t bytes = 0;
  for (size_t i = 0; i < elements.size(); ++i) {
    bytes += BytesOf(elements[i], plan.catalog->tensors[i]);
  }
  return bytes;
}

// Bytes that targets and checks read from each file of the catalog; what is decoded counts as what
// it is decoded to.
std::vector<uint64_t> BytesReadByFile(const Plan& plan) {
  const Catalog& catalog = *plan.catalog;
  Elements elements = ElementsChecked(plan);
  for (const PlannedTensor& target : plan.tensors) CountElements(target.boxes, elements);
  std::vector<uint64_t> bytes(catalog.files.size());
  std::vector<size_t> behind(catalog.files.size());
  for (size_t i = 0; i < behind.size(); ++i) behind[i] = FileBehind(catalog, i);
  for (size_t i = 0; i < elements.size(); ++i) {
    const TensorInfo& tensor = catalog.tensors[i];
    bytes[behind[tensor.file]] += BytesOf(elements[i], tensor);
  }
  return bytes;
}

std::string PlanJson(const Planned& planned) {
  using Json = nlohmann::ordered_json;
  const Plan& plan = planned.plan;
  const Catalog& catalog = *plan.catalog;

  Json targets = Json::array();
  SourceLister lister(plan);
  for (const PlannedTensor& target : plan.tensors) {
    const SourceLister::Sources sources = lister.SourcesOf(target);
    targets.push_back({{"name", target.name},
                       {"dtype", NameOf(target.dtype)},
                       {"shape", target.shape},
                       {"bytes", BytesOf(target)},
                       {"sources", sources.names},
                       {"constants", sources.constants},
                       {"boxes", target.boxes.size()},
                       {"rules", target.rules}});
  }
  Json files = Json::array();
  const std::vector<uint64_t> bytes_read = BytesReadByFile(plan);
  for (size_t i = 0; i < bytes_read.size(); ++i) {
    if (catalog.files[i].is_decoded()) continue;
    files.push_back({{"name", catalog.files[i].name}, {"bytes", bytes_read[i]}});
  }
  Json rules = Json::array();
  for (const RuleUse& rule : plan.rules) {
    rules.push_back({{"where", rule.where}, {"text", rule.text}, {"tensors", rule.tensors}});
  }
  Json dropped = Json::array();
  for (const DroppedTensor& tensor : plan.dropped) {
    dropped.push_back({{"name", catalog.tensors[tensor.source].name}, {"reason", tensor.reason}});
  }
  Json checks = Json::array();
  for (const Check& check : plan.checks) {
    checks.push_back({{"where", check.where}, {"what", check.what}});
  }
  Json edits = Json::array();
  for (const SideFileEdit& edit : plan.side_file_edits) {
    edits.push_back({{"file", edit.file}, {"where", edit.where}});
  }
  return JsonText({{"mapping", planned.mapping},
                   {"direction", NameOf(planned.direction)},
                   {"shard", ShardJson(planned)},
                   {"reversible", NameOf(plan.exactness)},
                   {"reversible_reasons", plan.exactness_reasons},
                   {"complement", ComplementJson(planned)},
                   {"sources", SourcesJson(plan)},
                   {"expectation", ExpectationJson(plan)},
                   {"bytes_read", plan.bytes_read},
                   {"bytes_checked", BytesChecked(plan)},
                   {"bytes_written", plan.bytes_written},
                   {"files", std::move(files)},
                   {"rules", std::move(rules)},
                   {"targets", std::move(targets)},
                   {"dropped", std::move(dropped)},
                   {"checks", std::move(checks)},
                   {"side_file_edits", std::move(edits)},
                   {"warnings", planned.warnings}});
}

// The same name, dtype and elements: nothing that a reader of the plan looks for.
bool PassesUnchanged(const Planned& planned, const PlannedTensor& target) {
  const Plan& plan = planned.plan;
  if (!target.rules.empty() || target.dtype != target.source_dtype) return false;
  // Without elements it comes so, or the rank has none of them.
  if (target.boxes.empty()) return !planned.shard.has_value();
  const uint32_t source = target.boxes.front().source;
  const std::vector<TensorInfo>& tensors = plan.catalog->tensors;
  return target.boxes.size() == 1 && source < tensors.size() &&
         tensors[source].name == target.name && tensors[source].shape == target.shape;
}

// Empty where only the name is another, as by a prefix.
std::string OperationsText(const Planned& planned, const PlannedTensor& target) {
  const Plan& plan = planned.plan;
  std::string text;
  for (const uint32_t rule : target.rules) {
    text += (text.empty() ? "" : " > ") + plan.rules[rule].text;
  }
  if (target.dtype != target.source_dtype) {
    text += absl::StrFormat("%scast %s to %s", text.empty() ? "" : " > ",
                            NameOf(target.source_dtype), NameOf(target.dtype));
  }
  if (text.empty() && planned.shard.has_value()) return "the cut to the rank's part";
  return text;
}

std::string TargetText(const Planned& planned, const PlannedTensor& target,
                       const SourceLister::Sources& sources) {
  std::string text = absl::StrFormat("%s  %s %s  %s\n", Escaped(target.name), NameOf(target.dtype),
                                     TextOf(target.shape), SizeText(BytesOf(target)));
  for (const std::string& group : GroupNames(sources.names)) {
    text += absl::StrFormat("  ← %s\n", Escaped(group));
  }
  for (const std::string_view constant : sources.constants) {
    text += absl::StrFormat("  ← the constant %s\n", Escaped(constant));
  }
  const std::string operations = OperationsText(planned, target);
  if (!operations.empty()) text += absl::StrFormat("  by %s\n", operations);
  return text;
}

// Names that go for one reason are grouped.
std::string DroppedText(const Plan& plan) {
  std::vector<std::string_view> reasons;  // in order
  std::map<std::string_view, std::vector<std::string_view>> names;
  for (const DroppedTensor& tensor : plan.dropped) {
    std::vector<std::string_view>& of_reason = names[tensor.reason];
    if (of_reason.empty()) reasons.push_back(tensor.reason);
    of_reason.push_back(plan.catalog->tensors[tensor.source].name);
  }
  std::string text;
  for (const std::string_view reason : reasons) {
    for (const std::string& group : GroupNames(names.at(reason))) {
      text += absl::StrFormat("  %s%s%s\n", Escaped(group), reason.empty() ? "" : ": ",
                              Escaped(reason));
    }
  }
  return text;
}

std::string PlanText(const Planned& planned) {
  const Plan& plan = planned.plan;
  const Catalog& catalog = *plan.catalog;
  std::string targets;
  uint64_t unchanged = 0;
  SourceLister lister(plan);
  for (const PlannedTensor& target : plan.tensors) {
    if (PassesUnchanged(planned, target)) {
      ++unchanged;
    } else {
      targets += TargetText(planned, target, lister.SourcesOf(target));
    }
  }

  std::string text = absl::StrFormat("mapping: %s\n", MappingText(planned));
  text += absl::StrFormat("direction: %s\n", NameOf(planned.direction));
  text += RankText(planned);
  text += absl::StrFormat("reversible: %s\n", ExactnessText(planned));
  for (const std::string& reason : plan.exactness_reasons) {
    text += absl::StrFormat("  %s\n", reason);
  }
  text += absl::StrFormat("tensors: %s → %s, of which %s pass unchanged\n",
                          CountText(catalog.tensors.size()), CountText(plan.tensors.size()),
                          CountText(unchanged));
  text += absl::StrFormat("bytes: %s read, %s written\n", SizeText(plan.bytes_read),
                          SizeText(plan.bytes_written));
  text += ExpectationText(plan);
  text += ComplementText(planned);
  if (!targets.empty()) text += "\n" + targets;
  if (!plan.checks.empty()) text += "\nchecked before anything is copied:\n";
  for (const Check& check : plan.checks) {
    text += absl::StrFormat("  %s: %s\n", check.where, check.what);
  }
  if (!plan.side_file_edits.empty()) text += "\nside files that are changed:\n";
  for (const SideFileEdit& edit : plan.side_file_edits) {
    text += absl::StrFormat("  %s: %s\n", edit.where, Escaped(edit.file));
  }
  if (!plan.dropped.empty()) text += "\ndropped:\n" + DroppedText(plan);
  return text;
}

absl::Status WritePicture(const PlanArguments& arguments, const Planned& planned) {
  for (const CatalogFile& file : planned.plan.catalog->files) {
    std::error_code error;
    if (std::filesystem::equivalent(file.path, arguments.picture, error)) {
      return ErrorStatus(ErrorCode::kSameFile, Escaped(arguments.picture),
                         "the picture would replace a file of the source", "give it another name");
    }
  }
  return WriteNewFile(arguments.picture, DrawPlan(planned.plan), arguments.options.force);
}

}  // namespace

absl::StatusOr<Output> Run(const PlanArguments& arguments) {
  const absl::StatusOr<Planned> planned = MakePlan(arguments.source, arguments.options);
  if (!planned.ok()) return planned.status();
  if (!arguments.tensor.empty() || !arguments.source_tensor.empty()) {
    absl::StatusOr<std::string> report = ProvenanceReport(arguments, *planned);
    if (!report.ok()) return report.status();
    return Output{*std::move(report), planned->warnings};
  }
  if (!arguments.picture.empty()) {
    absl::Status status = WritePicture(arguments, *planned);
    if (!status.ok()) return status;
  }
  return Output{arguments.options.json ? PlanJson(*planned) : PlanText(*planned),
                planned->warnings};
}

}  // namespace weft::cli
