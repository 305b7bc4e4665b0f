#include <cstddef>
#include <cstdint>
#include <string_view>

#include "formats/byte_reader.h"
#include "formats/zip/member_stream.h"
#include "formats/zip/zip_directory.h"

// Zips, and the content of all members that are not large.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const weft::TextReader reader({reinterpret_cast<const char*>(data), size}, "fuzz");
  const auto directory = weft::zip::ReadDirectory(reader, {});
  if (!directory.ok()) return 0;
  for (const weft::zip::Member& member : directory->members) {
    if (member.offset_bytes + member.stored_bytes > size) __builtin_trap();
    const auto content =
        weft::zip::ReadMember(reader, member, weft::zip::Checksum::kUnlessZero, 1U << 20U);
    if (content.ok() && content->size() != member.size_bytes) __builtin_trap();
  }
  return 0;
}
