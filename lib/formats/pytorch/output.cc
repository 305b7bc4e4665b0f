#include "formats/pytorch/output.h"

#include <limits>
#include <string>
#include <utility>

#include "diagnostic/status.h"
#include "formats/part_names.h"
#include "formats/pytorch/archive_plan.h"
#include "formats/shards.h"

namespace weft::pytorch {
namespace {

class Output final : public OutputLayout {
 public:
  static absl::StatusOr<std::unique_ptr<OutputLayout>> Make(
      const std::vector<OutputTensor>& tensors, const Metadata& metadata, uint64_t most_bytes,
      std::string_view only_name) {
    auto output = std::make_unique<Output>();
    output->places_.resize(tensors.size());
    std::vector<std::string> names(tensors.size());
    const std::vector<std::vector<uint32_t>> shards =
        CutIntoShards(tensors, NaturalOrder(tensors), most_bytes);
    for (size_t i = 0; i < shards.size(); ++i) {
      std::string name = shards.size() == 1 ? std::string(only_name)
                                            : NameOfPart(kDirectoryNames.stem, i + 1, shards.size(),
                                                         kDirectoryNames.extension);
      for (const uint32_t tensor : shards[i]) names[tensor] = name;
      WEFT_RETURN_IF_ERROR(output->AddFile(std::move(name), shards[i], tensors, metadata));
    }
    if (shards.size() > 1) {
      output->index_ = {std::string(kDirectoryNames.index),
                        IndexText(tensors, names, output->data_bytes_)};
    }
    return std::unique_ptr<OutputLayout>(std::move(output));
  }

  const std::vector<File>& files() const override { return files_; }
  const std::vector<TensorPlace>& places() const override { return places_; }
  const Index& index() const override { return index_; }

  bool NeedsData() const override { return true; }
  absl::Status NoteData(uint32_t file, uint64_t offset_bytes, std::string_view data) override {
    return archives_[file].NoteData(offset_bytes, data);
  }
  absl::StatusOr<std::vector<Patch>> Finish(uint32_t file) override {
    return archives_[file].Finish();
  }

 private:
  absl::Status AddFile(std::string name, const std::vector<uint32_t>& numbers,
                       const std::vector<OutputTensor>& tensors, const Metadata& metadata) {
    std::vector<OutputTensor> own;
    std::vector<size_t> aliases;
    std::vector<size_t> place_of(tensors.size());
    for (const uint32_t i : numbers) {
      place_of[i] = own.size();
      own.push_back(tensors[i]);
      aliases.push_back(tensors[i].alias_of.has_value() ? place_of[*tensors[i].alias_of]
                                                        : ArchivePlan::kOwn);
    }
    WEFT_ASSIGN_OR_RETURN(ArchivePlan archive, ArchivePlan::Make(own, aliases, metadata));
    const auto file = static_cast<uint32_t>(files_.size());
    for (size_t i = 0; i < own.size(); ++i) {
      const OutputExtent& extent = archive.extents()[i];
      places_[numbers[i]] = {file, {{extent.offset_bytes, extent.size_bytes}}};
      if (aliases[i] == ArchivePlan::kOwn) data_bytes_ += extent.size_bytes;
    }
    files_.push_back({std::move(name), archive.file_bytes(), {{0, archive.Beginning()}}});
    archives_.push_back(std::move(archive));
    return absl::OkStatus();
  }

  std::vector<ArchivePlan> archives_;  // of the files
  std::vector<File> files_;
  std::vector<TensorPlace> places_;
  Index index_;
  uint64_t data_bytes_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<OutputLayout>> FileOutput(std::string_view name,
                                                         const std::vector<OutputTensor>& tensors,
                                                         const Metadata& metadata) {
  return Output::Make(tensors, metadata, std::numeric_limits<uint64_t>::max(), name);
}

absl::StatusOr<std::unique_ptr<OutputLayout>> DirectoryOutput(
    uint64_t max_shard_bytes, const std::vector<OutputTensor>& tensors, const Metadata& metadata) {
  return Output::Make(tensors, metadata, max_shard_bytes, "pytorch_model.bin");
}

}  // namespace weft::pytorch
