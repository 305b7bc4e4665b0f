// The first error of a status, for CHECK.
#ifndef WEFT_TESTS_IO_ERROR_OF_H_
#define WEFT_TESTS_IO_ERROR_OF_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "weft/diagnostic.h"

namespace weft {

// "OFFSET_HOLE"; "OK" when there is none.
inline std::string ErrorNameOf(const absl::Status& status) {
  if (status.ok()) return "OK";
  return std::string(NameOf(DiagnosticsOf(status).front().code));
}

template <typename T>
std::string ErrorNameOf(const absl::StatusOr<T>& result) {
  return ErrorNameOf(result.status());
}

// "where: what" of the first error; empty when there is none.
inline std::string ErrorTextOf(const absl::Status& status) { return std::string(status.message()); }

template <typename T>
std::string ErrorTextOf(const absl::StatusOr<T>& result) {
  return ErrorTextOf(result.status());
}

}  // namespace weft

#endif  // WEFT_TESTS_IO_ERROR_OF_H_
