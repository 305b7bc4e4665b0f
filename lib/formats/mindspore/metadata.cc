#include "formats/mindspore/metadata.h"

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/mindspore/tensor_type.h"

namespace weft::mindspore {

bool IsInt4Note(std::string_view text, DType dtype) {
  return dtype == DType::kI8 && text == kInt4Type;
}

std::vector<std::string> DropTensorNames(const std::vector<OutputTensor>& tensors,
                                         std::map<std::string, std::string>& metadata) {
  std::vector<std::string> warnings;
  if (metadata.empty()) return warnings;
  absl::flat_hash_map<std::string_view, std::string_view> texts(metadata.begin(), metadata.end());
  for (const OutputTensor& tensor : tensors) {
    const auto text = texts.find(tensor.name);
    if (text == texts.end() || IsInt4Note(text->second, tensor.dtype)) continue;
    warnings.push_back(absl::StrFormat(
        "the metadata '%s' are left out: a tensor has their name, and MindSpore would not load it",
        Escaped(tensor.name)));
    texts.erase(text);
    metadata.erase(std::string(tensor.name));
  }
  return warnings;
}

}  // namespace weft::mindspore
