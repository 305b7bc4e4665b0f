// Any bytes as an ONNX model: refused, or read with every value in its place.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "formats/byte_reader.h"
#include "formats/onnx/model.h"
#include "formats/onnx/number_reader.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  weft::onnx::Recognises(bytes.substr(0, 64));
  const auto file = std::make_shared<const weft::TextReader>(bytes, "fuzz.onnx");
  const auto model = weft::onnx::Read(*file, {});
  if (!model.ok()) return 0;
  for (const weft::onnx::Initializer& initializer : model->initializers) {
    const uint64_t elements = weft::ElementsOf(initializer.shape);
    const uint64_t needed = elements * static_cast<uint64_t>(weft::BitsOf(initializer.dtype)) / 8;
    if (initializer.external) {
      if (initializer.external->size_bytes != needed) std::abort();
      continue;
    }
    if (!initializer.numbers.empty()) {
      const auto numbers = weft::onnx::NumberReader::Open(file, initializer);
      if (!numbers.ok()) continue;
      if ((*numbers)->size_bytes() != needed) std::abort();
      if (!weft::ReadBytes(**numbers, needed / 2, needed - needed / 2, "").ok()) std::abort();
      continue;
    }
    uint64_t left = needed;
    for (const weft::FileRange& range : initializer.bytes) {
      if (range.end_bytes() > size || range.size_bytes > left) std::abort();
      left -= range.size_bytes;
    }
    if (left != 0) std::abort();
  }
  return 0;
}
