// Data in other files that no initializer of the main graph has, and that must stay as they are.
#ifndef WEFT_FORMATS_ONNX_FIXED_DATA_H_
#define WEFT_FORMATS_ONNX_FIXED_DATA_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/onnx/external_data.h"
#include "weft/limits.h"

namespace weft::onnx {

// External data of a tensor of an inner graph, in an attribute of a node, in a function or in a
// graph for training.
struct FixedData {
  std::string name;  // of the tensor, for messages; not always one that it has
  External external;
  bool reaches_end = false;  // of its file: the tensor says no length, and size_bytes is 0
};

// Errors: those of ExternalData; kLimitExceeded for names.
absl::StatusOr<std::vector<FixedData>> ReadFixedData(const ByteReader& reader,
                                                     const Limits& limits);

}  // namespace weft::onnx

#endif  // WEFT_FORMATS_ONNX_FIXED_DATA_H_
