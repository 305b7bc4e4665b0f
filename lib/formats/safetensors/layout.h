// Where each tensor goes: which file, and where in it. No I/O.
#ifndef WEFT_FORMATS_SAFETENSORS_LAYOUT_H_
#define WEFT_FORMATS_SAFETENSORS_LAYOUT_H_

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/writer.h"

namespace weft::safetensors {

struct FileLayout {
  std::string name;
  std::vector<uint32_t> by_name;  // the tensors in natural order of names
  std::vector<uint32_t> tensors;  // the same in the order of their data
  std::string header;             // everything that stands before the data, its length included
  uint64_t data_bytes = 0;

  uint64_t size_bytes() const { return header.size() + data_bytes; }
};

struct Layout {
  std::vector<FileLayout> files;
  std::vector<OutputExtent> extents;  // one for each tensor, in the order they were given
  uint64_t data_bytes = 0;            // of all files
};

// One file of that name.
absl::StatusOr<Layout> LayOutFile(std::string_view name, const std::vector<OutputTensor>& tensors,
                                  const std::map<std::string, std::string>& metadata);

// model.safetensors when the data fits one shard, otherwise model-00001-of-0000N.safetensors …: in
// natural order of names, each file is filled until the next tensor would exceed `max_shard_bytes`.
absl::StatusOr<Layout> LayOutShards(uint64_t max_shard_bytes,
                                    const std::vector<OutputTensor>& tensors,
                                    const std::map<std::string, std::string>& metadata);

// Errors of both: kBadName (a name that the format cannot hold), kDuplicateName, kBadMetadata (text
// that is not UTF-8), kOverflow, kNotByteAligned, kLimitExceeded (a header beyond the format's
// limit).

}  // namespace weft::safetensors

#endif  // WEFT_FORMATS_SAFETENSORS_LAYOUT_H_
