// Tensors shared out to the files of a directory.
#ifndef WEFT_FORMATS_SHARDS_H_
#define WEFT_FORMATS_SHARDS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/writer.h"

namespace weft {

// The bytes of the tensor's elements.
uint64_t SizeOf(const OutputTensor& tensor);

// The numbers of the tensors in natural order of their names.
std::vector<uint32_t> NaturalOrder(const std::vector<OutputTensor>& tensors);

// `order`, cut where the next tensor would exceed `most_bytes`; no piece is empty unless there is
// no tensor at all. Aliases come into the piece of what they are aliases of, and take no bytes
// there.
std::vector<std::vector<uint32_t>> CutIntoShards(const std::vector<OutputTensor>& tensors,
                                                 const std::vector<uint32_t>& order,
                                                 uint64_t most_bytes);

// What there is to say where the tensors would be cut, but the format knows one file only.
std::vector<std::string> NotCutWarnings(const std::vector<OutputTensor>& tensors,
                                        uint64_t most_bytes, std::string_view file_name);

// The text of an index file: the bytes of all data, and which file each tensor is in. `files[i]` is
// the name of the file of tensor i.
std::string IndexText(const std::vector<OutputTensor>& tensors,
                      const std::vector<std::string>& files, uint64_t total_bytes);

}  // namespace weft

#endif  // WEFT_FORMATS_SHARDS_H_
