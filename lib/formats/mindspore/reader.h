// What a MindSpore .ckpt file holds: docs/formats/mindspore.md.
//
//   WEFT_ASSIGN_OR_RETURN(const mindspore::Contents contents, mindspore::Read(reader, limits));
//   for (const mindspore::Parameter& parameter : contents.parameters) …
#ifndef WEFT_FORMATS_MINDSPORE_READER_H_
#define WEFT_FORMATS_MINDSPORE_READER_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "formats/byte_reader.h"
#include "formats/file_range.h"
#include "weft/catalog.h"
#include "weft/dtype.h"
#include "weft/limits.h"

namespace weft::mindspore {

// Row-major, little-endian.
struct Parameter {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  bool is_int4 = false;  // its bytes are two integers each; see tensor_type.h
  // Where the elements are, piece by piece, in their order; no piece is empty. A piece may end
  // within a row, and within an element.
  absl::InlinedVector<FileRange, 1> pieces;
};

struct Contents {
  std::vector<Parameter> parameters;         // in the order of the file; names are unique
  std::map<std::string, std::string> texts;  // in UTF-8; no name is that of a parameter
  std::optional<uint32_t> crc;               // of the trailer, not compared
};

// Whether a file that starts with these bytes is MindSpore's: a checkpoint, or one of the files
// that Read refuses by name. 64 bytes are enough.
bool Recognises(std::string_view first_bytes);

// Reads everything but the data of tensors. Errors of parameters are reported together.
// Errors: every rule of docs/formats/mindspore.md; kUnsupportedFeature for encrypted files,
// parallel strategies, graphs and map parameters; kLimitExceeded; kCannotRead; kInputChanged.
absl::StatusOr<Contents> Read(const ByteReader& reader, const Limits& limits);

}  // namespace weft::mindspore

#endif  // WEFT_FORMATS_MINDSPORE_READER_H_
