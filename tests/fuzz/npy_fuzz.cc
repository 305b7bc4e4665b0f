// Any bytes as an .npy file: refused, or read with the data in its place.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/byte_reader.h"
#include "formats/numpy/array_file.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto read = weft::numpy::ReadArray(weft::TextReader(bytes, "fuzz.npy"), {});
  if (!read.ok()) return 0;
  const uint64_t elements = weft::ElementsOf(read->array.shape);
  const uint64_t needed = elements * static_cast<uint64_t>(weft::BitsOf(read->array.dtype)) / 8;
  if (read->data.size_bytes != needed) std::abort();
  if (read->data.end_bytes() + read->trailing_bytes != size) std::abort();
  return 0;
}
