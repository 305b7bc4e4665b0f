// What went wrong, where, and what to do about it.
//
// Every fallible call of weft returns absl::Status or absl::StatusOr. A status made by weft carries
// a list of `Diagnostic`s: all errors that were found, not only the first. The message of the
// status is the text of the first one.
//
//   absl::StatusOr<weft::Mapping> mapping = weft::Mapping::FromFile("mixtral.json");
//   for (const weft::Diagnostic& d : weft::DiagnosticsOf(mapping.status())) {
//     std::cerr << weft::NameOf(d.code) << ' ' << weft::TextOf(d) << '\n';
//   }
//
// Everything here is a value or a pure function and safe to use from any thread.
#ifndef WEFT_DIAGNOSTIC_H_
#define WEFT_DIAGNOSTIC_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "weft/error_code.h"

namespace weft {

struct Diagnostic {
  ErrorCode code = ErrorCode::kInternal;
  // File and position or tensor: "mixtral.json:14:9 (/stages/0/3/from)",
  // "model.safetensors: tensor 'model.norm.weight'". Names from files are escaped.
  std::string where;
  // What is wrong, with expected and got: "rank is 3; expected 2, got shape [4, 8, 2]".
  std::string what;
  // What the reader can do about it. StatusOf puts HintOf(code) where it is empty.
  std::string hint;
};

// "WHERE: WHAT" in one line, without the hint.
std::string TextOf(const Diagnostic& diagnostic);

// One status for the list. Its code follows from the class of the first diagnostic's error code:
// input → kDataLoss, usage → kInvalidArgument, I/O → kUnavailable, limit → kResourceExhausted,
// cancelled → kCancelled, internal → kInternal. An empty list gives OkStatus.
absl::Status StatusOf(std::vector<Diagnostic> diagnostics);

// The same for one diagnostic.
absl::Status ErrorStatus(ErrorCode code, std::string_view where, std::string_view what,
                         std::string_view hint = "");

// The list that a status carries. Empty for OK. A status that weft did not make gives one
// diagnostic with code kInternal and the status's message.
std::vector<Diagnostic> DiagnosticsOf(const absl::Status& status);

// `text` for a message: control characters, quotes, backslashes and bytes that are not valid UTF-8
// become \n, \", \xNN, …; bidirectional control characters become \u{202E}; text beyond
// 256 bytes is cut and ends in "…".
std::string Escaped(std::string_view text);

}  // namespace weft

#endif  // WEFT_DIAGNOSTIC_H_
