// PyTorch as a format to write.
#ifndef WEFT_FORMATS_PYTORCH_OUTPUT_H_
#define WEFT_FORMATS_PYTORCH_OUTPUT_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/output_layout.h"

namespace weft::pytorch {

// One zip. Errors: those of ArchivePlan::Make.
absl::StatusOr<std::unique_ptr<OutputLayout>> FileOutput(std::string_view name,
                                                         const std::vector<OutputTensor>& tensors,
                                                         const Metadata& metadata);

// pytorch_model.bin, or pytorch_model-00001-of-0000N.bin … and their index.
absl::StatusOr<std::unique_ptr<OutputLayout>> DirectoryOutput(
    uint64_t max_shard_bytes, const std::vector<OutputTensor>& tensors, const Metadata& metadata);

inline constexpr DirectoryNames kDirectoryNames = {"pytorch_model", ".bin",
                                                   "pytorch_model.bin.index.json"};

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_OUTPUT_H_
