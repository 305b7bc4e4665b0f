#include "formats/safetensors/output.h"

#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/mindspore/loadable.h"
#include "formats/mindspore/metadata.h"
#include "formats/safetensors/layout.h"
#include "formats/shards.h"

namespace weft::safetensors {
namespace {

constexpr std::string_view kFormatKey = "format";

std::unique_ptr<OutputLayout> OutputOf(Layout layout, const std::vector<OutputTensor>& tensors,
                                       std::string_view index_name,
                                       std::vector<std::string> warnings = {}) {
  std::vector<OutputLayout::File> files;
  files.reserve(layout.files.size());
  for (FileLayout& file : layout.files) {
    files.push_back({file.name, file.size_bytes(), {{0, std::move(file.header)}}});
  }
  std::vector<TensorPlace> places;
  std::vector<std::string> names;
  places.reserve(tensors.size());
  for (const OutputExtent& extent : layout.extents) {
    places.push_back({extent.file, {{extent.offset_bytes, extent.size_bytes}}});
    if (files.size() > 1) names.push_back(files[extent.file].path);
  }
  OutputLayout::Index index;
  if (files.size() > 1) {
    index = {std::string(index_name), IndexText(tensors, names, layout.data_bytes)};
  }
  return std::make_unique<FixedLayout>(std::move(files), std::move(places), std::move(index),
                                       std::move(warnings));
}

absl::Status CheckLoadable(const std::vector<OutputTensor>& tensors) {
  Diagnostics diagnostics;
  for (const OutputTensor& tensor : tensors) {
    diagnostics.Add(mindspore::CheckLoadable(tensor.name, tensor.dtype));
  }
  return diagnostics.ToStatus();
}

// Makes metadata such as MindSpore's own files have.
std::vector<std::string> MakeMindSpores(const std::vector<OutputTensor>& tensors,
                                        Metadata& metadata) {
  std::vector<std::string> warnings = mindspore::DropTensorNames(tensors, metadata);
  const auto drop = [&](std::string_view key) {
    if (metadata.erase(std::string(key)) == 0) return;
    warnings.push_back(absl::StrFormat(
        "the metadata '%s' are left out: in MindSpore's safetensors files they would be said of "
        "the file",
        key));
  };
  // What would be true of such a file read was taken out before.
  drop(mindspore::kCheckSumKey);
  drop(mindspore::kRedundancyKey);
  metadata[std::string(kFormatKey)] = "ms";
  return warnings;
}

}  // namespace

absl::StatusOr<std::unique_ptr<OutputLayout>> FileOutput(std::string_view name,
                                                         const std::vector<OutputTensor>& tensors,
                                                         const Metadata& metadata) {
  WEFT_ASSIGN_OR_RETURN(Layout layout, LayOutFile(name, tensors, metadata));
  return OutputOf(std::move(layout), tensors, "");
}

absl::StatusOr<std::unique_ptr<OutputLayout>> DirectoryOutput(
    uint64_t max_shard_bytes, const std::vector<OutputTensor>& tensors, const Metadata& metadata) {
  WEFT_ASSIGN_OR_RETURN(Layout layout, LayOutShards(max_shard_bytes, tensors, metadata));
  return OutputOf(std::move(layout), tensors, kDirectoryNames.index);
}

absl::StatusOr<std::unique_ptr<OutputLayout>> MindSporeFileOutput(
    std::string_view name, const std::vector<OutputTensor>& tensors, const Metadata& metadata) {
  WEFT_RETURN_IF_ERROR(CheckLoadable(tensors));
  Metadata own = metadata;
  std::vector<std::string> warnings = MakeMindSpores(tensors, own);
  WEFT_ASSIGN_OR_RETURN(Layout layout, LayOutFile(name, tensors, own));
  return OutputOf(std::move(layout), tensors, "", std::move(warnings));
}

absl::StatusOr<std::unique_ptr<OutputLayout>> MindSporeDirectoryOutput(
    uint64_t max_shard_bytes, const std::vector<OutputTensor>& tensors, const Metadata& metadata) {
  WEFT_RETURN_IF_ERROR(CheckLoadable(tensors));
  Metadata own = metadata;
  std::vector<std::string> warnings = MakeMindSpores(tensors, own);
  WEFT_ASSIGN_OR_RETURN(Layout layout, LayOutShards(max_shard_bytes, tensors, own));
  return OutputOf(std::move(layout), tensors, "param_name_map.json", std::move(warnings));
}

}  // namespace weft::safetensors
