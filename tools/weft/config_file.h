// The text of config.json.
#ifndef WEFT_TOOLS_WEFT_CONFIG_FILE_H_
#define WEFT_TOOLS_WEFT_CONFIG_FILE_H_

#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "weft/limits.h"

namespace weft::cli {

// nullopt when nothing of that name exists.
// Errors: kCannotRead, kNotRegularFile, kLimitExceeded.
absl::StatusOr<std::optional<std::string>> ReadConfigFile(const std::string& path,
                                                          const Limits& limits);

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_CONFIG_FILE_H_
