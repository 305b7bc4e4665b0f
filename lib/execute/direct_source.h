// Files read past the system's cache.
#ifndef WEFT_EXECUTE_DIRECT_SOURCE_H_
#define WEFT_EXECUTE_DIRECT_SOURCE_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "execute/byte_source.h"
#include "io/input_file.h"

namespace weft::execute {

// The files must live as long. Keeps a buffer for each thread that reads. Errors: kCannotRead,
// where a file system has no such reads.
absl::StatusOr<std::unique_ptr<ByteSource>> NewDirectSource(
    const std::vector<const InputFile*>& files);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_DIRECT_SOURCE_H_
