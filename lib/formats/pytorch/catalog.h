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

// The part of the options that files of PyTorch are read by.
ReadOptions ReadOptionsOf(const OpenOptions& options);

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_CATALOG_H_
