// What a command hands back for the user.
#ifndef WEFT_TOOLS_WEFT_OUTPUT_H_
#define WEFT_TOOLS_WEFT_OUTPUT_H_

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"

namespace weft::cli {

// Printed only when the command succeeded, so stdout stays empty on errors and stderr begins with
// the first of them.
struct Output {
  std::string text;                   // to stdout
  std::vector<std::string> warnings;  // to stderr
  int exit_code = 0;                  // 1 of a command that found something
};

// One line of JSON. Bytes that are not valid UTF-8 become U+FFFD.
std::string JsonText(const nlohmann::ordered_json& document);

// Makes descriptors 0, 1 and 2 exist, so that no file opened later becomes a standard stream: a
// caller may have closed them. Writing to one made here is an error.
void ReserveStandardStreams();

// Writes all of `text` to stdout. Errors: kCannotWrite, kCancelled.
absl::Status WriteToStdout(std::string_view text);

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_OUTPUT_H_
