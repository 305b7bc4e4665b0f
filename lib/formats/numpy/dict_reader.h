// The one Python literal that an .npy header is: {'descr': …, 'fortran_order': …, 'shape': …}.
#ifndef WEFT_FORMATS_NUMPY_DICT_READER_H_
#define WEFT_FORMATS_NUMPY_DICT_READER_H_

#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "weft/catalog.h"
#include "weft/limits.h"

namespace weft::numpy {

struct HeaderDict {
  std::string descr;
  bool is_fortran_order = false;
  Shape shape;
};

// `where` names the array. Sizes are int64, but nothing else about the shape is checked.
// Errors: kBadHeaderSyntax; kBadShape; kOverflow (a size); kDuplicateName; kLimitExceeded;
// kUnsupportedFeature when `descr` is no string: a structured dtype.
absl::StatusOr<HeaderDict> ReadDict(std::string_view text, std::string_view where,
                                    const Limits& limits);

}  // namespace weft::numpy

#endif  // WEFT_FORMATS_NUMPY_DICT_READER_H_
