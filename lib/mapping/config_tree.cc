#include "mapping/config_tree.h"

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {

absl::StatusOr<ConfigTree> ConfigTree::Parse(std::string_view text, std::string_view name) {
  ConfigTree config;
  config.name_ = std::string(name);
  if (text.empty()) return config;
  json::Options options;
  options.file_name = name;
  options.allow_nan = true;
  WEFT_ASSIGN_OR_RETURN(config.root_, json::ParseTree(text, options));
  config.present_ = true;
  return config;
}

absl::StatusOr<std::optional<ParamValue>> ConfigTree::Find(std::string_view path) const {
  const json::Value* value = present_ ? &root_ : nullptr;
  std::string_view rest = path;
  while (value != nullptr) {
    const size_t dot = rest.find('.');
    value = value->Find(rest.substr(0, dot));
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (value == nullptr || value->kind == json::Kind::kNull) return std::nullopt;
  WEFT_ASSIGN_OR_RETURN(ParamValue found,
                        ParamValueOf(*value, absl::StrFormat("%s: '%s'", Escaped(name_), path)));
  return found;
}

}  // namespace weft
