// The table of the formats that this build writes.
#ifndef WEFT_FORMATS_OUTPUT_FORMATS_H_
#define WEFT_FORMATS_OUTPUT_FORMATS_H_

#include <string_view>

#include "absl/types/span.h"
#include "formats/output_layout.h"

namespace weft {

// The first one with an extension is that of a destination that has it; the first of all is that of
// a directory.
absl::Span<const OutputFormat> AllOutputFormats();

// Whether weft gives a file of a directory this name, in any format: to the weights, to one of
// several files of them, or to their index. Arrays, which are named after tensors, have none.
bool IsWrittenName(std::string_view name);

}  // namespace weft

#endif  // WEFT_FORMATS_OUTPUT_FORMATS_H_
