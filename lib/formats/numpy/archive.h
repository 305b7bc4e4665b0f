// The arrays of an .npz file: a zip archive with one .npy file for each array.
//
// What is stored lies in the file as it is. What is deflated has to be read from its beginning, by
// zip::MemberStream.
#ifndef WEFT_FORMATS_NUMPY_ARCHIVE_H_
#define WEFT_FORMATS_NUMPY_ARCHIVE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/file_range.h"
#include "formats/numpy/header.h"
#include "formats/zip/zip_directory.h"
#include "weft/limits.h"

namespace weft::numpy {

struct MemberArray {
  std::string name;    // "layers.0.weight" of the member "layers.0.weight.npy"
  zip::Member member;  // its content is the header, then the data
  Array array;

  // Where the data of a member that is stored lie in the file.
  FileRange data() const { return {member.offset_bytes + array.header_bytes, array.data_bytes}; }
};

struct Archive {
  std::vector<MemberArray> arrays;  // in the order of the members; names are unique
  std::vector<std::string> warnings;
};

// Whether the file is a zip in which a member is an array, by its name, and none is a pickle, as
// PyTorch has it.
bool IsArchiveOfArrays(const ByteReader& reader);

// Reads the directory and the headers of the arrays. Members that are no arrays are left out, with
// a warning; directories without one. Errors of arrays are reported together.
// Errors: those of zip::ReadDirectory, of zip::MemberStream and of ParseHeader; kTruncated (a
// member ends within its data); kDuplicateName; kLimitExceeded.
absl::StatusOr<Archive> ReadArchive(const ByteReader& reader, const Limits& limits);

}  // namespace weft::numpy

#endif  // WEFT_FORMATS_NUMPY_ARCHIVE_H_
