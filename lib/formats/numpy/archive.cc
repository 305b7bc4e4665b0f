#include "formats/numpy/archive.h"

#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "diagnostic/utf8.h"
#include "formats/numpy/array_file.h"

namespace weft::numpy {
namespace {

constexpr std::string_view kExtension = ".npy";

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

class ArchiveReader {
 public:
  ArchiveReader(const ReadFirst& read_first, std::string_view where, const Limits& limits)
      : read_first_(read_first), where_(where), limits_(limits) {}

  absl::Status Add(const Member& member, size_t index) {
    if (EndsWith(member.name, "/")) return absl::OkStatus();
    const std::string where = absl::StrFormat("%s: member '%s'", where_, Escaped(member.name));
    WEFT_ASSIGN_OR_RETURN(std::string bytes, read_first_(index, kUsualHeaderBytes));
    const bool has_extension = EndsWith(member.name, kExtension);
    if (!has_extension && !Recognises(bytes)) {
      archive_.warnings.push_back(where + " is no array, and is left out");
      return absl::OkStatus();
    }
    if (!IsUtf8(member.name)) {
      return ErrorStatus(ErrorCode::kBadName, where, "the name is not valid UTF-8");
    }
    WEFT_ASSIGN_OR_RETURN(const size_t size, HeaderBytes(bytes, where));
    if (size > bytes.size()) {
      WEFT_ASSIGN_OR_RETURN(bytes, read_first_(index, size));
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
    found.member = index;
    if (!names_.insert(found.name).second) {
      return ErrorStatus(ErrorCode::kDuplicateName, where,
                         absl::StrFormat("is a second array '%s'", Escaped(found.name)));
    }
    archive_.arrays.push_back(std::move(found));
    return absl::OkStatus();
  }

  Archive Finish() && { return std::move(archive_); }

 private:
  // Headers that NumPy writes are shorter.
  static constexpr size_t kUsualHeaderBytes = 256;

  const ReadFirst& read_first_;
  std::string_view where_;
  const Limits& limits_;
  Archive archive_;
  absl::flat_hash_set<std::string> names_;
};

}  // namespace

absl::StatusOr<Archive> ReadArchive(const std::vector<Member>& members, const ReadFirst& read_first,
                                    std::string_view where, const Limits& limits) {
  if (members.size() > limits.tensors) {
    return ErrorStatus(ErrorCode::kLimitExceeded, where,
                       absl::StrFormat("the file has %d members; the limit is %d tensors",
                                       members.size(), limits.tensors));
  }
  ArchiveReader reader(read_first, where, limits);
  Diagnostics diagnostics;
  for (size_t i = 0; i < members.size(); ++i) diagnostics.Add(reader.Add(members[i], i));
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return std::move(reader).Finish();
}

std::string MemberNameOf(std::string_view name) { return std::string(name).append(kExtension); }

}  // namespace weft::numpy
