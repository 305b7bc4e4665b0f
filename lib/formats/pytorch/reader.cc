#include "formats/pytorch/reader.h"

#include <algorithm>
#include <array>
#include <string>

#include "diagnostic/status.h"
#include "formats/little_endian.h"
#include "formats/pytorch/archive.h"
#include "formats/pytorch/legacy.h"
#include "formats/zip/zip_directory.h"

namespace weft::pytorch {
namespace {

constexpr size_t kZipHeaderBytes = 30;
constexpr uint64_t kFirstBytes = 64;

bool StartsWith(std::string_view text, std::string_view start) {
  return text.substr(0, start.size()) == start;
}

bool IsZip(std::string_view first_bytes) { return StartsWith(first_bytes, zip::kMemberSignature); }

// Members of a PyTorch file are in a folder, which is named after a file: a name that goes on
// behind the first bytes is too long. Those of NumPy may be in one, but are called so.
bool BeginsInFolder(std::string_view first_bytes) {
  constexpr std::string_view kArray = ".npy";
  if (first_bytes.size() <= kZipHeaderBytes) return false;
  const uint64_t name_bytes = LittleEndianNumber(first_bytes.substr(26, 2));
  const std::string_view name = first_bytes.substr(kZipHeaderBytes, name_bytes);
  if (name.size() < name_bytes || name.find('/') == std::string_view::npos) return false;
  return name.size() < kArray.size() || name.substr(name.size() - kArray.size()) != kArray;
}

// A pickle of protocol 2 to 5, or torch's magic number as older protocols spell it.
bool IsPickle(std::string_view first_bytes) {
  if (StartsWith(first_bytes, "L119547037146038801333356L\n")) return true;
  return first_bytes.size() >= 2 && first_bytes[0] == '\x80' && first_bytes[1] >= 2 &&
         first_bytes[1] <= 5;
}

// The files in the tar of torch before 0.1.10; a name in a tar is filled up with NULs.
bool IsTar(std::string_view first_bytes) {
  constexpr std::array<std::string_view, 4> kNames = {"sys_info", "pickle", "tensors", "storages"};
  return std::any_of(kNames.begin(), kNames.end(), [&](std::string_view name) {
    return first_bytes.size() > name.size() && StartsWith(first_bytes, name) &&
           first_bytes[name.size()] == '\0';
  });
}

}  // namespace

bool Recognises(std::string_view first_bytes) {
  return (IsZip(first_bytes) && BeginsInFolder(first_bytes)) || IsPickle(first_bytes) ||
         IsTar(first_bytes);
}

absl::StatusOr<Contents> Read(const ByteReader& reader, const ReadOptions& options) {
  WEFT_ASSIGN_OR_RETURN(
      const std::string first_bytes,
      ReadBytes(reader, 0, std::min(reader.size_bytes(), kFirstBytes), "the beginning"));
  if (IsZip(first_bytes)) return ReadArchive(reader, options);
  if (IsTar(first_bytes)) {
    return ErrorStatus(ErrorCode::kUnsupportedFeature, reader.where(),
                       "is a tar, as torch wrote before 0.1.10",
                       "load and save it with a torch that reads it");
  }
  if (IsPickle(first_bytes)) return ReadLegacy(reader, options);
  return ErrorStatus(ErrorCode::kUnknownFormat, reader.where(),
                     "is no PyTorch file: neither a zip nor a pickle");
}

}  // namespace weft::pytorch
