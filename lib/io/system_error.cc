#include "io/system_error.h"

#include <cerrno>
#include <system_error>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {

absl::Status SystemError(ErrorCode code, std::string_view path, std::string_view what,
                         int error_number) {
  const std::string reason = std::generic_category().message(error_number);
  return ErrorStatus(code, Escaped(path), absl::StrFormat("%s: %s", what, reason),
                     error_number == EMFILE
                         ? "every file of a checkpoint stays open; allow more (ulimit -n)"
                         : "");
}

}  // namespace weft
