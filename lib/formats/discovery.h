// Which files make up the checkpoint at a path.
#ifndef WEFT_FORMATS_DISCOVERY_H_
#define WEFT_FORMATS_DISCOVERY_H_

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/directory_format.h"
#include "formats/index.h"
#include "weft/limits.h"
#include "weft/part_files.h"

namespace weft {

struct Discovery {
  std::string directory;           // of the files
  bool is_directory = false;       // side files in `directory` belong to the checkpoint
  std::vector<std::string> paths;  // of the weights files, in natural order of names
  // Of the tensors, where each file is one and its path is its name; empty otherwise.
  std::vector<std::string> names;
  // Of files that hold tensors together only, which are in `parts_directory`; null otherwise.
  const DirectoryFormat* directory_format = nullptr;
  std::string parts_directory;
  bool has_parts = false;      // the names in file i stand for "i/NAME"
  std::string index_path;      // empty when there is none
  std::optional<Index> index;  // its files are those of `paths`
  std::vector<std::string> warnings;
};

// Errors: see Checkpoint::Open; those of weights files come when they are read.
absl::StatusOr<Discovery> Discover(std::string_view path, const Limits& limits);

// The part files of a directory, in the order of their parts. Errors: kBadArgument (no directory),
// kMissingPart (none, or a hole), those of ListParts (part_paths.h).
absl::StatusOr<Discovery> DiscoverParts(std::string_view path, const PartFiles& files,
                                        const Limits& limits);

}  // namespace weft

#endif  // WEFT_FORMATS_DISCOVERY_H_
