#include "formats/numpy/catalog.h"

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/name_order.h"
#include "formats/numpy/archive.h"
#include "formats/numpy/array_file.h"
#include "formats/numpy/array_path.h"
#include "formats/strided_reader.h"
#include "formats/strides.h"
#include "formats/swapped_reader.h"
#include "formats/zip/inflated_member.h"
#include "io/path.h"
#include "io/scratch_file.h"

namespace weft::numpy {
namespace {

constexpr std::string_view kMemberEnd = ".npy";
constexpr size_t kZipNameAt = 30;  // in the header of a member

// An array whose data lie in `range` of `stored`, which is the file or, with `is_decoded`, a part
// of it.
void AddArray(std::string name, const Array& array, std::shared_ptr<const ByteReader> stored,
              FileRange range, bool is_decoded, FileCatalog& catalog) {
  TensorInfo& info = catalog.tensors.emplace_back();
  info.dtype = array.dtype;
  info.shape = array.shape;
  info.size_bytes = array.data_bytes;
  if (array.data_bytes > 0) {
    info.offset_bytes = range.offset_bytes;
    if (array.is_big_endian) {
      const uint64_t number_bytes =
          array.dtype == DType::kC64 ? 4 : static_cast<uint64_t>(BitsOf(array.dtype)) / 8;
      stored = std::make_shared<const SwappedReader>(std::move(stored), range, number_bytes);
      info.offset_bytes = 0;
      is_decoded = true;
    }
    if (array.is_fortran_order) {
      stored = std::make_shared<const StridedReader>(
          std::move(stored), info.offset_bytes, array.shape, FirstAxisInnermost(array.shape),
          static_cast<uint64_t>(BitsOf(array.dtype)) / 8);
      info.offset_bytes = 0;
      is_decoded = true;
    }
    if (is_decoded) {
      catalog.decoded.push_back({name, std::move(stored)});
      info.file = static_cast<uint32_t>(catalog.decoded.size());
    }
  }
  info.name = std::move(name);
}

}  // namespace

bool RecognisesArchive(std::string_view first_bytes) {
  if (first_bytes.substr(0, zip::kMemberSignature.size()) != zip::kMemberSignature ||
      first_bytes.size() < kZipNameAt) {
    return first_bytes.substr(0, 4) == "PK\5\6";  // an archive of no arrays
  }
  const size_t name_bytes = static_cast<unsigned char>(first_bytes[26]) |
                            static_cast<size_t>(static_cast<unsigned char>(first_bytes[27])) << 8U;
  const std::string_view name = first_bytes.substr(kZipNameAt, name_bytes);
  // A name that is longer than what is looked at may end so.
  return name.size() < name_bytes || (name.size() >= kMemberEnd.size() &&
                                      name.substr(name.size() - kMemberEnd.size()) == kMemberEnd);
}

absl::StatusOr<FileCatalog> ReadArrayCatalog(const OpenFile& file, const OpenOptions& options) {
  WEFT_ASSIGN_OR_RETURN(const LocatedArray found, ReadArray(*file.reader, options.limits));
  FileCatalog catalog;
  if (found.trailing_bytes > 0) {
    catalog.warnings.push_back(absl::StrFormat("%s: %d bytes follow the data of the array",
                                               file.reader->where(), found.trailing_bytes));
  }
  AddArray(NameOfPath(SplitAtName(file.path).name), found.array, file.reader, found.data, false,
           catalog);
  return catalog;
}

absl::StatusOr<FileCatalog> ReadArchiveCatalog(const OpenFile& file, const OpenOptions& options) {
  WEFT_ASSIGN_OR_RETURN(Archive archive, ReadArchive(*file.reader, options.limits));
  FileCatalog catalog;
  catalog.warnings = std::move(archive.warnings);
  catalog.tensors.reserve(archive.arrays.size());
  const auto scratch = std::make_shared<ScratchFile>();
  for (MemberArray& found : archive.arrays) {
    if (found.member.method == zip::Method::kStored) {
      AddArray(std::move(found.name), found.array, file.reader, found.data(), false, catalog);
      continue;
    }
    const FileRange range = {found.array.header_bytes, found.array.data_bytes};
    AddArray(std::move(found.name), found.array,
             std::make_shared<const zip::InflatedMember>(file.reader, std::move(found.member),
                                                         zip::Checksum::kAlways, scratch),
             range, true, catalog);
  }
  SortByName(catalog.tensors);
  return catalog;
}

}  // namespace weft::numpy
