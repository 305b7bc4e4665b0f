#include "formats/raw_zip.h"

#include <utility>

namespace weft::test {
namespace {

void Number(uint64_t number, int bytes, std::string& out) {
  for (int i = 0; i < bytes; ++i) out += static_cast<char>((number >> (8 * i)) & 0xFF);
}

// Bit by bit, as the definition says.
uint32_t Checksum(std::string_view bytes) {
  uint32_t crc = 0xFFFFFFFF;
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

void CommonFields(const RawFields& fields, std::string& out) {
  Number(20, 2, out);
  Number(fields.flags, 2, out);
  Number(fields.method, 2, out);
  Number(0, 4, out);
  Number(fields.crc, 4, out);
  Number(fields.stored_bytes, 4, out);
  Number(fields.size_bytes, 4, out);
  Number(fields.name.size(), 2, out);
  Number(fields.extra.size(), 2, out);
}

std::string HeaderBytes(const RawMember& member) {
  std::string out = "PK\3\4";
  CommonFields(member.header, out);
  return out + member.header.name + member.header.extra;
}

}  // namespace

RawMember Stored(std::string name, std::string content) {
  RawFields fields;
  fields.name = std::move(name);
  fields.crc = Checksum(content);
  fields.stored_bytes = fields.size_bytes = content.size();
  return {fields, fields, std::move(content)};
}

std::string ZipBytes(std::vector<RawMember> members, const std::function<void(RawZip&)>& change) {
  RawZip zip;
  zip.members = std::move(members);
  uint64_t offset = 0;
  for (RawMember& member : zip.members) {
    member.entry.offset_bytes = offset;
    offset += HeaderBytes(member).size() + member.stored.size();
    zip.end.directory_bytes += 46 + member.entry.name.size() + member.entry.extra.size();
  }
  zip.end.members = zip.members.size();
  zip.end.directory_offset_bytes = offset;
  if (change) change(zip);

  std::string out;
  for (const RawMember& member : zip.members) out += HeaderBytes(member) + member.stored;
  out += zip.before_directory;
  for (const RawMember& member : zip.members) {
    out += "PK\1\2";
    Number(20, 2, out);
    CommonFields(member.entry, out);
    Number(0, 2, out);
    Number(member.entry.disk, 2, out);
    Number(0, 6, out);
    Number(member.entry.offset_bytes, 4, out);
    out += member.entry.name + member.entry.extra;
  }
  out += zip.before_end;
  const RawEnd& end = zip.end;
  if (end.has_zip64) {
    const uint64_t end64 = out.size();
    out += "PK\6\6";
    Number(44, 8, out);
    Number(45, 2, out);
    Number(45, 2, out);
    Number(0, 8, out);
    Number(end.members, 8, out);
    Number(end.members, 8, out);
    Number(end.directory_bytes, 8, out);
    Number(end.directory_offset_bytes, 8, out);
    out += "PK\6\7";
    Number(0, 4, out);
    Number(end64, 8, out);
    Number(1, 4, out);
  }
  out += "PK\5\6";
  Number(end.disk, 2, out);
  Number(end.disk, 2, out);
  Number(end.has_zip64 ? 0xFFFF : end.members, 2, out);
  Number(end.has_zip64 ? 0xFFFF : end.members, 2, out);
  Number(end.has_zip64 ? 0xFFFFFFFF : end.directory_bytes, 4, out);
  Number(end.has_zip64 ? 0xFFFFFFFF : end.directory_offset_bytes, 4, out);
  Number(end.comment.size(), 2, out);
  return out + end.comment;
}

}  // namespace weft::test
