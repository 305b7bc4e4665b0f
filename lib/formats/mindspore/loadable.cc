#include "formats/mindspore/loadable.h"

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/mindspore/tensor_type.h"

namespace weft::mindspore {

absl::Status CheckLoadable(std::string_view name, DType dtype) {
  if (!TensorTypeOf(dtype).empty()) return absl::OkStatus();
  return ErrorStatus(
      ErrorCode::kUnsupportedFeature, absl::StrFormat("tensor '%s'", Escaped(name)),
      absl::StrFormat("MindSpore's load_checkpoint reads no tensors of %s", NameOf(dtype)),
      "cast it to another dtype in the mapping");
}

}  // namespace weft::mindspore
