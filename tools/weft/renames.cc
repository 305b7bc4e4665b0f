#include "renames.h"

#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "quantity.h"

namespace weft::cli {

nlohmann::ordered_json RenamesJson(const std::vector<RenameSuggestion>& renames) {
  nlohmann::ordered_json json = nlohmann::ordered_json::array();
  for (const RenameSuggestion& rename : renames) {
    json.push_back({{"rename", rename.rename}, {"to", rename.to}, {"tensors", rename.tensors}});
  }
  return json;
}

std::string RenamesText(std::string_view head, const std::vector<RenameSuggestion>& renames) {
  if (renames.empty()) return "";
  std::string text = absl::StrFormat("%s\n", head);
  for (const RenameSuggestion& rename : renames) {
    text += absl::StrFormat("  %s  (%s tensor%s)\n", TextOf(rename), CountText(rename.tensors),
                            rename.tensors == 1 ? "" : "s");
  }
  return text;
}

}  // namespace weft::cli
