// Any text as the index of a checkpoint in several files: refused, or names of files beside it.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/index.h"
#include "io/path.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const std::string_view name : {"model.safetensors.index.json", "param_name_map.json"}) {
    const auto index = weft::ParseIndex(text, name, {});
    if (!index.ok()) continue;
    for (const std::string& file : index->files) {
      if (!weft::IsPlainName(file)) std::abort();
    }
    for (const weft::IndexEntry& entry : index->tensors) {
      if (entry.file >= index->files.size()) std::abort();
    }
  }
  return 0;
}
