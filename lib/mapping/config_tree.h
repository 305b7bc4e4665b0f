// Values in config.json.
#ifndef WEFT_MAPPING_CONFIG_TREE_H_
#define WEFT_MAPPING_CONFIG_TREE_H_

#include <optional>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "json/json.h"
#include "mapping/param_value.h"

namespace weft {

class ConfigTree {
 public:
  // An empty text is a config without values. Reads NaN and Infinity, which Python writes, as null.
  // Errors: those of json::ParseTree.
  static absl::StatusOr<ConfigTree> Parse(std::string_view text, std::string_view name);

  bool empty() const { return !present_; }
  const std::string& name() const { return name_; }

  // The value at "text_config.num_experts". nullopt where there is none, and for null.
  // Errors: kBadParam for a fraction or an object.
  absl::StatusOr<std::optional<ParamValue>> Find(std::string_view path) const;

 private:
  bool present_ = false;
  std::string name_;
  json::Value root_;
};

}  // namespace weft

#endif  // WEFT_MAPPING_CONFIG_TREE_H_
