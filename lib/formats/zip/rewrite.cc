#include "formats/zip/rewrite.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/little_endian.h"

namespace weft::zip {
namespace {

constexpr uint64_t kHeaderBytes = 30;
constexpr uint64_t kEntryBytes = 46;
constexpr uint64_t kEndBytes = 22;
constexpr uint64_t kLocatorBytes = 20;
constexpr uint64_t kMostDescriptorBytes = 24;
constexpr uint64_t kMostEndBytes = uint64_t{1} << 20U;
constexpr uint64_t kMost32 = 0xFFFFFFFF;
constexpr uint64_t kZip64Tag = 1;
constexpr uint64_t kFillTag = 0x4246;  // "FB": torch's, to fill up to the alignment
constexpr uint64_t kAlignmentBytes = 64;
constexpr uint64_t kSizesFollow = 1U << 3U;
constexpr std::string_view kDescriptorSignature = "PK\7\10";
constexpr std::string_view kEnd64Signature = "PK\6\6";

uint64_t NumberAt(std::string_view bytes, size_t offset, size_t size) {
  return LittleEndianNumber(bytes.substr(offset, size));
}

void SetNumber(std::string& bytes, size_t offset, size_t size, uint64_t number) {
  for (size_t i = 0; i < size; ++i) {
    bytes[offset + i] = static_cast<char>(number >> (8 * i));
  }
}

// The content of an extra field; the reader has found that all of them are whole.
struct ExtraField {
  size_t offset = 0;
  size_t size = 0;
};

std::optional<ExtraField> FindExtra(std::string_view record, size_t begin, size_t size,
                                    uint64_t tag) {
  size_t at = begin;
  while (at + 4 <= begin + size) {
    const uint64_t bytes = NumberAt(record, at + 2, 2);
    if (NumberAt(record, at, 2) == tag) return ExtraField{at + 4, bytes};
    at += 4 + bytes;
  }
  return std::nullopt;
}

// Where the numbers of a record are that stand in its ZIP64 field when their own are all ones:
// size, stored size, and in the directory the offset of the header, in this order.
struct Places {
  size_t size = 0;
  size_t stored = 0;
  size_t offset = 0;  // 0: none
  size_t extra = 0;
  size_t extra_bytes = 0;
};

// Sets those numbers that are given. False where one does not fit.
bool SetSizes(std::string& record, const Places& places, std::optional<uint64_t> size_bytes,
              std::optional<uint64_t> offset_bytes, bool keeps_zeros) {
  const std::optional<ExtraField> large =
      FindExtra(record, places.extra, places.extra_bytes, kZip64Tag);
  size_t at = large.has_value() ? large->offset : 0;
  const auto set = [&](size_t place, std::optional<uint64_t> number) {
    const uint64_t before = NumberAt(record, place, 4);
    if (before == kMost32 && large.has_value()) {
      if (number.has_value()) SetNumber(record, at, 8, *number);
      at += 8;
      return true;
    }
    if (!number.has_value() || (before == 0 && keeps_zeros)) return true;
    if (*number >= kMost32) return false;
    SetNumber(record, place, 4, *number);
    return true;
  };
  return set(places.size, size_bytes) && set(places.stored, size_bytes) &&
         (places.offset == 0 || set(places.offset, offset_bytes));
}

absl::Status NoRoom(const ByteReader& reader, const Member& member) {
  return ErrorStatus(
      ErrorCode::kUnsupportedFeature,
      absl::StrFormat("%s: member '%s'", reader.where(), Escaped(member.name)),
      "its records have no room for sizes and offsets of 4 GiB, which the file would need",
      "save the file anew, so that the program that writes it makes room");
}

// The header of a member behind which others have become longer or shorter: filled up so that the
// content begins where the alignment wants it.
void Align(std::string& header, uint64_t header_offset_bytes, const Member& member) {
  const size_t name_bytes = NumberAt(header, 26, 2);
  const size_t extra = kHeaderBytes + name_bytes;
  const std::optional<ExtraField> fill = FindExtra(header, extra, header.size() - extra, kFillTag);
  const bool was_aligned = member.offset_bytes % kAlignmentBytes == 0;
  if (!fill.has_value() || !was_aligned) return;
  const char filler = fill->size > 0 ? header[fill->offset] : 'Z';
  header.erase(fill->offset, fill->size);
  const uint64_t end = header_offset_bytes + header.size();
  const uint64_t missing = (kAlignmentBytes - end % kAlignmentBytes) % kAlignmentBytes;
  header.insert(fill->offset, missing, filler);
  SetNumber(header, fill->offset - 2, 2, missing);
  SetNumber(header, 28, 2, header.size() - extra);
}

struct Descriptor {
  size_t crc = 0;  // where its checksum is, and its sizes
  size_t sizes = 0;
  size_t size_bytes = 0;  // of each
  size_t end = 0;
};

// What follows the content of a member, told apart by the sizes that it must hold.
std::optional<Descriptor> FindDescriptor(std::string_view bytes, const Member& member) {
  const size_t crc = bytes.substr(0, 4) == kDescriptorSignature ? 4 : 0;
  for (const size_t size_bytes : {size_t{8}, size_t{4}}) {
    const size_t sizes = crc + 4;
    if (bytes.size() < sizes + 2 * size_bytes) continue;
    if (NumberAt(bytes, sizes, size_bytes) != member.stored_bytes ||
        NumberAt(bytes, sizes + size_bytes, size_bytes) != member.size_bytes) {
      continue;
    }
    return Descriptor{crc, sizes, size_bytes, sizes + 2 * size_bytes};
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<Rewrite> Rewrite::Make(const std::shared_ptr<const ByteReader>& reader,
                                      const Directory& directory,
                                      const std::map<uint32_t, uint64_t>& changes) {
  WEFT_ASSIGN_OR_RETURN(const EndRecord end, ReadEndRecord(*reader));
  Rewrite rewrite;
  WEFT_RETURN_IF_ERROR(rewrite.PlanMembers(reader, directory, end, changes));
  WEFT_RETURN_IF_ERROR(rewrite.PlanDirectory(*reader, directory, end));
  WEFT_RETURN_IF_ERROR(rewrite.PlanEnd(*reader, end));
  return rewrite;
}

absl::Status Rewrite::PlanMembers(const std::shared_ptr<const ByteReader>& reader,
                                  const Directory& directory, const EndRecord& end,
                                  const std::map<uint32_t, uint64_t>& changes) {
  const std::vector<Member>& members = directory.members;
  members_.resize(members.size());
  std::vector<uint32_t> order(members.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    return members[a].header_offset_bytes < members[b].header_offset_bytes;
  });
  uint64_t at = 0;
  const auto keep = [&](uint64_t offset_bytes, uint64_t size_bytes) {
    if (size_bytes > 0) kept_.push_back({at, reader, {offset_bytes, size_bytes}});
    at += size_bytes;
  };
  for (size_t i = 0; i < order.size(); ++i) {
    const Member& member = members[order[i]];
    MemberPlan& plan = members_[order[i]];
    const uint64_t behind = i + 1 < order.size() ? members[order[i + 1]].header_offset_bytes
                                                 : end.directory_offset_bytes;
    const uint64_t content_end = member.offset_bytes + member.stored_bytes;
    const auto change = changes.find(order[i]);
    plan.is_changed = change != changes.end();
    plan.size_bytes = plan.is_changed ? change->second : member.stored_bytes;
    plan.header_offset_bytes = at;
    if (!plan.is_changed && at == member.header_offset_bytes) {
      plan.offset_bytes = member.offset_bytes;
      keep(at, behind - at);
      continue;
    }
    WEFT_ASSIGN_OR_RETURN(plan.header, ReadBytes(*reader, member.header_offset_bytes,
                                                 member.offset_bytes - member.header_offset_bytes,
                                                 "the header of a member"));
    const uint64_t flags = NumberAt(plan.header, 6, 2);
    if (at != member.header_offset_bytes) Align(plan.header, at, member);
    at += plan.header.size();
    plan.offset_bytes = at;
    if (!plan.is_changed) {
      keep(member.offset_bytes, behind - member.offset_bytes);
      continue;
    }
    const size_t name_bytes = NumberAt(plan.header, 26, 2);
    const size_t extra = kHeaderBytes + name_bytes;
    const bool sizes_follow = (flags & kSizesFollow) != 0;
    if (!SetSizes(plan.header, {22, 18, 0, extra, plan.header.size() - extra}, plan.size_bytes,
                  std::nullopt, sizes_follow)) {
      return NoRoom(*reader, member);
    }
    SetNumber(plan.header, 8, 2, 0);  // stored
    if (!sizes_follow || NumberAt(plan.header, 14, 4) != 0) plan.header_crc = {14, 4};
    at += plan.size_bytes;
    uint64_t rest = content_end;
    if (sizes_follow) {
      WEFT_ASSIGN_OR_RETURN(
          plan.descriptor,
          ReadBytes(*reader, content_end, std::min(behind - content_end, kMostDescriptorBytes),
                    "what follows a member"));
      const std::optional<Descriptor> found = FindDescriptor(plan.descriptor, member);
      if (!found.has_value()) {
        return ErrorStatus(
            ErrorCode::kUnsupportedFeature,
            absl::StrFormat("%s: member '%s'", reader->where(), Escaped(member.name)),
            "its sizes should follow its content, and do not", "save the file anew");
      }
      if (found->size_bytes == 4 && plan.size_bytes > kMost32) return NoRoom(*reader, member);
      plan.descriptor.resize(found->end);
      plan.descriptor_offset_bytes = at;
      plan.descriptor_crc = {found->crc, 4};
      SetNumber(plan.descriptor, found->sizes, found->size_bytes, plan.size_bytes);
      SetNumber(plan.descriptor, found->sizes + found->size_bytes, found->size_bytes,
                plan.size_bytes);
      at += plan.descriptor.size();
      rest += plan.descriptor.size();
    }
    keep(rest, behind - rest);
  }
  directory_offset_bytes_ = at;
  return absl::OkStatus();
}

absl::Status Rewrite::PlanDirectory(const ByteReader& reader, const Directory& directory,
                                    const EndRecord& end) {
  WEFT_ASSIGN_OR_RETURN(directory_, ReadBytes(reader, end.directory_offset_bytes,
                                              end.directory_bytes, "the zip's directory"));
  size_t at = 0;
  for (size_t i = 0; i < members_.size(); ++i) {
    MemberPlan& plan = members_[i];
    const size_t name_bytes = NumberAt(directory_, at + 28, 2);
    const size_t extra_bytes = NumberAt(directory_, at + 30, 2);
    const size_t entry_bytes =
        kEntryBytes + name_bytes + extra_bytes + NumberAt(directory_, at + 32, 2);
    std::string entry = directory_.substr(at, entry_bytes);
    const Places places = {24, 20, 42, kEntryBytes + name_bytes, extra_bytes};
    const Member& member = directory.members[i];
    bool fits = true;
    if (plan.is_changed) {
      fits = SetSizes(entry, places, plan.size_bytes, plan.header_offset_bytes, false);
      SetNumber(entry, 10, 2, 0);  // stored
      plan.entry_crc = {at + 16, 4};
    } else if (plan.header_offset_bytes != member.header_offset_bytes) {
      fits = SetSizes(entry, places, std::nullopt, plan.header_offset_bytes, false);
    }
    if (!fits) return NoRoom(reader, member);
    directory_.replace(at, entry_bytes, entry);
    at += entry_bytes;
  }
  return absl::OkStatus();
}

absl::Status Rewrite::PlanEnd(const ByteReader& reader, const EndRecord& end) {
  const uint64_t begin = end.directory_offset_bytes + end.directory_bytes;
  const auto error = [&](std::string_view what) {
    return ErrorStatus(ErrorCode::kUnsupportedFeature, reader.where(), what, "save the file anew");
  };
  if (reader.size_bytes() - begin > kMostEndBytes) return error("its end records are very long");
  WEFT_ASSIGN_OR_RETURN(
      end_, ReadBytes(reader, begin, reader.size_bytes() - begin, "the end of the zip"));
  file_bytes_ = directory_offset_bytes_ + directory_.size() + end_.size();
  size_t record = 0;  // where the last one is
  if (std::string_view(end_).substr(0, 4) == kEnd64Signature) {
    record = 12 + NumberAt(end_, 4, 8) + kLocatorBytes;
    SetNumber(end_, 48, 8, directory_offset_bytes_);
    SetNumber(end_, record - kLocatorBytes + 8, 8, directory_offset_bytes_ + directory_.size());
  }
  if (record + kEndBytes > end_.size()) return error("its end records are none");
  if (NumberAt(end_, record + 16, 4) == kMost32) return absl::OkStatus();
  if (directory_offset_bytes_ >= kMost32) {
    return error("its end record has no room for offsets of 4 GiB, which the file would need");
  }
  SetNumber(end_, record + 16, 4, directory_offset_bytes_);
  return absl::OkStatus();
}

std::vector<Patch> Rewrite::Finish(const std::map<uint32_t, uint32_t>& crcs) const {
  std::vector<Patch> patches;
  std::string directory = directory_;
  for (uint32_t i = 0; i < members_.size(); ++i) {
    const MemberPlan& plan = members_[i];
    std::string header = plan.header;
    std::string descriptor = plan.descriptor;
    if (plan.is_changed) {
      const uint64_t crc = crcs.at(i);
      if (plan.header_crc.size > 0) SetNumber(header, plan.header_crc.offset, 4, crc);
      if (plan.descriptor_crc.size > 0) SetNumber(descriptor, plan.descriptor_crc.offset, 4, crc);
      SetNumber(directory, plan.entry_crc.offset, 4, crc);
    }
    if (!header.empty()) patches.push_back({plan.header_offset_bytes, std::move(header)});
    if (!descriptor.empty()) {
      patches.push_back({plan.descriptor_offset_bytes, std::move(descriptor)});
    }
  }
  patches.push_back({directory_offset_bytes_, std::move(directory)});
  patches.push_back({directory_offset_bytes_ + directory_.size(), end_});
  return patches;
}

}  // namespace weft::zip
