// An ONNX model whose initializers get other values.
#ifndef WEFT_FORMATS_ONNX_TEMPLATE_H_
#define WEFT_FORMATS_ONNX_TEMPLATE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "formats/template_file.h"

namespace weft::onnx {

// Errors: those of ReadCatalog (catalog.h).
absl::StatusOr<std::shared_ptr<const TemplateFile>> OpenTemplate(const OpenFile& file,
                                                                 const OpenOptions& options);

}  // namespace weft::onnx

#endif  // WEFT_FORMATS_ONNX_TEMPLATE_H_
