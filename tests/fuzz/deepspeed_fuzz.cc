// The files of a DeepSpeed run: refused, or tensors of which every byte can be read.
//
// An input holds files one behind the other: a byte, so many bytes of a name, four bytes (little-
// endian), so many bytes of a file.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "formats/deepspeed/catalog.h"
#include "formats/deepspeed/rank_file.h"
#include "fuzz/memory_file.h"

namespace {

std::string_view Take(std::string_view& rest, size_t size) {
  const std::string_view taken = rest.substr(0, size);
  rest.remove_prefix(taken.size());
  return taken;
}

size_t TakeSize(std::string_view& rest, size_t bytes) {
  size_t size = 0;
  size_t shift = 0;
  for (const char byte : Take(rest, bytes)) {
    size |= static_cast<size_t>(static_cast<unsigned char>(byte)) << shift;
    shift += 8;
  }
  return size;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string_view rest(reinterpret_cast<const char*>(data), size);
  std::vector<weft::OpenFile> files;
  while (!rest.empty()) {
    const std::string name(Take(rest, TakeSize(rest, 1)));
    const std::string_view bytes = Take(rest, TakeSize(rest, 4));
    if (weft::deepspeed::IsPart(name)) files.push_back(weft::MemoryFile(name, bytes));
  }
  if (files.empty()) return 0;
  const auto catalog = weft::deepspeed::ReadCatalog(files, {});
  if (!catalog.ok()) return 0;
  for (const weft::TensorInfo& tensor : catalog->tensors) {
    const weft::ByteReader& reader = tensor.file < files.size()
                                         ? *files[tensor.file].reader
                                         : *catalog->decoded[tensor.file - files.size()].reader;
    const uint64_t all = reader.size_bytes();
    if (tensor.offset_bytes > all || tensor.size_bytes > all - tensor.offset_bytes) std::abort();
    std::string bytes(std::min<uint64_t>(tensor.size_bytes, 1 << 16), '\0');
    // What is deflated may prove wrong only now.
    (void)reader.ReadAt(tensor.offset_bytes, bytes.size(), bytes.data());
  }
  return 0;
}
