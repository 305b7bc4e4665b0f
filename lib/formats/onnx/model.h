// The weights of an ONNX model: docs/formats/onnx.md.
#ifndef WEFT_FORMATS_ONNX_MODEL_H_
#define WEFT_FORMATS_ONNX_MODEL_H_

#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/onnx/initializer.h"
#include "weft/limits.h"

namespace weft::onnx {

struct Model {
  std::vector<Initializer> initializers;  // in the order of the file; names are unique
  std::vector<std::string> warnings;
};

// A version of the format, then a field of a model. 64 bytes are enough.
bool Recognises(std::string_view first_bytes);

// Reads everything but data and the attributes of nodes that are no graphs. Errors of initializers
// are reported together. Errors: those of ReadInitializer; kDuplicateName; kBadHeaderSyntax (no
// graph, or two); kUnsupportedFeature (sparse initializers); kLimitExceeded; kCannotRead.
absl::StatusOr<Model> Read(const ByteReader& reader, const Limits& limits);

}  // namespace weft::onnx

#endif  // WEFT_FORMATS_ONNX_MODEL_H_
