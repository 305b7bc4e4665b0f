#include "mapping/given_params.h"

#include <string_view>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "json/json.h"
#include "mapping/json_fields.h"

namespace weft {

absl::StatusOr<std::map<std::string, ParamValue>> GivenParams(
    const std::map<std::string, std::string>& texts, const std::set<std::string>& names) {
  std::map<std::string, ParamValue> given;
  Diagnostics diagnostics;
  for (const auto& [name, text] : texts) {
    const std::string where = absl::StrFormat("param '%s'", Escaped(name));
    if (names.count(name) == 0) {
      const std::vector<std::string_view> words(names.begin(), names.end());
      const std::string nearest = NearestWord(name, words);
      diagnostics.Add(ErrorCode::kBadParam, where, "it is set, and the mapping never uses it",
                      nearest.empty() ? "" : absl::StrFormat("did you mean \"%s\"?", nearest));
      continue;
    }
    json::Options json_options;
    json_options.file_name = name;
    const absl::StatusOr<json::Value> value = json::ParseTree(text, json_options);
    if (!value.ok()) {
      given[name] = ParamValue::String(text);
      continue;
    }
    absl::StatusOr<ParamValue> param = ParamValueOf(*value, where);
    if (param.ok()) {
      given[name] = *std::move(param);
    } else {
      diagnostics.Add(param.status());
    }
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return given;
}

}  // namespace weft
