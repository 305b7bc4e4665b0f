// The initializers of an ONNX model, in words of weft.
#ifndef WEFT_FORMATS_ONNX_CATALOG_H_
#define WEFT_FORMATS_ONNX_CATALOG_H_

#include "absl/status/statusor.h"
#include "formats/format.h"

namespace weft::onnx {

// Opens the files of external data, which lie beside the model or in directories there. Errors:
// those of Read (model.h); kMissingPart, kUnsafePath, kCannotRead, kNotRegularFile, kTruncated for
// such files.
absl::StatusOr<FileCatalog> ReadCatalog(const OpenFile& file, const OpenOptions& options);

}  // namespace weft::onnx

#endif  // WEFT_FORMATS_ONNX_CATALOG_H_
