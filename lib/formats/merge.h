// The catalogs of the files of a checkpoint → one catalog.
#ifndef WEFT_FORMATS_MERGE_H_
#define WEFT_FORMATS_MERGE_H_

#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/format.h"
#include "weft/catalog.h"

namespace weft {

// `parts[i]` is what the header of `files[i]` says.
// Errors: kDuplicateName, for every name that stands in two files.
absl::StatusOr<Catalog> Merge(std::string_view format, std::vector<CatalogFile> files,
                              std::vector<FileCatalog> parts);

// `part` is what all files say together, which are in `directory`. Errors: kDuplicateName.
absl::StatusOr<Catalog> MergeDirectory(std::string_view format, std::string_view directory,
                                       std::vector<CatalogFile> files, FileCatalog part);

}  // namespace weft

#endif  // WEFT_FORMATS_MERGE_H_
