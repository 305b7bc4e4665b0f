// Any bytes as an .npz file: refused, or read with every array in its member.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "formats/byte_reader.h"
#include "formats/numpy/archive.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto archive = weft::numpy::ReadArchive(weft::TextReader(bytes, "fuzz.npz"), {});
  if (!archive.ok()) return 0;
  for (const weft::numpy::MemberArray& array : archive->arrays) {
    const uint64_t needed = array.array.header_bytes + array.array.data_bytes;
    if (needed > array.member.size_bytes) std::abort();
    if (array.member.method != weft::zip::Method::kStored) continue;
    if (array.data().end_bytes() > size) std::abort();
  }
  return 0;
}
