// What a plan takes for granted of the data, looked at.
#ifndef WEFT_EXECUTE_CHECK_H_
#define WEFT_EXECUTE_CHECK_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "execute/byte_source.h"
#include "execute/execute.h"
#include "weft/plan.h"

namespace weft::execute {

// Compares both sides of every check of a plan that passed CheckBoxes, in the memory and on the
// threads that the options give; `progress` is told that nothing is done yet. Returns the number of
// bytes read. Sides that are the same boxes are not read.
//
// Errors: kValuesDiffer for every check that fails, in the order of the plan, with its first
// element that differs; those of the source; kCancelled; kLimitExceeded when there is no memory.
absl::StatusOr<uint64_t> RunChecks(const Plan& plan, const ByteSource& source,
                                   const ExecuteOptions& options);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_CHECK_H_
