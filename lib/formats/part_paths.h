// Which files of a directory are part files (weft/part_files.h).
#ifndef WEFT_FORMATS_PART_PATHS_H_
#define WEFT_FORMATS_PART_PATHS_H_

#include <cstdint>
#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "weft/part_files.h"

namespace weft {

// By part, their paths relative to the directory; at most `most` of them. Errors: kCannotRead,
// kNotRegularFile (no directory), kUnsafePath (names that lead out of it), kLimitExceeded.
absl::StatusOr<std::map<uint64_t, std::string>> ListParts(const std::string& directory,
                                                          const PartFiles& files, uint64_t most);

}  // namespace weft

#endif  // WEFT_FORMATS_PART_PATHS_H_
