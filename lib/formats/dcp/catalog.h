// Checkpoints of torch.distributed.checkpoint: docs/formats/training.md.
#ifndef WEFT_FORMATS_DCP_CATALOG_H_
#define WEFT_FORMATS_DCP_CATALOG_H_

#include <string_view>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "formats/format.h"

namespace weft::dcp {

// ".metadata" and "__0_0.distcp"; "__0.metadata", which is known to be refused.
bool IsPart(std::string_view file_name);

// `files` are all such files of a directory. Errors: those of ReadMetadata (metadata.h);
// kMissingPart, for every file that it names and is not there; kSizeMismatch, kOffsetOverlap,
// kOffsetHole, for chunks that do not make up a tensor; those of PyTorch files.
absl::StatusOr<FileCatalog> ReadCatalog(absl::Span<const OpenFile> files,
                                        const OpenOptions& options);

}  // namespace weft::dcp

#endif  // WEFT_FORMATS_DCP_CATALOG_H_
