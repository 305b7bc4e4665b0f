// NumPy's files as formats to write. They hold no metadata.
#ifndef WEFT_FORMATS_NUMPY_OUTPUT_H_
#define WEFT_FORMATS_NUMPY_OUTPUT_H_

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "formats/output_layout.h"

namespace weft::numpy {

// An .npz file. Errors: those of LayOutArchive (layout.h).
absl::StatusOr<std::unique_ptr<OutputLayout>> ArchiveOutput(
    std::string_view name, const std::vector<OutputTensor>& tensors, const Metadata& metadata);

// One file, model.npz, with a warning where that is more than was asked for.
absl::StatusOr<std::unique_ptr<OutputLayout>> ArchiveDirectoryOutput(
    uint64_t max_shard_bytes, const std::vector<OutputTensor>& tensors, const Metadata& metadata);

// An .npy file, of one tensor. Errors: those of LayOutDirectory (layout.h); kUnsupportedFeature for
// more tensors, or none.
absl::StatusOr<std::unique_ptr<OutputLayout>> ArrayOutput(std::string_view name,
                                                          const std::vector<OutputTensor>& tensors,
                                                          const Metadata& metadata);

// A directory with an .npy file for each tensor. Errors: those of LayOutDirectory.
absl::StatusOr<std::unique_ptr<OutputLayout>> ArraysOutput(uint64_t max_shard_bytes,
                                                           const std::vector<OutputTensor>& tensors,
                                                           const Metadata& metadata);

// Of ArchiveDirectoryOutput.
inline constexpr DirectoryNames kArchiveDirectoryNames = {"model", ".npz", ""};

}  // namespace weft::numpy

#endif  // WEFT_FORMATS_NUMPY_OUTPUT_H_
