// Files beside a model that hold data of its initializers.
#ifndef WEFT_FORMATS_ONNX_EXTERNAL_FILE_H_
#define WEFT_FORMATS_ONNX_EXTERNAL_FILE_H_

#include "absl/status/statusor.h"
#include "formats/format.h"
#include "formats/onnx/initializer.h"
#include "io/input_file.h"

namespace weft::onnx {

// Opens the file that an initializer of `model` has its data in. No component of its location may
// be a link: it could lead anywhere. Errors: kMissingPart, kUnsafePath, kCannotRead,
// kNotRegularFile.
absl::StatusOr<InputFile> OpenExternal(const OpenFile& model, const Initializer& initializer);

}  // namespace weft::onnx

#endif  // WEFT_FORMATS_ONNX_EXTERNAL_FILE_H_
