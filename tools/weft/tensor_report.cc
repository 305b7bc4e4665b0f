#include "tensor_report.h"

#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "quantity.h"
#include "weft/diagnostic.h"
#include "weft/name_report.h"

namespace weft::cli {
namespace {

struct Sources {
  std::vector<std::string_view> used;
  std::vector<std::string_view> passed;
  std::vector<std::string_view> dropped;
};

Sources SourcesOf(const Plan& plan) {
  const std::vector<TensorInfo>& tensors = plan.catalog->tensors;
  std::vector<bool> used(tensors.size());
  std::vector<bool> passed(tensors.size());
  for (const PlannedTensor& target : plan.tensors) {
    std::vector<bool>& marks = target.rules.empty() ? passed : used;
    for (const Box& box : target.boxes) {
      if (box.source < tensors.size()) marks[box.source] = true;
    }
  }
  Sources sources;
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (used[i]) sources.used.push_back(tensors[i].name);
    if (passed[i]) sources.passed.push_back(tensors[i].name);
  }
  for (const DroppedTensor& tensor : plan.dropped) {
    sources.dropped.push_back(tensors[tensor.source].name);
  }
  return sources;
}

std::vector<std::string_view> ViewsOf(const std::vector<std::string>& names) {
  return {names.begin(), names.end()};
}

std::string GroupsText(std::string_view title, const std::vector<std::string_view>& names) {
  if (names.empty()) return "";
  std::string text = absl::StrFormat("%s: %s\n", title, CountText(names.size()));
  for (const std::string& group : GroupNames(names)) {
    text += absl::StrFormat("  %s\n", Escaped(group));
  }
  return text;
}

}  // namespace

nlohmann::ordered_json SourcesJson(const Plan& plan) {
  const Sources sources = SourcesOf(plan);
  return {{"used", GroupNames(sources.used)},
          {"passed", GroupNames(sources.passed)},
          {"dropped", GroupNames(sources.dropped)}};
}

nlohmann::ordered_json ExpectationJson(const Plan& plan) {
  if (!plan.expectation.has_value()) return nullptr;
  const ExpectationReport& report = *plan.expectation;
  nlohmann::ordered_json mismatched = nlohmann::ordered_json::array();
  for (const ExpectationReport::Mismatch& mismatch : report.mismatched) {
    mismatched.push_back(
        {{"tensor", mismatch.tensor}, {"expected", mismatch.expected}, {"found", mismatch.found}});
  }
  return {{"met", report.met},
          {"missing", GroupNames(ViewsOf(report.missing))},
          {"unexpected", GroupNames(ViewsOf(report.unexpected))},
          {"mismatched", std::move(mismatched)},
          {"added_prefix", report.added_prefix},
          {"stripped_prefix", report.stripped_prefix}};
}

std::string ExpectationText(const Plan& plan) {
  if (!plan.expectation.has_value()) return "";
  const ExpectationReport& report = *plan.expectation;
  std::string text = absl::StrFormat("as expected: %s tensors\n", CountText(report.met));
  if (!report.added_prefix.empty()) {
    text += absl::StrFormat("prefix added: %s\n", Escaped(report.added_prefix));
  }
  if (!report.stripped_prefix.empty()) {
    text += absl::StrFormat("prefix stripped: %s\n", Escaped(report.stripped_prefix));
  }
  text += GroupsText("missing", ViewsOf(report.missing));
  text += GroupsText("unexpected", ViewsOf(report.unexpected));
  for (const ExpectationReport::Mismatch& mismatch : report.mismatched) {
    text += absl::StrFormat("mismatched: %s is %s, expected %s\n", Escaped(mismatch.tensor),
                            mismatch.found, mismatch.expected);
  }
  return text;
}

}  // namespace weft::cli
