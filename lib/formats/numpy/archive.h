// The arrays of an .npz file: a zip archive with one .npy file for each array.
//
// This knows nothing of zip: its caller has the directory of the archive, and can give the first
// bytes of a member, inflated where it is compressed.
#ifndef WEFT_FORMATS_NUMPY_ARCHIVE_H_
#define WEFT_FORMATS_NUMPY_ARCHIVE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/numpy/header.h"
#include "weft/limits.h"

namespace weft::numpy {

struct Member {
  std::string name;         // as in the archive: "layers.0.weight.npy"
  uint64_t size_bytes = 0;  // not compressed
};

struct MemberArray {
  std::string name;  // "layers.0.weight"
  size_t member = 0;
  Array array;  // its data begins at header_bytes of the member's content
};

struct Archive {
  std::vector<MemberArray> arrays;  // in the order of the members; names are unique
  std::vector<std::string> warnings;
};

// The first `size_bytes` of the content of a member, or all of it.
using ReadFirst = std::function<absl::StatusOr<std::string>(size_t member, size_t size_bytes)>;

// Members that are no arrays are left out, with a warning; directories without one. `where` names
// the archive. Errors of arrays are reported together.
// Errors: those of ParseHeader and of `read_first`; kTruncated (a member ends within its data);
// kDuplicateName; kBadName (no UTF-8); kLimitExceeded.
absl::StatusOr<Archive> ReadArchive(const std::vector<Member>& members, const ReadFirst& read_first,
                                    std::string_view where, const Limits& limits);

// "layers.0.weight" → "layers.0.weight.npy", as numpy.savez has it.
std::string MemberNameOf(std::string_view name);

}  // namespace weft::numpy

#endif  // WEFT_FORMATS_NUMPY_ARCHIVE_H_
