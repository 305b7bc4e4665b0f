// Any bytes as a file to be written with other values: refused, or a layout that lies in its file.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/onnx/model.h"
#include "formats/onnx/template.h"
#include "formats/output_layout.h"
#include "formats/pytorch/template.h"
#include "fuzz/memory_file.h"

namespace {

void CheckLayout(weft::OutputLayout& layout) {
  for (size_t i = 0; i < layout.files().size(); ++i) {
    const weft::OutputLayout::File& file = layout.files()[i];
    for (const weft::KeptRange& kept : file.kept) {
      const uint64_t end = kept.offset_bytes + kept.range.size_bytes;
      if (end > file.size_bytes || kept.range.end_bytes() > kept.reader->size_bytes()) std::abort();
    }
    for (const weft::Patch& head : file.heads) {
      if (head.offset_bytes + head.bytes.size() > file.size_bytes) std::abort();
    }
    const auto patches = layout.Finish(static_cast<uint32_t>(i));
    if (!patches.ok()) continue;
    for (const weft::Patch& patch : *patches) {
      if (patch.offset_bytes + patch.bytes.size() > file.size_bytes) std::abort();
    }
  }
  for (const weft::TensorPlace& place : layout.places()) {
    for (const weft::FileRange& range : place.ranges) {
      if (range.end_bytes() > layout.files()[place.file].size_bytes) std::abort();
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const bool is_zip = bytes.substr(0, 2) == "PK";
  const weft::OpenFile file = weft::MemoryFile(is_zip ? "fuzz.pt" : "fuzz.onnx", bytes);
  const auto model =
      is_zip ? weft::pytorch::OpenTemplate(file, {}) : weft::onnx::OpenTemplate(file, {});
  if (!model.ok()) return 0;
  std::vector<weft::OutputTensor> tensors;
  for (const weft::TemplateTensor& tensor : (*model)->facts().tensors) {
    // Other sizes, where the file may have them.
    const bool is_halved = (*model)->facts().may_change_dtypes && tensor.dtype == weft::DType::kF32;
    tensors.push_back({tensor.name, is_halved ? weft::DType::kF16 : tensor.dtype, &tensor.shape});
  }
  const auto layout = (*model)->LayOut(file.path, tensors);
  if (layout.ok()) CheckLayout(**layout);
  return 0;
}
