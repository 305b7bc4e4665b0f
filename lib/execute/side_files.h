// What stands beside the weights of a checkpoint and belongs to it: config.json, the tokenizer, …
#ifndef WEFT_EXECUTE_SIDE_FILES_H_
#define WEFT_EXECUTE_SIDE_FILES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/writer.h"
#include "weft/catalog.h"

namespace weft::execute {

// True for names that weights files of any format and their indexes have.
bool IsWeightsName(std::string_view name);

// Copies the regular files in `directory` that are neither weights nor hidden (those of version
// control and of the system). Returns their names, in order. Errors: kCannotRead; those of the
// writer.
absl::StatusOr<std::vector<std::string>> CopySideFiles(std::string_view directory,
                                                       const Catalog& catalog,
                                                       CheckpointWriter& writer);

// False when the destination is one file, which has no place for them.
bool HasSideFiles(std::string_view destination);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_SIDE_FILES_H_
