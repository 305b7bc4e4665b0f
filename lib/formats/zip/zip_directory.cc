#include "formats/zip/zip_directory.h"

#include <algorithm>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/little_endian.h"
#include "formats/zip/end_record.h"
#include "formats/zip/member_name.h"

namespace weft::zip {
namespace {

constexpr std::string_view kEntrySignature = "PK\1\2";
constexpr uint64_t kEntryBytes = 46;
constexpr uint64_t kHeaderBytes = 30;
constexpr uint64_t kMost32 = 0xFFFFFFFF;
constexpr uint64_t kZip64Tag = 1;

// General purpose flags.
constexpr uint64_t kEncrypted = 1U << 0U;
constexpr uint64_t kSizesFollow = 1U << 3U;  // sizes and checksum stand behind the content
constexpr uint64_t kPatched = 1U << 5U;
constexpr uint64_t kStronglyEncrypted = 1U << 6U;
constexpr uint64_t kHeadersMasked = 1U << 13U;

// No deflated stream holds more than this for each of its bytes (258 bytes in two bits).
constexpr uint64_t kMostInflation = 1032;

struct Entry {
  Member member;
  uint64_t flags = 0;
  uint64_t method = 0;
};

// Fields of 64 bits that stand in an extra field, in this order, when their own are all ones.
struct LargeFields {
  uint64_t* size = nullptr;
  uint64_t* stored = nullptr;
  uint64_t* offset = nullptr;
};

// Replaces the fields that are all ones. What is wrong; empty when nothing is.
std::string_view ReadLargeFields(std::string_view extra, const LargeFields& fields) {
  std::vector<uint64_t*> wanted;
  for (uint64_t* field : {fields.size, fields.stored, fields.offset}) {
    if (field != nullptr && *field == kMost32) wanted.push_back(field);
  }
  bool is_found = false;
  while (!extra.empty()) {
    if (extra.size() < 4) return "has an extra field that is cut off";
    const uint64_t tag = LittleEndianNumber(extra.substr(0, 2));
    const uint64_t size = LittleEndianNumber(extra.substr(2, 2));
    if (extra.size() - 4 < size) return "has an extra field that is cut off";
    const std::string_view content = extra.substr(4, size);
    extra.remove_prefix(4 + size);
    if (tag != kZip64Tag) continue;
    if (std::exchange(is_found, true)) return "has two ZIP64 fields";
    if (content.size() < 8 * wanted.size()) return "has a ZIP64 field that is too short";
    for (size_t i = 0; i < wanted.size(); ++i) {
      *wanted[i] = LittleEndianNumber(content.substr(8 * i, 8));
    }
  }
  return !wanted.empty() && !is_found ? "has sizes for which a ZIP64 field is missing" : "";
}

class DirectoryReader {
 public:
  DirectoryReader(const ByteReader& reader, const DirectoryLimits& limits)
      : reader_(reader), limits_(limits) {}

  absl::StatusOr<Directory> Read() {
    WEFT_ASSIGN_OR_RETURN(end_, ReadEndRecord(reader_));
    WEFT_RETURN_IF_ERROR(CheckCounts());
    WEFT_ASSIGN_OR_RETURN(const std::string bytes,
                          ReadBytes(reader_, end_.directory_offset_bytes, end_.directory_bytes,
                                    "the zip's directory"));
    WEFT_RETURN_IF_ERROR(ReadEntries(bytes));
    for (Entry& entry : entries_) CheckEntry(entry);
    // Where entries are wrong, what follows would say nothing new.
    WEFT_RETURN_IF_ERROR(diagnostics_.ToStatus());
    CheckNamesUnique();
    for (Entry& entry : entries_) WEFT_RETURN_IF_ERROR(CheckHeader(entry));
    WEFT_RETURN_IF_ERROR(diagnostics_.ToStatus());
    CheckGeometry();
    WEFT_RETURN_IF_ERROR(diagnostics_.ToStatus());
    Directory directory;
    directory.members.reserve(entries_.size());
    for (Entry& entry : entries_) directory.members.push_back(std::move(entry.member));
    return directory;
  }

 private:
  absl::Status CheckCounts() const {
    if (end_.members > limits_.members) {
      return Error(ErrorCode::kLimitExceeded,
                   absl::StrFormat("the zip has %d members; the limit is %d", end_.members,
                                   limits_.members));
    }
    if (end_.directory_bytes > limits_.directory_bytes) {
      return Error(ErrorCode::kLimitExceeded,
                   absl::StrFormat("the zip's directory has %d bytes; the limit is %d",
                                   end_.directory_bytes, limits_.directory_bytes));
    }
    if (end_.members > end_.directory_bytes / kEntryBytes) {
      return Error(ErrorCode::kBadHeaderSyntax,
                   absl::StrFormat("the zip's directory is said to list %d members in %d bytes",
                                   end_.members, end_.directory_bytes));
    }
    return absl::OkStatus();
  }

  absl::Status ReadEntries(std::string_view bytes) {
    entries_.reserve(end_.members);
    for (uint64_t i = 0; i < end_.members; ++i) {
      if (bytes.size() < kEntryBytes || bytes.substr(0, 4) != kEntrySignature) {
        return Error(ErrorCode::kBadHeaderSyntax,
                     absl::StrFormat("entry %d of the zip's directory does not begin as one", i));
      }
      const auto field = [&](size_t offset, size_t size) {
        return LittleEndianNumber(bytes.substr(offset, size));
      };
      const uint64_t name_bytes = field(28, 2);
      const uint64_t extra_bytes = field(30, 2);
      const uint64_t entry_bytes = kEntryBytes + name_bytes + extra_bytes + field(32, 2);
      if (bytes.size() < entry_bytes) {
        return Error(ErrorCode::kBadHeaderSyntax,
                     absl::StrFormat("entry %d of the zip's directory reaches beyond its end", i));
      }
      Entry entry;
      Member& member = entry.member;
      entry.flags = field(8, 2);
      entry.method = field(10, 2);
      member.crc = static_cast<uint32_t>(field(16, 4));
      member.stored_bytes = field(20, 4);
      member.size_bytes = field(24, 4);
      member.header_offset_bytes = field(42, 4);
      member.name = bytes.substr(kEntryBytes, name_bytes);
      WEFT_RETURN_IF_ERROR(CheckMemberName(member.name, reader_.where()));
      const std::string_view wrong =
          ReadLargeFields(bytes.substr(kEntryBytes + name_bytes, extra_bytes),
                          {&member.size_bytes, &member.stored_bytes, &member.header_offset_bytes});
      if (!wrong.empty()) Add(ErrorCode::kBadHeaderSyntax, member, wrong);
      const uint64_t disk = field(34, 2);
      if (disk != 0 && disk != 0xFFFF) {
        Add(ErrorCode::kUnsupportedFeature, member, "is in another file of several");
      }
      entries_.push_back(std::move(entry));
      bytes.remove_prefix(entry_bytes);
    }
    if (bytes.empty()) return absl::OkStatus();
    return Error(
        ErrorCode::kBadHeaderSyntax,
        absl::StrFormat("%d bytes follow the last entry of the zip's directory", bytes.size()));
  }

  // What one entry says, without looking elsewhere.
  void CheckEntry(Entry& entry) {
    const Member& member = entry.member;
    if ((entry.flags & (kEncrypted | kStronglyEncrypted | kHeadersMasked)) != 0) {
      Add(ErrorCode::kUnsupportedFeature, member, "is encrypted");
    } else if ((entry.flags & kPatched) != 0) {
      Add(ErrorCode::kUnsupportedFeature, member, "is a patch of another file");
    }
    if (entry.method != 0 && entry.method != 8) {
      Add(ErrorCode::kUnsupportedFeature, member,
          absl::StrFormat("is compressed by method %d; expected 0 (stored) or 8 (deflated)",
                          entry.method));
      return;
    }
    entry.member.method = entry.method == 0 ? Method::kStored : Method::kDeflated;
    if (member.method == Method::kStored && member.stored_bytes != member.size_bytes) {
      Add(ErrorCode::kSizeMismatch, member,
          absl::StrFormat("is stored as it is, but in %d bytes and with a size of %d",
                          member.stored_bytes, member.size_bytes));
    } else if (member.size_bytes / kMostInflation > member.stored_bytes) {
      Add(ErrorCode::kSizeMismatch, member,
          absl::StrFormat("cannot hold the %d bytes that it is said to: it has %d bytes, deflated",
                          member.size_bytes, member.stored_bytes));
    }
    if (member.name.back() == '/' && member.size_bytes != 0) {
      Add(ErrorCode::kSizeMismatch, member, "is a folder, and has content");
    }
    const uint64_t end = end_.directory_offset_bytes;
    if (member.header_offset_bytes > end || end - member.header_offset_bytes < kHeaderBytes) {
      Add(ErrorCode::kOffsetRange, member,
          absl::StrFormat("is said to begin at byte %d; the directory begins at byte %d",
                          member.header_offset_bytes, end));
    }
  }

  void CheckNamesUnique() {
    absl::flat_hash_set<std::string> seen;
    seen.reserve(entries_.size());
    for (const Entry& entry : entries_) {
      std::string name = entry.member.name;
      if (limits_.ignore_case) absl::AsciiStrToLower(&name);
      if (name.back() == '/') name.pop_back();
      if (seen.insert(std::move(name)).second) continue;
      Add(ErrorCode::kDuplicateName, entry.member,
          limits_.ignore_case ? "stands twice, perhaps in other case" : "stands twice");
    }
  }

  // The header before the content agrees; sets where the content begins. An error of the system,
  // or of the zip's ends, ends the reading.
  absl::Status CheckHeader(Entry& entry) {
    Member& member = entry.member;
    // Most headers are shorter than this, so one read is enough.
    const uint64_t room = end_.directory_offset_bytes - member.header_offset_bytes;
    const uint64_t first_bytes = std::min<uint64_t>(room, kHeaderBytes + member.name.size() + 96);
    header_.resize(first_bytes);
    WEFT_RETURN_IF_ERROR(reader_.ReadAt(member.header_offset_bytes, first_bytes, header_.data()));
    if (std::string_view(header_).substr(0, 4) != kMemberSignature) {
      Add(ErrorCode::kBadHeaderSyntax, member,
          absl::StrFormat("has no header at byte %d", member.header_offset_bytes));
      return absl::OkStatus();
    }
    const uint64_t name_bytes = Field(26, 2);
    const uint64_t extra_bytes = Field(28, 2);
    const uint64_t all = kHeaderBytes + name_bytes + extra_bytes;
    if (all > room) {
      Add(ErrorCode::kOffsetRange, member, "has a header that reaches into the directory");
      return absl::OkStatus();
    }
    if (all > first_bytes) {
      header_.resize(all);
      WEFT_RETURN_IF_ERROR(reader_.ReadAt(member.header_offset_bytes, all, header_.data()));
    }
    const std::string_view header(header_);
    if (header.substr(kHeaderBytes, name_bytes) != member.name) {
      Add(ErrorCode::kBadHeaderSyntax, member,
          absl::StrFormat("has a header that calls it '%s'",
                          Escaped(header.substr(kHeaderBytes, name_bytes))));
    }
    CheckHeaderFields(entry, header.substr(kHeaderBytes + name_bytes, extra_bytes));
    member.offset_bytes = member.header_offset_bytes + all;
    if (member.stored_bytes > end_.directory_offset_bytes - member.offset_bytes) {
      Add(ErrorCode::kOffsetRange, member,
          absl::StrFormat("is said to have %d bytes from byte %d; the directory begins at byte %d",
                          member.stored_bytes, member.offset_bytes, end_.directory_offset_bytes));
    }
    return absl::OkStatus();
  }

  void CheckHeaderFields(const Entry& entry, std::string_view extra) {
    const Member& member = entry.member;
    if (Field(6, 2) != entry.flags || Field(8, 2) != entry.method) {
      Add(ErrorCode::kBadHeaderSyntax, member,
          "has other flags or another method in its header than in the directory");
    }
    const uint64_t crc = Field(14, 4);
    uint64_t stored_bytes = Field(18, 4);
    uint64_t size_bytes = Field(22, 4);
    const std::string_view wrong = ReadLargeFields(extra, {&size_bytes, &stored_bytes, nullptr});
    if (!wrong.empty()) Add(ErrorCode::kBadHeaderSyntax, member, wrong);
    const bool may_be_zero = (entry.flags & kSizesFollow) != 0;
    const auto differs = [&](uint64_t here, uint64_t there) {
      return here != there && !(may_be_zero && here == 0);
    };
    if (differs(crc, member.crc) || differs(stored_bytes, member.stored_bytes) ||
        differs(size_bytes, member.size_bytes)) {
      Add(ErrorCode::kSizeMismatch, member,
          absl::StrFormat("has %d bytes for %d in its header, with checksum %08X; in the directory "
                          "%d for %d, with %08X",
                          stored_bytes, size_bytes, crc, member.stored_bytes, member.size_bytes,
                          member.crc));
    }
  }

  void CheckGeometry() {
    std::vector<const Member*> order;
    order.reserve(entries_.size());
    for (const Entry& entry : entries_) order.push_back(&entry.member);
    std::sort(order.begin(), order.end(), [](const Member* a, const Member* b) {
      return a->header_offset_bytes < b->header_offset_bytes;
    });
    uint64_t end = 0;
    for (const Member* member : order) {
      if (member->header_offset_bytes < end) {
        Add(ErrorCode::kOffsetOverlap, *member,
            absl::StrFormat("begins at byte %d, within another member that ends at byte %d",
                            member->header_offset_bytes, end));
      }
      end = std::max(end, member->offset_bytes + member->stored_bytes);
    }
    if (!order.empty() && order.front()->header_offset_bytes != 0) {
      diagnostics_.Add(ErrorCode::kOffsetHole, reader_.where(),
                       absl::StrFormat("%d bytes stand before the first member of the zip",
                                       order.front()->header_offset_bytes));
    }
  }

  uint64_t Field(size_t offset, size_t size) const {
    return LittleEndianNumber(std::string_view(header_).substr(offset, size));
  }

  void Add(ErrorCode code, const Member& member, std::string_view what) {
    diagnostics_.Add(
        code, absl::StrFormat("%s: member '%s'", reader_.where(), Escaped(member.name)), what);
  }

  absl::Status Error(ErrorCode code, std::string_view what) const {
    return ErrorStatus(code, reader_.where(), what);
  }

  const ByteReader& reader_;
  const DirectoryLimits& limits_;
  EndRecord end_;
  std::vector<Entry> entries_;
  std::string header_;  // of the member being checked
  Diagnostics diagnostics_;
};

}  // namespace

absl::StatusOr<Directory> ReadDirectory(const ByteReader& reader, const DirectoryLimits& limits) {
  return DirectoryReader(reader, limits).Read();
}

const Member* FindMember(const Directory& directory, std::string_view name) {
  const auto found = std::find_if(directory.members.begin(), directory.members.end(),
                                  [&](const Member& member) { return member.name == name; });
  return found == directory.members.end() ? nullptr : &*found;
}

}  // namespace weft::zip
