// Directories that DeepSpeed saves: docs/formats/training.md.
//
// The ranks of a run save what each has: the model in the type of training, and, with ZeRO, their
// parts of the optimizer's state, in which the weights are kept in full. Together they are one
// checkpoint of whole tensors.
#ifndef WEFT_FORMATS_DEEPSPEED_CATALOG_H_
#define WEFT_FORMATS_DEEPSPEED_CATALOG_H_

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "formats/format.h"

namespace weft::deepspeed {

// `files` have names that are parts (rank_file.h). Errors: kMissingPart, for every file of a rank
// that is not there; kSizeMismatch, for parts that do not make up the tensors; kDuplicateName;
// kBadHeaderSyntax; kUnsupportedFeature (a model that is split over files itself, experts,
// pipelines); those of PyTorch files.
absl::StatusOr<FileCatalog> ReadCatalog(absl::Span<const OpenFile> files,
                                        const OpenOptions& options);

}  // namespace weft::deepspeed

#endif  // WEFT_FORMATS_DEEPSPEED_CATALOG_H_
