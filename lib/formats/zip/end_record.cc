#include "formats/zip/end_record.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/little_endian.h"

namespace weft::zip {
namespace {

constexpr std::string_view kEndSignature = "PK\5\6";
constexpr std::string_view kEnd64Signature = "PK\6\6";
constexpr std::string_view kLocatorSignature = "PK\6\7";
constexpr uint64_t kEndBytes = 22;
constexpr uint64_t kEnd64Bytes = 56;
constexpr uint64_t kLocatorBytes = 20;
constexpr uint64_t kMostCommentBytes = 0xFFFF;
constexpr uint64_t kMost16 = 0xFFFF;
constexpr uint64_t kMost32 = 0xFFFFFFFF;

// The fields of one record.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_(bytes) {}
  uint64_t operator()(size_t offset, size_t size) const {
    return LittleEndianNumber(bytes_.substr(offset, size));
  }

 private:
  std::string_view bytes_;
};

class EndReader {
 public:
  explicit EndReader(const ByteReader& reader) : reader_(reader) {}

  absl::StatusOr<EndRecord> Read() {
    const uint64_t all = reader_.size_bytes();
    if (all < kEndBytes) {
      return Error(ErrorCode::kTruncated,
                   absl::StrFormat("the file has %d bytes; the end record of a zip alone takes %d",
                                   all, kEndBytes));
    }
    const uint64_t tail_bytes = std::min(all, kEndBytes + kMostCommentBytes);
    WEFT_ASSIGN_OR_RETURN(const std::string tail,
                          ReadBytes(reader_, all - tail_bytes, tail_bytes, "the end of the zip"));
    WEFT_ASSIGN_OR_RETURN(const size_t found, FindEnd(tail));
    const uint64_t end_offset = all - tail_bytes + found;
    const Fields end(std::string_view(tail).substr(found, kEndBytes));
    EndRecord record = {end(10, 2), end(16, 4), end(12, 4)};
    uint64_t records_begin = end_offset;
    WEFT_ASSIGN_OR_RETURN(const std::optional<uint64_t> end64, FindEnd64(end_offset));
    if (end64) {
      WEFT_ASSIGN_OR_RETURN(record, ReadEnd64(*end64, end_offset, record));
      records_begin = *end64;
    }
    // Of a file with a ZIP64 record these may be all ones, which says: look there.
    const bool is_split = NotZero(end(4, 2), end64) || NotZero(end(6, 2), end64) ||
                          (end(8, 2) != end(10, 2) && NotZero(end(8, 2), end64));
    if (is_split) return SeveralDisks();
    return Check(record, records_begin);
  }

 private:
  static bool NotZero(uint64_t field, std::optional<uint64_t> end64) {
    return field != 0 && !(end64 && field == kMost16);
  }

  absl::StatusOr<size_t> FindEnd(std::string_view tail) const {
    std::optional<size_t> found;
    for (size_t at = tail.size() - kEndBytes + 1; at-- > 0;) {
      if (tail.substr(at, kEndSignature.size()) != kEndSignature) continue;
      const uint64_t comment = LittleEndianNumber(tail.substr(at + 20, 2));
      if (at + kEndBytes + comment != tail.size()) continue;
      if (found) {
        return Error(ErrorCode::kBadHeaderSyntax,
                     "two end records of a zip end with the file, so it can be read in two ways");
      }
      found = at;
    }
    if (found) return *found;
    return ErrorStatus(ErrorCode::kTruncated, reader_.where(),
                       "the file has no end record of a zip at its end",
                       "the download or copy of the file is incomplete, or something was appended "
                       "to it; fetch it again");
  }

  // Where the ZIP64 end record begins, by its locator.
  absl::StatusOr<std::optional<uint64_t>> FindEnd64(uint64_t end_offset) const {
    if (end_offset < kLocatorBytes) return std::optional<uint64_t>();
    WEFT_ASSIGN_OR_RETURN(const std::string bytes, ReadBytes(reader_, end_offset - kLocatorBytes,
                                                             kLocatorBytes, "the ZIP64 locator"));
    if (std::string_view(bytes).substr(0, 4) != kLocatorSignature) return std::optional<uint64_t>();
    const Fields locator(bytes);
    if (locator(4, 4) != 0 || locator(16, 4) > 1) return SeveralDisks();
    return std::optional<uint64_t>(locator(8, 8));
  }

  absl::StatusOr<EndRecord> ReadEnd64(uint64_t offset, uint64_t end_offset, const EndRecord& end) {
    const uint64_t locator_offset = end_offset - kLocatorBytes;
    if (offset > locator_offset || locator_offset - offset < kEnd64Bytes) {
      return Error(ErrorCode::kOffsetRange,
                   absl::StrFormat("the ZIP64 end record is said to be at byte %d, and its locator "
                                   "is at byte %d",
                                   offset, locator_offset));
    }
    WEFT_ASSIGN_OR_RETURN(const std::string bytes,
                          ReadBytes(reader_, offset, kEnd64Bytes, "the ZIP64 end record"));
    const Fields end64(bytes);
    if (std::string_view(bytes).substr(0, 4) != kEnd64Signature ||
        end64(4, 8) != locator_offset - offset - 12) {
      return Error(
          ErrorCode::kBadHeaderSyntax,
          absl::StrFormat("no ZIP64 end record that reaches to its locator is at byte %d", offset));
    }
    if (end64(16, 4) != 0 || end64(20, 4) != 0 || end64(24, 8) != end64(32, 8)) {
      return SeveralDisks();
    }
    const EndRecord record = {end64(32, 8), end64(48, 8), end64(40, 8)};
    const bool is_same =
        (end.members == record.members || end.members == kMost16) &&
        (end.directory_offset_bytes == record.directory_offset_bytes ||
         end.directory_offset_bytes == kMost32) &&
        (end.directory_bytes == record.directory_bytes || end.directory_bytes == kMost32);
    if (is_same) return record;
    return Error(ErrorCode::kBadHeaderSyntax,
                 "the two end records of the zip say different things of its directory");
  }

  absl::StatusOr<EndRecord> Check(const EndRecord& record, uint64_t records_begin) const {
    if (record.directory_offset_bytes > records_begin ||
        record.directory_bytes > records_begin - record.directory_offset_bytes) {
      return Error(
          ErrorCode::kOffsetRange,
          absl::StrFormat("the zip's directory is said to take %d bytes at byte %d, but "
                          "its end record is at byte %d",
                          record.directory_bytes, record.directory_offset_bytes, records_begin));
    }
    if (record.directory_offset_bytes + record.directory_bytes != records_begin) {
      return Error(
          ErrorCode::kOffsetHole,
          absl::StrFormat("the zip's directory ends at byte %d, and its end record begins "
                          "at byte %d",
                          record.directory_offset_bytes + record.directory_bytes, records_begin));
    }
    return record;
  }

  absl::Status SeveralDisks() const {
    return Error(ErrorCode::kUnsupportedFeature, "the zip is a part of one in several files");
  }

  absl::Status Error(ErrorCode code, std::string_view what) const {
    return ErrorStatus(code, reader_.where(), what);
  }

  const ByteReader& reader_;
};

}  // namespace

absl::StatusOr<EndRecord> ReadEndRecord(const ByteReader& reader) {
  return EndReader(reader).Read();
}

}  // namespace weft::zip
