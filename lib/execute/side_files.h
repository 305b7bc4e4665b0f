// What stands beside the weights of a checkpoint and belongs to it: config.json, the tokenizer, …
#ifndef WEFT_EXECUTE_SIDE_FILES_H_
#define WEFT_EXECUTE_SIDE_FILES_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/writer.h"
#include "weft/catalog.h"
#include "weft/plan.h"

namespace weft::execute {

// True for names that weights files of any format and their indexes have.
bool IsWeightsName(std::string_view name);

struct SideFileReport {
  std::vector<std::string> copied;    // as they are; names in order
  std::vector<std::string> patched;   // changed on the way
  std::vector<std::string> warnings;  // edits of files that are not there
};

// Copies the regular files in `directory` that are neither weights nor hidden (those of version
// control and of the system), and applies `edits` to those that they name. Errors: kCannotRead;
// kPatchRefused and kLimitExceeded, of an edit; those of the writer.
absl::StatusOr<SideFileReport> CopySideFiles(std::string_view directory, const Catalog& catalog,
                                             const std::vector<SideFileEdit>& edits,
                                             CheckpointWriter& writer);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_SIDE_FILES_H_
