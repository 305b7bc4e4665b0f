// Metadata that mean something to MindSpore: docs/formats/mindspore.md.
#ifndef WEFT_FORMATS_MINDSPORE_METADATA_H_
#define WEFT_FORMATS_MINDSPORE_METADATA_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "formats/writer.h"
#include "weft/dtype.h"

namespace weft::mindspore {

// Of MindSpore's safetensors files: the check sum of the file's tensors, and whether parameters
// that another rank holds were left out of it.
inline constexpr std::string_view kCheckSumKey = "crc_num";
inline constexpr std::string_view kRedundancyKey = "remove_redundancy";

// Whether an entry with this text, under the name of a tensor of that dtype, says that each of its
// bytes is two 4-bit integers.
bool IsInt4Note(std::string_view text, DType dtype);

// Takes out the entries that have the name of a tensor and are no notes of it: load_checkpoint
// takes the texts of a safetensors file for types of its tensors, and in a .ckpt a name stands
// once. Returns what there is to say of it.
std::vector<std::string> DropTensorNames(const std::vector<OutputTensor>& tensors,
                                         std::map<std::string, std::string>& metadata);

}  // namespace weft::mindspore

#endif  // WEFT_FORMATS_MINDSPORE_METADATA_H_
