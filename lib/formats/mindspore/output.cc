#include "formats/mindspore/output.h"

#include <string>
#include <utility>

#include "diagnostic/status.h"
#include "formats/mindspore/layout.h"
#include "formats/mindspore/metadata.h"
#include "formats/shards.h"

namespace weft::mindspore {

namespace {

absl::StatusOr<std::unique_ptr<OutputLayout>> Output(std::string_view name,
                                                     const std::vector<OutputTensor>& tensors,
                                                     const Metadata& metadata,
                                                     std::vector<std::string> warnings) {
  Metadata texts = metadata;
  for (std::string& warning : DropTensorNames(tensors, texts)) {
    warnings.push_back(std::move(warning));
  }
  WEFT_ASSIGN_OR_RETURN(Layout layout, LayOut(tensors, texts));
  OutputLayout::File file = {std::string(name), layout.size_bytes, {}};
  for (Head& head : layout.heads) {
    file.heads.push_back({head.offset_bytes, std::move(head.bytes)});
  }
  std::vector<TensorPlace> places;
  places.reserve(tensors.size());
  for (auto& pieces : layout.pieces) places.push_back({0, std::move(pieces)});
  std::vector<OutputLayout::File> files;
  files.push_back(std::move(file));
  return std::unique_ptr<OutputLayout>(std::make_unique<FixedLayout>(
      std::move(files), std::move(places), OutputLayout::Index(), std::move(warnings)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<OutputLayout>> FileOutput(std::string_view name,
                                                         const std::vector<OutputTensor>& tensors,
                                                         const Metadata& metadata) {
  return Output(name, tensors, metadata, {});
}

absl::StatusOr<std::unique_ptr<OutputLayout>> DirectoryOutput(
    uint64_t max_shard_bytes, const std::vector<OutputTensor>& tensors, const Metadata& metadata) {
  constexpr std::string_view kName = "model.ckpt";
  return Output(kName, tensors, metadata, NotCutWarnings(tensors, max_shard_bytes, kName));
}

}  // namespace weft::mindspore
