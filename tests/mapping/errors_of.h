// The errors of a status as text, for comparison with what a reader should see.
#ifndef WEFT_TESTS_MAPPING_ERRORS_OF_H_
#define WEFT_TESTS_MAPPING_ERRORS_OF_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "weft/diagnostic.h"

namespace weft {

using Lines = std::vector<std::string>;

// For each error "CODE where: what", and below it "hint: …" where it is not that of all errors of
// its code.
inline Lines ErrorsOf(const absl::Status& status) {
  Lines lines;
  for (const Diagnostic& diagnostic : DiagnosticsOf(status)) {
    lines.push_back(std::string(NameOf(diagnostic.code)) + " " + TextOf(diagnostic));
    if (diagnostic.hint != HintOf(diagnostic.code)) lines.push_back("hint: " + diagnostic.hint);
  }
  return lines;
}

// The same without hints.
inline Lines MessagesOf(const absl::Status& status) {
  Lines lines;
  for (const Diagnostic& diagnostic : DiagnosticsOf(status)) {
    lines.push_back(std::string(NameOf(diagnostic.code)) + " " + TextOf(diagnostic));
  }
  return lines;
}

// Of a status with one error.
inline std::string MessageOf(const absl::Status& status) {
  std::string text;
  for (const std::string& line : MessagesOf(status)) text += (text.empty() ? "" : "\n") + line;
  return text;
}

}  // namespace weft

#endif  // WEFT_TESTS_MAPPING_ERRORS_OF_H_
