// Any bytes as a MindSpore checkpoint: refused, or read with every piece in its place.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/byte_reader.h"
#include "formats/mindspore/reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  weft::mindspore::Recognises(bytes.substr(0, 64));
  const weft::TextReader reader(bytes, "fuzz.ckpt");
  const auto contents = weft::mindspore::Read(reader, {});
  if (!contents.ok()) return 0;
  for (const weft::mindspore::Parameter& parameter : contents->parameters) {
    const uint64_t elements = weft::ElementsOf(parameter.shape);
    uint64_t left = elements * static_cast<uint64_t>(weft::BitsOf(parameter.dtype)) / 8;
    for (const weft::FileRange& piece : parameter.pieces) {
      if (piece.size_bytes == 0 || piece.size_bytes > left) std::abort();
      if (piece.offset_bytes > size || piece.size_bytes > size - piece.offset_bytes) std::abort();
      left -= piece.size_bytes;
    }
    if (left != 0) std::abort();
  }
  return 0;
}
