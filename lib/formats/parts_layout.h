// The layout of part files (weft/part_files.h): each is a file by itself.
#ifndef WEFT_FORMATS_PARTS_LAYOUT_H_
#define WEFT_FORMATS_PARTS_LAYOUT_H_

#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/output_layout.h"
#include "formats/writer.h"
#include "weft/part_files.h"

namespace weft {

struct PartsOutput {
  std::unique_ptr<OutputLayout> layout;
  std::vector<OutputTensor> tensors;  // as given, by their names in the files
};

// Of a format that has files. The names of the tensors begin with their parts; `tensors` outlives
// the result. Errors: kUnexpectedTensor for tensors of no part; kIncompleteList where a part has
// none; those of the format.
absl::StatusOr<PartsOutput> LayOutParts(const OutputFormat& format, const PartFiles& files,
                                        const std::vector<OutputTensor>& tensors,
                                        const Metadata& metadata);

}  // namespace weft

#endif  // WEFT_FORMATS_PARTS_LAYOUT_H_
