// One number for the content of a checkpoint, however it was loaded.
//
//   absl::StatusOr<std::string> digest = weft::Digest(loaded->tensors);
//   // "2f1c…": 32 hexadecimal digits
//
// Equal for equal names, dtypes, shapes and bytes; it does not depend on threads, on who owns the
// memory, nor on the format, the files and the order that the tensors came from. It finds changes
// that happen by accident. It is no signature: whoever wants to can make two contents with the same
// digest.
//
// What is hashed, so that others can compute it. XXH3 is XXH3_128bits of xxHash 0.8 with seed 0,
// numbers are little-endian, and a hash is written in its canonical form, 16 bytes, high half
// first. The digest is XXH3 of this string:
//
//   the 14 bytes "weft digest 1\n"
//   the number of tensors                                          8 bytes
//   for each tensor, in natural order of names (NaturalLess):
//     the length of the name in bytes                              8 bytes
//     the name
//     the value of the DType enumerator                            1 byte
//     the rank                                                     8 bytes
//     the size of each axis, outermost first                       8 bytes each
//     XXH3 of the tensor's bytes                                   16 bytes
//
// and is spelled as the lower-case hexadecimal digits of its canonical form.
#ifndef WEFT_DIGEST_H_
#define WEFT_DIGEST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/load.h"

namespace weft {

// The tensors may be in any order. `threads` as in LoadOptions; a tensor is hashed by one of them.
// Safe to call from any thread; the data must not change meanwhile.
//
// Errors: kBadArgument (the number of threads).
absl::StatusOr<std::string> Digest(const std::vector<LoadedTensor>& tensors, int threads = 0);

}  // namespace weft

#endif  // WEFT_DIGEST_H_
