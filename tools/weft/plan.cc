// weft plan: what convert would do, target by target.
#include "weft/plan.h"

#include <nlohmann/json.hpp>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "commands.h"
#include "name_groups.h"
#include "planning.h"
#include "quantity.h"
#include "weft/diagnostic.h"

namespace weft::cli {
namespace {

uint64_t BytesOf(const PlannedTensor& target) {
  return ElementsOf(target.shape) * static_cast<uint64_t>(BitsOf(target.dtype)) / 8;
}

// Lists the sources of one target after the other. Keeps a mark for each tensor of the catalog, so
// that a target costs no more than its boxes.
class SourceLister {
 public:
  explicit SourceLister(const Catalog& catalog)
      : catalog_(catalog), seen_(catalog.tensors.size()) {}

  // Names in the order in which they first contribute.
  std::vector<std::string_view> SourcesOf(const PlannedTensor& target) {
    std::vector<std::string_view> names;
    for (const Box& box : target.boxes) {
      if (seen_[box.source]) continue;
      seen_[box.source] = true;
      names.push_back(catalog_.tensors[box.source].name);
    }
    for (const Box& box : target.boxes) seen_[box.source] = false;
    return names;
  }

 private:
  const Catalog& catalog_;
  std::vector<bool> seen_;
};

// Bytes that the boxes read from each file of the catalog.
std::vector<uint64_t> BytesReadByFile(const Plan& plan) {
  const Catalog& catalog = *plan.catalog;
  std::vector<uint64_t> elements(catalog.tensors.size());
  for (const PlannedTensor& target : plan.tensors) {
    for (const Box& box : target.boxes) elements[box.source] += ElementsOf(box);
  }
  std::vector<uint64_t> bytes(catalog.files.size());
  for (size_t i = 0; i < elements.size(); ++i) {
    const TensorInfo& tensor = catalog.tensors[i];
    bytes[tensor.file] += elements[i] * static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8;
  }
  return bytes;
}

std::string PlanJson(const Planned& planned) {
  using Json = nlohmann::ordered_json;
  const Plan& plan = planned.plan;
  const Catalog& catalog = *plan.catalog;

  Json targets = Json::array();
  SourceLister lister(catalog);
  for (const PlannedTensor& target : plan.tensors) {
    targets.push_back({{"name", target.name},
                       {"dtype", NameOf(target.dtype)},
                       {"shape", target.shape},
                       {"bytes", BytesOf(target)},
                       {"sources", lister.SourcesOf(target)},
                       {"boxes", target.boxes.size()},
                       {"rules", target.rules}});
  }
  Json files = Json::array();
  const std::vector<uint64_t> bytes_read = BytesReadByFile(plan);
  for (size_t i = 0; i < bytes_read.size(); ++i) {
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
  return JsonText({{"mapping", planned.mapping},
                   {"direction", NameOf(planned.direction)},
                   {"reversible", NameOf(plan.exactness)},
                   {"reversible_reasons", plan.exactness_reasons},
                   {"bytes_read", plan.bytes_read},
                   {"bytes_written", plan.bytes_written},
                   {"files", std::move(files)},
                   {"rules", std::move(rules)},
                   {"targets", std::move(targets)},
                   {"dropped", std::move(dropped)},
                   {"warnings", planned.warnings}});
}

// The same name, dtype and elements: nothing that a reader of the plan looks for.
bool PassesUnchanged(const PlannedTensor& target, const std::vector<std::string_view>& sources) {
  return target.rules.empty() && target.dtype == target.source_dtype &&
         (sources.empty() || (sources.size() == 1 && sources[0] == target.name));
}

std::string OperationsText(const Plan& plan, const PlannedTensor& target) {
  std::string text;
  for (const uint32_t rule : target.rules) {
    text += (text.empty() ? "" : " > ") + plan.rules[rule].text;
  }
  if (target.dtype != target.source_dtype) {
    text += absl::StrFormat("%scast %s to %s", text.empty() ? "" : " > ",
                            NameOf(target.source_dtype), NameOf(target.dtype));
  }
  return text;
}

std::string TargetText(const Plan& plan, const PlannedTensor& target,
                       const std::vector<std::string_view>& sources) {
  std::string text = absl::StrFormat("%s  %s %s  %s\n", Escaped(target.name), NameOf(target.dtype),
                                     TextOf(target.shape), SizeText(BytesOf(target)));
  for (const std::string& group : GroupNames(sources)) {
    text += absl::StrFormat("  ← %s\n", Escaped(group));
  }
  return text + absl::StrFormat("  by %s\n", OperationsText(plan, target));
}

std::string PlanText(const Planned& planned) {
  const Plan& plan = planned.plan;
  const Catalog& catalog = *plan.catalog;
  std::string targets;
  uint64_t unchanged = 0;
  SourceLister lister(catalog);
  for (const PlannedTensor& target : plan.tensors) {
    const std::vector<std::string_view> sources = lister.SourcesOf(target);
    if (PassesUnchanged(target, sources)) {
      ++unchanged;
    } else {
      targets += TargetText(plan, target, sources);
    }
  }

  std::string text = absl::StrFormat("mapping: %s\n", MappingText(planned));
  text += absl::StrFormat("direction: %s\n", NameOf(planned.direction));
  text += absl::StrFormat("reversible: %s\n", NameOf(plan.exactness));
  for (const std::string& reason : plan.exactness_reasons) {
    text += absl::StrFormat("  %s\n", reason);
  }
  text += absl::StrFormat("tensors: %s → %s, of which %s pass unchanged\n",
                          CountText(catalog.tensors.size()), CountText(plan.tensors.size()),
                          CountText(unchanged));
  text += absl::StrFormat("bytes: %s read, %s written\n", SizeText(plan.bytes_read),
                          SizeText(plan.bytes_written));
  if (!targets.empty()) text += "\n" + targets;
  if (!plan.dropped.empty()) text += "\ndropped:\n";
  for (const DroppedTensor& tensor : plan.dropped) {
    text += absl::StrFormat("  %s%s%s\n", Escaped(catalog.tensors[tensor.source].name),
                            tensor.reason.empty() ? "" : ": ", Escaped(tensor.reason));
  }
  return text;
}

}  // namespace

absl::StatusOr<Output> Run(const PlanArguments& arguments) {
  const absl::StatusOr<Planned> planned = MakePlan(arguments.source, arguments.options);
  if (!planned.ok()) return planned.status();
  return Output{arguments.options.json ? PlanJson(*planned) : PlanText(*planned),
                planned->warnings};
}

}  // namespace weft::cli
