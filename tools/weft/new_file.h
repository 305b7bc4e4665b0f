// A small file that a command makes beside its report.
#ifndef WEFT_TOOLS_WEFT_NEW_FILE_H_
#define WEFT_TOOLS_WEFT_NEW_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace weft::cli {

// Writes `text` to a file of that name, which appears when it is complete.
// Errors: kOutputExists (something of that name exists, and it is not to be replaced),
// kCannotWrite.
absl::Status WriteNewFile(const std::string& path, std::string_view text, bool replace);

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_NEW_FILE_H_
