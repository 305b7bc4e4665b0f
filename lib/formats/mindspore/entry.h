// One value of a checkpoint: a parameter, a piece of one, or a text.
#ifndef WEFT_FORMATS_MINDSPORE_ENTRY_H_
#define WEFT_FORMATS_MINDSPORE_ENTRY_H_

#include <string>

#include "absl/status/statusor.h"
#include "formats/file_range.h"
#include "formats/protobuf/message_reader.h"
#include "weft/catalog.h"
#include "weft/limits.h"

namespace weft::mindspore {

struct Entry {
  std::string name;
  std::string tensor_type;
  Shape shape;  // as it stands there
  FileRange content;
};

// Reads a Checkpoint.Value. Errors: those of MessageReader;
// kBadHeaderSyntax (a field is missing, stands twice, is unknown or of another type); kBadName;
// kBadShape; kLimitExceeded; kUnsupportedFeature for a map parameter.
absl::StatusOr<Entry> ReadEntry(protobuf::ByteWindow& window, protobuf::MessageReader value,
                                const Limits& limits);

}  // namespace weft::mindspore

#endif  // WEFT_FORMATS_MINDSPORE_ENTRY_H_
