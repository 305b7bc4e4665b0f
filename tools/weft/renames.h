// Suggested renamings, for people and programs.
#ifndef WEFT_TOOLS_WEFT_RENAMES_H_
#define WEFT_TOOLS_WEFT_RENAMES_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "weft/name_report.h"

namespace weft::cli {

nlohmann::ordered_json RenamesJson(const std::vector<RenameSuggestion>& renames);

// `head` and below it the rules, ready for a mapping file; empty when there are none.
std::string RenamesText(std::string_view head, const std::vector<RenameSuggestion>& renames);

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_RENAMES_H_
