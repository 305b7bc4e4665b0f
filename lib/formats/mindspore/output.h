// MindSpore's .ckpt as a format to write.
#ifndef WEFT_FORMATS_MINDSPORE_OUTPUT_H_
#define WEFT_FORMATS_MINDSPORE_OUTPUT_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/output_layout.h"

namespace weft::mindspore {

// Metadata become texts, but for those that have the name of a tensor. Errors: those of LayOut
// (layout.h).
absl::StatusOr<std::unique_ptr<OutputLayout>> FileOutput(std::string_view name,
                                                         const std::vector<OutputTensor>& tensors,
                                                         const Metadata& metadata);

// One file, model.ckpt, with a warning where that is more than was asked for: MindSpore has no
// index for several.
absl::StatusOr<std::unique_ptr<OutputLayout>> DirectoryOutput(
    uint64_t max_shard_bytes, const std::vector<OutputTensor>& tensors, const Metadata& metadata);

inline constexpr DirectoryNames kDirectoryNames = {"model", ".ckpt", ""};

}  // namespace weft::mindspore

#endif  // WEFT_FORMATS_MINDSPORE_OUTPUT_H_
