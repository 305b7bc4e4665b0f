// Threads and memory as callers give them → as workers get them.
#ifndef WEFT_EXECUTE_RESOURCES_H_
#define WEFT_EXECUTE_RESOURCES_H_

#include <cstdint>
#include <functional>

#include "absl/status/statusor.h"
#include "execute/execute.h"
#include "weft/convert.h"
#include "weft/plan.h"

namespace weft::execute {

// The number of threads that `threads` of a public options struct means. Errors: kBadArgument.
absl::StatusOr<int> ThreadsOf(int threads);

// Errors: kBadArgument.
absl::StatusOr<ExecuteOptions> ExecuteOptionsOf(
    int threads, uint64_t memory_bytes, const std::function<bool(const Progress&)>& progress,
    const Plan& plan);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_RESOURCES_H_
