#include "formats/pytorch/archive.h"

#include <string>
#include <string_view>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/pytorch/inert_names.h"
#include "formats/pytorch/inert_pickle.h"
#include "formats/zip/member_stream.h"

namespace weft::pytorch {
namespace {

constexpr uint64_t kMostMarkBytes = 64;  // of members that hold one word
constexpr int kNewestVersion = 10;

class ArchiveReader {
 public:
  ArchiveReader(const ByteReader& reader, const ReadOptions& options)
      : reader_(reader), options_(options), names_(options.allowed_globals) {}

  absl::StatusOr<Contents> Read() {
    WEFT_ASSIGN_OR_RETURN(contents_.directory, zip::ReadDirectory(reader_, options_.zip));
    WEFT_RETURN_IF_ERROR(FindTop());
    WEFT_RETURN_IF_ERROR(CheckVersion());
    WEFT_RETURN_IF_ERROR(ReadByteOrder());
    const bool is_script = Find("constants.pkl") != nullptr;
    if (is_script) {
      contents_.container = Container::kScript;
      names_.AllowScriptNames();
    }
    WEFT_ASSIGN_OR_RETURN(contents_.objects, ReadPickle("data.pkl"));
    Diagnostics diagnostics;
    diagnostics.Add(Add(contents_.objects, "", "data/"));
    if (is_script) {
      WEFT_ASSIGN_OR_RETURN(contents_.constants, ReadPickle("constants.pkl"));
      // Code of the archive says CONSTANTS.c3.
      diagnostics.Add(AddConstants(*contents_.constants));
    }
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
    WEFT_RETURN_IF_ERROR(CheckNamesUnique(contents_, reader_.where()));
    WEFT_RETURN_IF_ERROR(PlaceStorages());
    return std::move(contents_);
  }

 private:
  absl::Status FindTop() {
    for (const zip::Member& member : contents_.directory.members) {
      const size_t slash = member.name.find('/');
      const std::string_view top =
          std::string_view(member.name).substr(0, slash == std::string::npos ? 0 : slash + 1);
      if (contents_.top.empty()) contents_.top = top;
      if (!top.empty() && top == contents_.top) continue;
      return ErrorStatus(ErrorCode::kUnknownFormat, reader_.where(),
                         absl::StrFormat("member '%s' of the zip is not in its top folder '%s', as "
                                         "all of a PyTorch file are",
                                         Escaped(member.name), Escaped(contents_.top)));
    }
    const std::vector<zip::Member>& members = contents_.directory.members;
    by_name_.reserve(members.size());
    for (uint32_t i = 0; i < members.size(); ++i) {
      const std::string_view name = std::string_view(members[i].name).substr(contents_.top.size());
      by_name_.emplace(absl::string_view(name.data(), name.size()), i);
    }
    if (Find("data.pkl") != nullptr) return absl::OkStatus();
    return ErrorStatus(ErrorCode::kUnknownFormat, reader_.where(),
                       "the zip has no member 'data.pkl', which every PyTorch file has");
  }

  // By its name below the top folder; null when there is none.
  const zip::Member* Find(std::string_view name) const {
    const auto found = by_name_.find(absl::string_view(name.data(), name.size()));
    return found == by_name_.end() ? nullptr : &contents_.directory.members[found->second];
  }

  absl::StatusOr<std::string> ReadMark(const zip::Member& member) const {
    return zip::ReadMember(reader_, member, zip::Checksum::kUnlessZero, kMostMarkBytes);
  }

  absl::Status CheckVersion() const {
    const zip::Member* member = Find("version");
    if (member == nullptr) member = Find(".data/version");
    if (member == nullptr) {
      return ErrorStatus(ErrorCode::kBadHeaderSyntax, reader_.where(),
                         "the zip has no member 'version', which every PyTorch file has");
    }
    WEFT_ASSIGN_OR_RETURN(const std::string text, ReadMark(*member));
    int version = 0;
    if (!absl::SimpleAtoi(text, &version) || version < 1) {
      return ErrorStatus(ErrorCode::kBadHeaderSyntax, reader_.where(),
                         absl::StrFormat("its version is '%s'; expected a number", Escaped(text)));
    }
    if (version <= kNewestVersion) return absl::OkStatus();
    return ErrorStatus(ErrorCode::kUnsupportedFeature, reader_.where(),
                       absl::StrFormat("is of version %d; the newest that is known is %d", version,
                                       kNewestVersion));
  }

  absl::Status ReadByteOrder() {
    const zip::Member* member = Find("byteorder");
    if (member == nullptr) return absl::OkStatus();
    WEFT_ASSIGN_OR_RETURN(const std::string text, ReadMark(*member));
    contents_.is_big_endian = text == "big";
    if (text == "big" || text == "little") return absl::OkStatus();
    return ErrorStatus(
        ErrorCode::kBadHeaderSyntax, reader_.where(),
        absl::StrFormat("its byte order is '%s'; expected 'little' or 'big'", Escaped(text)));
  }

  absl::StatusOr<pickle::Tree> ReadPickle(std::string_view name) const {
    WEFT_ASSIGN_OR_RETURN(
        std::string bytes,
        zip::ReadMember(reader_, *Find(name), zip::Checksum::kUnlessZero, options_.pickle.bytes));
    return ReadWholePickle(std::move(bytes), absl::StrFormat("%s: %s", reader_.where(), name),
                           names_, options_.pickle);
  }

  absl::Status Add(const pickle::Tree& tree, std::string prefix, std::string_view key_prefix) {
    const RoleTable roles(tree, names_);
    StorageTable storages(tree, roles, key_prefix, contents_);
    return AddObjects(tree, roles, std::move(prefix), reader_.where(), options_.objects, storages,
                      contents_);
  }

  absl::Status AddConstants(const pickle::Tree& tree) {
    const size_t tensors = contents_.tensors.size();
    const size_t values = contents_.values.size();
    WEFT_RETURN_IF_ERROR(Add(tree, "", "constants/"));
    for (size_t i = tensors; i < contents_.tensors.size(); ++i) {
      contents_.tensors[i].name.insert(0, kConstants);
    }
    for (size_t i = values; i < contents_.values.size(); ++i) {
      contents_.values[i].name.insert(0, kConstants);
    }
    return absl::OkStatus();
  }

  // Every storage is a member of just its size.
  absl::Status PlaceStorages() {
    Diagnostics diagnostics;
    for (Storage& storage : contents_.storages) {
      const std::string where =
          absl::StrFormat("%s: storage '%s'", reader_.where(), Escaped(storage.key));
      const auto found = by_name_.find(storage.key);
      if (found == by_name_.end()) {
        diagnostics.Add(ErrorCode::kMissingPart, where, "the zip has no such member",
                        "the file is incomplete; fetch it again");
        continue;
      }
      const zip::Member& member = contents_.directory.members[found->second];
      if (member.size_bytes != storage.size_bytes) {
        diagnostics.Add(ErrorCode::kSizeMismatch, where,
                        absl::StrFormat("its member has %d bytes; its tensors expect %d",
                                        member.size_bytes, storage.size_bytes));
      }
      storage.offset_bytes = member.offset_bytes;
      storage.is_deflated = member.method == zip::Method::kDeflated;
      storage.member = found->second;
    }
    return diagnostics.ToStatus();
  }

  static constexpr const char* kConstants = "CONSTANTS.c";

  const ByteReader& reader_;
  const ReadOptions& options_;
  InertNames names_;
  Contents contents_;
  // Names below the top folder; the views point into the directory.
  absl::flat_hash_map<absl::string_view, uint32_t> by_name_;
};

}  // namespace

absl::StatusOr<Contents> ReadArchive(const ByteReader& reader, const ReadOptions& options) {
  return ArchiveReader(reader, options).Read();
}

}  // namespace weft::pytorch
