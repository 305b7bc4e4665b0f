// Names of tensors as paths of .npy files in a directory, and back.
//
// "layers.0.weight" is layers.0.weight.npy; "a/b" is b.npy in the directory a, as an unpacked .npz
// has it. What a path cannot say is written as %XX, the byte in two capital hexadecimal digits:
//   * '%', '\', ':' and control characters;
//   * a dot that a component begins with, for hidden files and for "..";
//   * a slash at either end of the name and beside another one;
//   * the dot of ".npy" at the end of a directory, which could be taken for a file.
#ifndef WEFT_FORMATS_NUMPY_ARRAY_PATH_H_
#define WEFT_FORMATS_NUMPY_ARRAY_PATH_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/limits.h"

namespace weft::numpy {

// The path, relative to the directory of the checkpoint. Its components are plain names
// (io/path.h). Different names have different paths. Errors: kBadName for the empty name, for names
// that are not valid UTF-8, when a component would have more than 255 bytes, which file systems do
// not hold, and when there would be more than 64 directories.
absl::StatusOr<std::string> PathOfName(std::string_view name);

// The name of a path that ends in ".npy". A '%' that begins no %XX stands for itself, so that
// directories of others can be read.
std::string NameOfPath(std::string_view path);

struct ArrayPath {
  std::string name;
  std::string path;  // relative to the directory
};

// All .npy files in a directory and those in it, in natural order of names. Hidden entries, and
// links to directories, are passed over. Nearer directories are looked at first; where 10,000
// entries are no arrays, it is no directory of arrays, and the list is empty. Errors: kCannotRead;
// kBadName (no UTF-8); kDuplicateName; kLimitExceeded (tensors; directories more than 64 levels
// deep; arrays among so many other entries that they are not all looked for).
absl::StatusOr<std::vector<ArrayPath>> ListArrays(std::string_view directory, const Limits& limits);

}  // namespace weft::numpy

#endif  // WEFT_FORMATS_NUMPY_ARRAY_PATH_H_
