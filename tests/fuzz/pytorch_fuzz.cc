#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/byte_reader.h"
#include "formats/pytorch/reader.h"
#include "weft/catalog.h"

// PyTorch files of every container; what is read must lie in the file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto contents = weft::pytorch::Read(weft::TextReader(bytes, "fuzz"), {});
  if (!contents.ok()) return 0;
  for (const weft::pytorch::Tensor& tensor : contents->tensors) {
    const weft::pytorch::Storage& storage = contents->storages.at(tensor.storage);
    const bool is_inside =
        storage.is_deflated ||
        (storage.offset_bytes <= size && storage.size_bytes <= size - storage.offset_bytes);
    const bool is_view = weft::ElementsOf(tensor.shape) == 0 ||
                         tensor.offset_elements < storage.size_bytes / tensor.type->size_bytes;
    if (!is_inside || !is_view) std::abort();
  }
  return 0;
}
