// Any bytes as a safetensors file: refused, or tensors that cover its data once.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/safetensors/reader.h"
#include "fuzz/memory_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto catalog =
      weft::safetensors::ReadCatalog(weft::MemoryFile("fuzz.safetensors", bytes), {});
  if (!catalog.ok()) return 0;
  uint64_t covered = 0;
  for (const weft::TensorInfo& tensor : catalog->tensors) {
    if (tensor.offset_bytes > size || tensor.size_bytes > size - tensor.offset_bytes) std::abort();
    const uint64_t bits =
        weft::ElementsOf(tensor.shape) * static_cast<uint64_t>(weft::BitsOf(tensor.dtype));
    if (bits != tensor.size_bytes * 8) std::abort();
    covered += tensor.size_bytes;
  }
  if (covered > size) std::abort();
  return 0;
}
