// What the system said when it refused.
#ifndef WEFT_IO_SYSTEM_ERROR_H_
#define WEFT_IO_SYSTEM_ERROR_H_

#include <string_view>

#include "absl/status/status.h"
#include "weft/error_code.h"

namespace weft {

// The status for a system call that failed on `path`: "PATH: WHAT: the system's reason".
// `error_number` is an errno.
absl::Status SystemError(ErrorCode code, std::string_view path, std::string_view what,
                         int error_number);

}  // namespace weft

#endif  // WEFT_IO_SYSTEM_ERROR_H_
