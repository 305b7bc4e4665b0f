// What MindSpore reads, of either of its formats.
#ifndef WEFT_FORMATS_MINDSPORE_LOADABLE_H_
#define WEFT_FORMATS_MINDSPORE_LOADABLE_H_

#include <string_view>

#include "absl/status/status.h"
#include "weft/dtype.h"

namespace weft::mindspore {

// Errors: kUnsupportedFeature for a dtype that load_checkpoint of MindSpore 2.10 does not read.
absl::Status CheckLoadable(std::string_view name, DType dtype);

}  // namespace weft::mindspore

#endif  // WEFT_FORMATS_MINDSPORE_LOADABLE_H_
