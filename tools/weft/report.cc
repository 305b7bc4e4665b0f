#include "report.h"

#include <algorithm>
#include <cstdio>
#include <string_view>

#include "absl/strings/str_format.h"
#include "weft/diagnostic.h"

namespace weft::cli {
namespace {

// More than fit a screen help nobody; the count says how many there are.
constexpr size_t kMostPrinted = 20;

void WriteToStderr(std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); }

std::string RemainderLine(size_t total, std::string_view noun) {
  if (total <= kMostPrinted) return "";
  const size_t rest = total - kMostPrinted;
  return absl::StrFormat("… and %d more %s%s\n", rest, noun, rest == 1 ? "" : "s");
}

int ExitCodeOf(ErrorCode code) {
  const ErrorClass error_class = ClassOf(code);
  // A bug of weft has no exit code of its own: to a script the conversion was refused.
  return error_class == ErrorClass::kInternal ? 1 : static_cast<int>(error_class);
}

}  // namespace

int ReportErrors(const absl::Status& status) {
  const std::vector<Diagnostic> errors = DiagnosticsOf(status);
  std::string text;
  for (size_t i = 0; i < std::min(errors.size(), kMostPrinted); ++i) {
    const Diagnostic& error = errors[i];
    text += absl::StrFormat("error[%s] %s\n", NameOf(error.code), TextOf(error));
    text += absl::StrFormat("  hint: %s\n", error.hint);
  }
  text += RemainderLine(errors.size(), "error");
  WriteToStderr(text);
  return ExitCodeOf(errors.front().code);
}

void ReportWarnings(const std::vector<std::string>& warnings) {
  std::string text;
  for (size_t i = 0; i < std::min(warnings.size(), kMostPrinted); ++i) {
    text += absl::StrFormat("warning: %s\n", warnings[i]);
  }
  text += RemainderLine(warnings.size(), "warning");
  WriteToStderr(text);
}

}  // namespace weft::cli
