#include "formats/numpy/archive.h"

#include <algorithm>
#include <cstddef>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/numpy/array_file.h"
#include "formats/zip/member_stream.h"

namespace weft::numpy {
namespace {

constexpr std::string_view kExtension = ".npy";

// Headers that NumPy writes are shorter.
constexpr size_t kUsualHeaderBytes = 256;

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// The first bytes of a member's content, `size_bytes` of them or all.
absl::StatusOr<std::string> ReadFirst(const ByteReader& reader, const zip::Member& member,
                                      size_t size_bytes) {
  std::string bytes(std::min<uint64_t>(size_bytes, member.size_bytes), '\0');
  WEFT_ASSIGN_OR_RETURN(zip::MemberStream stream,
                        zip::MemberStream::Open(reader, member, zip::Checksum::kAlways));
  WEFT_RETURN_IF_ERROR(stream.Read(bytes.size(), bytes.data()));
  return bytes;
}

class ArchiveReader {
 public:
  ArchiveReader(const ByteReader& reader, const Limits& limits)
      : reader_(reader), limits_(limits) {}

  absl::Status Add(zip::Member member) {
    if (EndsWith(member.name, "/")) return absl::OkStatus();
    const std::string where =
        absl::StrFormat("%s: member '%s'", reader_.where(), Escaped(member.name));
    WEFT_ASSIGN_OR_RETURN(std::string bytes, ReadFirst(reader_, member, kUsualHeaderBytes));
    const bool has_extension = EndsWith(member.name, kExtension);
    if (!has_extension && !Recognises(bytes)) {
      archive_.warnings.push_back(where + " is no array, and is left out");
      return absl::OkStatus();
    }
    WEFT_ASSIGN_OR_RETURN(const size_t size, HeaderBytes(bytes, where));
    if (size > bytes.size()) {
      WEFT_ASSIGN_OR_RETURN(bytes, ReadFirst(reader_, member, size));
    }
    MemberArray found;
    WEFT_ASSIGN_OR_RETURN(found.array, ParseHeader(bytes, where, limits_));
    WEFT_ASSIGN_OR_RETURN(const uint64_t trailing,
                          TrailingBytes(found.array, member.size_bytes, where));
    if (trailing > 0) {
      archive_.warnings.push_back(
          absl::StrFormat("%s: %d bytes follow the data of the array", where, trailing));
    }
    found.name =
        member.name.substr(0, member.name.size() - (has_extension ? kExtension.size() : 0));
    found.member = std::move(member);
    if (!names_.insert(found.name).second) {
      return ErrorStatus(ErrorCode::kDuplicateName, where,
                         absl::StrFormat("is a second array '%s'", Escaped(found.name)));
    }
    archive_.arrays.push_back(std::move(found));
    return absl::OkStatus();
  }

  Archive Finish() && { return std::move(archive_); }

 private:
  const ByteReader& reader_;
  const Limits& limits_;
  Archive archive_;
  absl::flat_hash_set<std::string> names_;
};

}  // namespace

bool IsArchiveOfArrays(const ByteReader& reader) {
  zip::DirectoryLimits limits;
  limits.ignore_case = false;
  const absl::StatusOr<zip::Directory> directory = zip::ReadDirectory(reader, limits);
  if (!directory.ok()) return false;
  bool has_array = false;
  for (const zip::Member& member : directory->members) {
    if (EndsWith(member.name, ".pkl")) return false;
    has_array |= EndsWith(member.name, kExtension);
  }
  return has_array;
}

absl::StatusOr<Archive> ReadArchive(const ByteReader& reader, const Limits& limits) {
  zip::DirectoryLimits directory_limits;
  directory_limits.members = limits.tensors;
  directory_limits.ignore_case = false;  // names of tensors, which may differ in case only
  WEFT_ASSIGN_OR_RETURN(zip::Directory directory, zip::ReadDirectory(reader, directory_limits));
  ArchiveReader archive(reader, limits);
  Diagnostics diagnostics;
  for (zip::Member& member : directory.members) diagnostics.Add(archive.Add(std::move(member)));
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return std::move(archive).Finish();
}

}  // namespace weft::numpy
