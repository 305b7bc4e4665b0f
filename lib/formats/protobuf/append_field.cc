#include "formats/protobuf/append_field.h"

#include "formats/protobuf/message_reader.h"
#include "formats/protobuf/varint.h"

namespace weft::protobuf {
namespace {

uint64_t TagOf(uint32_t number, WireType type) {
  return uint64_t{number} << 3 | static_cast<uint64_t>(type);
}

}  // namespace

void AppendNumber(uint32_t number, uint64_t value, std::string& out) {
  AppendVarint(TagOf(number, WireType::kVarint), out);
  AppendVarint(value, out);
}

void AppendBytes(uint32_t number, std::string_view bytes, std::string& out) {
  AppendLength(number, bytes.size(), out);
  out += bytes;
}

void AppendLength(uint32_t number, uint64_t size_bytes, std::string& out) {
  AppendVarint(TagOf(number, WireType::kBytes), out);
  AppendVarint(size_bytes, out);
}

uint64_t BytesFieldSize(uint32_t number, uint64_t size_bytes) {
  return VarintBytes(TagOf(number, WireType::kBytes)) + VarintBytes(size_bytes) + size_bytes;
}

}  // namespace weft::protobuf
