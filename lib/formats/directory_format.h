// Checkpoints of training: directories of files that hold whole tensors only together.
#ifndef WEFT_FORMATS_DIRECTORY_FORMAT_H_
#define WEFT_FORMATS_DIRECTORY_FORMAT_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "formats/format.h"
#include "weft/checkpoint.h"

namespace weft {

struct DirectoryFormat {
  std::string_view name;  // "deepspeed"

  // Whether a file of this name is one of the checkpoint's. A name that is not hidden tells the
  // format of the directory.
  bool (*is_part)(std::string_view file_name);

  // What all files together say; they are in natural order of names.
  absl::StatusOr<FileCatalog> (*read_catalog)(absl::Span<const OpenFile> files,
                                              const OpenOptions& options);
};

// A directory format, and the files in the directory that are its, in natural order.
struct DirectoryParts {
  const DirectoryFormat* format = nullptr;
  std::vector<std::string> names;
};

// What a directory with these entries has, for each format that some are of.
std::vector<DirectoryParts> DirectoryPartsOf(const std::vector<std::string>& names);

// Whether a file belongs to such a directory, and is no checkpoint in itself.
bool IsDirectoryPart(std::string_view file_name);

}  // namespace weft

#endif  // WEFT_FORMATS_DIRECTORY_FORMAT_H_
