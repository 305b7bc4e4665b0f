// A TorchScript archive whose tensors get other values, or another floating-point dtype.
#ifndef WEFT_FORMATS_PYTORCH_TEMPLATE_H_
#define WEFT_FORMATS_PYTORCH_TEMPLATE_H_

#include <memory>

#include "absl/status/statusor.h"
#include "formats/template_file.h"

namespace weft::pytorch {

// Errors: those of Read (reader.h); kUnknownFormat for a file of torch.save.
absl::StatusOr<std::shared_ptr<const TemplateFile>> OpenTemplate(const OpenFile& file,
                                                                 const OpenOptions& options);

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_TEMPLATE_H_
