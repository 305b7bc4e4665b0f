// What is in a PyTorch file, in words of weft.
#ifndef WEFT_FORMATS_PYTORCH_CATALOG_H_
#define WEFT_FORMATS_PYTORCH_CATALOG_H_

#include <memory>

#include "absl/status/statusor.h"
#include "formats/format.h"
#include "formats/pytorch/contents.h"
#include "formats/pytorch/read_options.h"

namespace weft::pytorch {

// The tensors of `contents`, which were read from `reader`; numbers and texts beside them become
// metadata. Errors: kUnsupportedFeature for tensors that cannot be read.
absl::StatusOr<FileCatalog> CatalogOf(const Contents& contents,
                                      const std::shared_ptr<const ByteReader>& reader);

// What the caller of Checkpoint::Open allows, in words of torch.
ReadOptions ReadOptionsOf(const OpenOptions& options);

// Errors: those of Read (reader.h) and CatalogOf.
absl::StatusOr<FileCatalog> ReadCatalog(const OpenFile& file, const OpenOptions& options);

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_CATALOG_H_
