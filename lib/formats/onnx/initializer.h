// One weight of an ONNX graph, where it lies, however it is written.
#ifndef WEFT_FORMATS_ONNX_INITIALIZER_H_
#define WEFT_FORMATS_ONNX_INITIALIZER_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/file_range.h"
#include "formats/onnx/element_type.h"
#include "formats/onnx/external_data.h"
#include "formats/protobuf/message_reader.h"
#include "weft/catalog.h"
#include "weft/limits.h"

namespace weft::onnx {

struct Initializer {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  FileRange message;  // the TensorProto in the file
  // The elements, row-major and little-endian, are one of these:
  //   * `bytes` of the file, one behind the other: raw_data, and numbers of a fixed size;
  std::vector<FileRange> bytes;
  //   * numbers of variable size in the file, which NumberReader decodes;
  std::vector<FileRange> numbers;
  //   * elsewhere.
  std::optional<External> external;
};

// Reads a TensorProto, whose range in the file is `message`. Errors: those of MessageReader;
// kBadHeaderSyntax; kBadName; kBadShape; kBadDtype; kOverflow; kSizeMismatch; kUnsafePath;
// kUnsupportedFeature; kLimitExceeded.
absl::StatusOr<Initializer> ReadInitializer(protobuf::ByteWindow& window,
                                            protobuf::MessageReader tensor, FileRange message,
                                            const Limits& limits);

}  // namespace weft::onnx

#endif  // WEFT_FORMATS_ONNX_INITIALIZER_H_
