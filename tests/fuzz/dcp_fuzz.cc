// Any bytes as the .metadata of a torch distributed checkpoint: refused, or blocks that lie in
// their tensors.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/byte_reader.h"
#include "formats/dcp/metadata.h"
#include "io/path.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto metadata = weft::dcp::ReadMetadata(weft::TextReader(bytes, "fuzz"), {});
  if (!metadata.ok()) return 0;
  for (const weft::dcp::StoredTensor& tensor : metadata->tensors) {
    for (const weft::dcp::Chunk& chunk : tensor.chunks) {
      if (!weft::IsPlainName(metadata->files.at(chunk.saved.file))) std::abort();
      if (!weft::IsInside(chunk.box, tensor.shape)) std::abort();
    }
  }
  return 0;
}
