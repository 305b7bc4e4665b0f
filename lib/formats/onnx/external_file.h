// Files beside a model that hold data of its tensors.
#ifndef WEFT_FORMATS_ONNX_EXTERNAL_FILE_H_
#define WEFT_FORMATS_ONNX_EXTERNAL_FILE_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "formats/format.h"
#include "io/input_file.h"

namespace weft::onnx {

// Opens the file that a tensor of `model` has its data in. No component of `location`, an
// External's, may be a link: it could lead anywhere. Errors: kMissingPart, kUnsafePath,
// kCannotRead, kNotRegularFile.
absl::StatusOr<InputFile> OpenExternal(const OpenFile& model, std::string_view tensor,
                                       const std::string& location);

}  // namespace weft::onnx

#endif  // WEFT_FORMATS_ONNX_EXTERNAL_FILE_H_
