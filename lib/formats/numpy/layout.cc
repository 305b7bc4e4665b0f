#include "formats/numpy/layout.h"

#include <string_view>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/numpy/array_path.h"
#include "formats/numpy/header.h"
#include "formats/zip/member_name.h"

namespace weft::numpy {
namespace {

constexpr uint64_t kAlignment = 64;
// Leaves room for the headers and the directory, whose sizes are those of things in memory.
constexpr uint64_t kMostBytes = uint64_t{1} << 62;
constexpr size_t kMostNameBytes = 65'535;  // in a zip
constexpr std::string_view kMemberEnd = ".npy";

std::string WhereOf(const OutputTensor& tensor) {
  return absl::StrFormat("tensor '%s'", Escaped(tensor.name));
}

// The headers, when every tensor can be written under its name. A header's shape has been checked.
absl::StatusOr<std::vector<std::string>> HeadersOf(const std::vector<OutputTensor>& tensors) {
  Diagnostics diagnostics;
  absl::flat_hash_set<std::string_view> names;
  std::vector<std::string> headers;
  for (const OutputTensor& tensor : tensors) {
    absl::StatusOr<std::string> header = HeaderText(tensor.dtype, *tensor.shape, WhereOf(tensor));
    diagnostics.Add(header.status());
    if (header.ok()) headers.push_back(*std::move(header));
    if (names.insert(tensor.name).second) continue;
    diagnostics.Add(ErrorCode::kDuplicateName, WhereOf(tensor), "is written twice");
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return headers;
}

uint64_t DataBytes(const OutputTensor& tensor) {
  return ElementsOf(*tensor.shape) * static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8;
}

std::string MemberOf(std::string_view name) { return std::string(name) + std::string(kMemberEnd); }

// Every tensor has a member from which NumPy gives it back. It looks for a member of the very name
// first: with a member "a.npy" of the tensor "a", nobody gets to the tensor "a.npy".
absl::Status CheckMemberNames(const std::vector<OutputTensor>& tensors) {
  absl::flat_hash_set<std::string_view> names;
  for (const OutputTensor& tensor : tensors) names.insert(tensor.name);
  Diagnostics diagnostics;
  for (const OutputTensor& tensor : tensors) {
    const std::string where = WhereOf(tensor);
    const std::string member = MemberOf(tensor.name);
    diagnostics.Add(zip::CheckMemberName(member, where));
    if (member.size() > kMostNameBytes) {
      diagnostics.Add(ErrorCode::kBadName, where,
                      absl::StrFormat("the name of its member would have %d bytes; a zip holds %d",
                                      member.size(), kMostNameBytes));
    }
    if (names.contains(member)) {
      diagnostics.Add(ErrorCode::kDuplicateName, absl::StrFormat("tensor '%s'", Escaped(member)),
                      absl::StrFormat("NumPy would take the member of the tensor '%s' for it",
                                      Escaped(tensor.name)),
                      "give one of them another name, or write a directory with --to npy-dir");
    }
  }
  return diagnostics.ToStatus();
}

}  // namespace

absl::StatusOr<ArchiveLayout> LayOutArchive(const std::vector<OutputTensor>& tensors) {
  ArchiveLayout layout;
  WEFT_ASSIGN_OR_RETURN(layout.headers, HeadersOf(tensors));
  WEFT_RETURN_IF_ERROR(CheckMemberNames(tensors));
  for (size_t i = 0; i < tensors.size(); ++i) {
    const uint64_t data_bytes = DataBytes(tensors[i]);
    if (data_bytes > kMostBytes - layout.zip.end_offset_bytes()) {
      return ErrorStatus(ErrorCode::kOverflow, WhereOf(tensors[i]),
                         "the tensors up to this one have 2^62 bytes or more");
    }
    const uint64_t header_bytes = layout.headers[i].size();
    const uint64_t begin =
        layout.zip.Add(MemberOf(tensors[i].name), header_bytes + data_bytes, kAlignment);
    layout.data.push_back({begin + header_bytes, data_bytes});
  }
  return layout;
}

absl::StatusOr<std::vector<FileLayout>> LayOutDirectory(const std::vector<OutputTensor>& tensors) {
  WEFT_ASSIGN_OR_RETURN(std::vector<std::string> headers, HeadersOf(tensors));
  std::vector<FileLayout> files;
  Diagnostics diagnostics;
  for (size_t i = 0; i < tensors.size(); ++i) {
    absl::StatusOr<std::string> path = PathOfName(tensors[i].name);
    diagnostics.Add(path.status());
    if (path.ok()) {
      files.push_back({*std::move(path), std::move(headers[i]), DataBytes(tensors[i])});
    }
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return files;
}

}  // namespace weft::numpy
