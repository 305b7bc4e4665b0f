// safetensors as a format to write.
#ifndef WEFT_FORMATS_SAFETENSORS_OUTPUT_H_
#define WEFT_FORMATS_SAFETENSORS_OUTPUT_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/output_layout.h"

namespace weft::safetensors {

// Errors: those of layout.h.
absl::StatusOr<std::unique_ptr<OutputLayout>> FileOutput(std::string_view name,
                                                         const std::vector<OutputTensor>& tensors,
                                                         const Metadata& metadata);
absl::StatusOr<std::unique_ptr<OutputLayout>> DirectoryOutput(
    uint64_t max_shard_bytes, const std::vector<OutputTensor>& tensors, const Metadata& metadata);

// As MindSpore reads them: the metadata say so, and the index is param_name_map.json. Errors also:
// kUnsupportedFeature (a dtype that it does not read).
absl::StatusOr<std::unique_ptr<OutputLayout>> MindSporeFileOutput(
    std::string_view name, const std::vector<OutputTensor>& tensors, const Metadata& metadata);
absl::StatusOr<std::unique_ptr<OutputLayout>> MindSporeDirectoryOutput(
    uint64_t max_shard_bytes, const std::vector<OutputTensor>& tensors, const Metadata& metadata);

inline constexpr DirectoryNames kDirectoryNames = {"model", ".safetensors",
                                                   "model.safetensors.index.json"};
inline constexpr DirectoryNames kMindSporeDirectoryNames = {"model", ".safetensors",
                                                            "param_name_map.json"};

}  // namespace weft::safetensors

#endif  // WEFT_FORMATS_SAFETENSORS_OUTPUT_H_
