// The index of a checkpoint in several files: {"metadata": {…}, "weight_map": {tensor: file}}; in
// MindSpore's param_name_map.json also {tensor: file}.
#ifndef WEFT_FORMATS_INDEX_H_
#define WEFT_FORMATS_INDEX_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/limits.h"

namespace weft {

struct IndexEntry {
  std::string tensor;
  uint32_t file = 0;  // into Index::files
};

struct Index {
  std::vector<std::string> files;  // plain names; natural order, each once
  std::vector<IndexEntry> tensors;
};

// Whether a file that starts so may be JSON.
bool MayBeJsonObject(std::string_view first_bytes);

// Parses the text of an index file. `metadata` is not looked at: `total_size` is advisory, and
// often wrong. Errors: kUnknownFormat when the root has no `weight_map`; kBadHeaderSyntax;
// kBadMetadata; kDuplicateName; kUnsafePath; kLimitExceeded.
absl::StatusOr<Index> ParseIndex(std::string_view text, std::string_view path,
                                 const Limits& limits);

}  // namespace weft

#endif  // WEFT_FORMATS_INDEX_H_
