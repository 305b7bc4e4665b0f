#include "formats/zip/zip_layout.h"

#include <algorithm>

#include "formats/little_endian.h"

namespace weft::zip {
namespace {

constexpr uint64_t kMost16 = 0xFFFF;
constexpr uint64_t kMost32 = 0xFFFFFFFF;

constexpr uint64_t kHeaderBytes = 30;
constexpr uint64_t kLargeSizesBytes = 20;   // the ZIP64 field of a header
constexpr uint64_t kPaddingFieldBytes = 4;  // tag and length of the padding field

constexpr uint64_t kPlainVersion = 20;
constexpr uint64_t kZip64Version = 45;
constexpr uint64_t kUtf8Name = 1U << 11U;
// 1980-01-01 0:00, the first moment that a zip knows: the same input gives the same bytes.
constexpr uint64_t kDate = 0x21;

bool IsLarge(uint64_t number) { return number >= kMost32; }

uint64_t Clamped(uint64_t number, uint64_t most) { return std::min(number, most); }

}  // namespace

uint64_t Layout::Add(std::string_view name, uint64_t size_bytes, uint64_t alignment_bytes) {
  Member member;
  member.name = name;
  member.size_bytes = size_bytes;
  member.header_offset_bytes = end_bytes_;
  uint64_t begin = end_bytes_ + kHeaderBytes + name.size();
  if (IsLarge(size_bytes)) begin += kLargeSizesBytes;
  if (begin % alignment_bytes != 0) {
    begin += kPaddingFieldBytes;
    begin = (begin + alignment_bytes - 1) / alignment_bytes * alignment_bytes;
  }
  member.offset_bytes = begin;
  end_bytes_ = begin + size_bytes;
  members_.push_back(std::move(member));
  return begin;
}

std::string Layout::Header(size_t member) const {
  const Member& m = members_[member];
  const bool is_large = IsLarge(m.size_bytes);
  const uint64_t extra_bytes =
      m.offset_bytes - m.header_offset_bytes - kHeaderBytes - m.name.size();
  std::string out("PK\3\4");
  AppendLittleEndian(is_large ? kZip64Version : kPlainVersion, 2, out);
  AppendLittleEndian(kUtf8Name, 2, out);
  AppendLittleEndian(0, 2, out);  // stored
  AppendLittleEndian(0, 2, out);
  AppendLittleEndian(kDate, 2, out);
  AppendLittleEndian(m.crc, 4, out);
  AppendLittleEndian(Clamped(m.size_bytes, kMost32), 4, out);
  AppendLittleEndian(Clamped(m.size_bytes, kMost32), 4, out);
  AppendLittleEndian(m.name.size(), 2, out);
  AppendLittleEndian(extra_bytes, 2, out);
  out += m.name;
  uint64_t padding = extra_bytes;
  if (is_large) {
    AppendLittleEndian(1, 2, out);
    AppendLittleEndian(16, 2, out);
    AppendLittleEndian(m.size_bytes, 8, out);
    AppendLittleEndian(m.size_bytes, 8, out);
    padding -= kLargeSizesBytes;
  }
  if (padding > 0) {
    out += "FB";  // the field that torch's own writer pads with
    AppendLittleEndian(padding - kPaddingFieldBytes, 2, out);
    out.append(padding - kPaddingFieldBytes, 'Z');
  }
  return out;
}

std::string Layout::End() const {
  std::string out;
  for (const Member& m : members_) {
    std::string large;
    if (IsLarge(m.size_bytes)) {
      AppendLittleEndian(m.size_bytes, 8, large);
      AppendLittleEndian(m.size_bytes, 8, large);
    }
    if (IsLarge(m.header_offset_bytes)) AppendLittleEndian(m.header_offset_bytes, 8, large);
    out += "PK\1\2";
    const uint64_t version = large.empty() ? kPlainVersion : kZip64Version;
    AppendLittleEndian(version, 2, out);
    AppendLittleEndian(version, 2, out);
    AppendLittleEndian(kUtf8Name, 2, out);
    AppendLittleEndian(0, 2, out);
    AppendLittleEndian(0, 2, out);
    AppendLittleEndian(kDate, 2, out);
    AppendLittleEndian(m.crc, 4, out);
    AppendLittleEndian(Clamped(m.size_bytes, kMost32), 4, out);
    AppendLittleEndian(Clamped(m.size_bytes, kMost32), 4, out);
    AppendLittleEndian(m.name.size(), 2, out);
    AppendLittleEndian(large.empty() ? 0 : large.size() + 4, 2, out);
    out.append(10, '\0');  // comment, disk, attributes
    AppendLittleEndian(Clamped(m.header_offset_bytes, kMost32), 4, out);
    out += m.name;
    if (!large.empty()) {
      AppendLittleEndian(1, 2, out);
      AppendLittleEndian(large.size(), 2, out);
      out += large;
    }
  }
  const uint64_t directory_bytes = out.size();
  if (members_.size() >= kMost16 || IsLarge(directory_bytes) || IsLarge(end_bytes_)) {
    out += "PK\6\6";
    AppendLittleEndian(44, 8, out);
    AppendLittleEndian(kZip64Version, 2, out);
    AppendLittleEndian(kZip64Version, 2, out);
    out.append(8, '\0');  // disks
    AppendLittleEndian(members_.size(), 8, out);
    AppendLittleEndian(members_.size(), 8, out);
    AppendLittleEndian(directory_bytes, 8, out);
    AppendLittleEndian(end_bytes_, 8, out);
    out += "PK\6\7";
    out.append(4, '\0');
    AppendLittleEndian(end_bytes_ + directory_bytes, 8, out);
    AppendLittleEndian(1, 4, out);
  }
  out += "PK\5\6";
  out.append(4, '\0');
  AppendLittleEndian(Clamped(members_.size(), kMost16), 2, out);
  AppendLittleEndian(Clamped(members_.size(), kMost16), 2, out);
  AppendLittleEndian(Clamped(directory_bytes, kMost32), 4, out);
  AppendLittleEndian(Clamped(end_bytes_, kMost32), 4, out);
  AppendLittleEndian(0, 2, out);
  return out;
}

}  // namespace weft::zip
