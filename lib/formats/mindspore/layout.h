// Where everything goes in a .ckpt file, as save_checkpoint of MindSpore 2.10 would put it. No I/O.
//
// Names and shapes stand between the data of tensors, so a file is heads and data by turns. All
// heads are known before any data is.
#ifndef WEFT_FORMATS_MINDSPORE_LAYOUT_H_
#define WEFT_FORMATS_MINDSPORE_LAYOUT_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "formats/file_range.h"
#include "formats/writer.h"

namespace weft::mindspore {

struct LayoutOptions {
  // A tensor with more bytes is cut into pieces of so many.
  uint64_t piece_bytes = uint64_t{512} << 20;
};

// Bytes that are no tensor's data.
struct Head {
  uint64_t offset_bytes = 0;
  std::string bytes;
};

struct Layout {
  std::vector<Head> heads;  // in order of their offsets
  // Where the elements of each tensor go, row-major and little-endian, in the order given; none for
  // a tensor without elements.
  std::vector<absl::InlinedVector<FileRange, 1>> pieces;
  uint64_t size_bytes = 0;  // of the file
};

// The tensors stand in the order given, then the texts. A text under the name of a tensor is no
// text but a note of it (metadata.h), by which its type is Int4.
// Errors: kBadName and kBadMetadata (no UTF-8), kDuplicateName, kUnsupportedFeature (a dtype that
// load_checkpoint does not read; shape [0], which it takes for a scalar; nothing at all),
// kOverflow.
absl::StatusOr<Layout> LayOut(const std::vector<OutputTensor>& tensors,
                              const std::map<std::string, std::string>& texts,
                              const LayoutOptions& options = {});

}  // namespace weft::mindspore

#endif  // WEFT_FORMATS_MINDSPORE_LAYOUT_H_
