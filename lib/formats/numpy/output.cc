#include "formats/numpy/output.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/numpy/layout.h"
#include "formats/shards.h"
#include "formats/zip/crc32.h"
#include "formats/zip/crc_pieces.h"

namespace weft::numpy {
namespace {

class ArchiveFile final : public OutputLayout {
 public:
  ArchiveFile(std::string_view name, ArchiveLayout layout, std::vector<std::string> warnings)
      : layout_(std::move(layout)),
        pieces_(layout_.headers.size()),
        warnings_(std::move(warnings)) {
    File file = {std::string(name), layout_.zip.file_bytes(), {}};
    for (size_t i = 0; i < layout_.headers.size(); ++i) {
      const std::string& header = layout_.headers[i];
      file.heads.push_back({layout_.zip.offset_bytes(i), header});
      pieces_[i].Add(0, header.size(), zip::Crc32(0, header));
      places_.push_back({0, {layout_.data[i]}});
    }
    files_.push_back(std::move(file));
  }

  const std::vector<File>& files() const override { return files_; }
  const std::vector<TensorPlace>& places() const override { return places_; }

  std::vector<std::string> warnings() const override { return warnings_; }

  bool NeedsData() const override { return true; }

  absl::Status NoteData(uint32_t, uint64_t offset_bytes, std::string_view data) override {
    if (data.empty()) return absl::OkStatus();
    // The last member whose data begin at or before these. They rise with the members.
    const auto after = std::upper_bound(
        layout_.data.begin(), layout_.data.end(), offset_bytes,
        [](uint64_t offset, const FileRange& range) { return offset < range.offset_bytes; });
    const auto member = static_cast<size_t>(after - layout_.data.begin()) - 1;
    const uint32_t crc = zip::Crc32(0, data);  // the long part, outside of the lock
    const std::lock_guard<std::mutex> lock(mutex_);
    if (pieces_[member].Add(offset_bytes - layout_.zip.offset_bytes(member), data.size(), crc)) {
      return absl::OkStatus();
    }
    return ErrorStatus(
        ErrorCode::kInternal, "npz writer",
        absl::StrFormat("%d bytes at byte %d are written twice", data.size(), offset_bytes));
  }

  absl::StatusOr<std::vector<Patch>> Finish(uint32_t) override {
    std::vector<Patch> patches;
    for (size_t i = 0; i < pieces_.size(); ++i) {
      const std::optional<uint32_t> crc = pieces_[i].Of(layout_.zip.size_bytes(i));
      if (!crc) {
        return ErrorStatus(ErrorCode::kInternal, "npz writer",
                           absl::StrFormat("data of array %d was not written", i));
      }
      layout_.zip.SetCrc(i, *crc);
      patches.push_back({layout_.zip.header_offset_bytes(i), layout_.zip.Header(i)});
    }
    patches.push_back({layout_.zip.end_offset_bytes(), layout_.zip.End()});
    return patches;
  }

 private:
  ArchiveLayout layout_;
  std::vector<File> files_;
  std::vector<TensorPlace> places_;
  std::mutex mutex_;
  std::vector<zip::CrcPieces> pieces_;  // of the members
  std::vector<std::string> warnings_;
};

absl::StatusOr<std::unique_ptr<OutputLayout>> Output(std::string_view name,
                                                     const std::vector<OutputTensor>& tensors,
                                                     std::vector<std::string> warnings) {
  WEFT_ASSIGN_OR_RETURN(ArchiveLayout layout, LayOutArchive(tensors));
  return std::unique_ptr<OutputLayout>(
      std::make_unique<ArchiveFile>(name, std::move(layout), std::move(warnings)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<OutputLayout>> ArchiveOutput(
    std::string_view name, const std::vector<OutputTensor>& tensors, const Metadata&) {
  return Output(name, tensors, {});
}

absl::StatusOr<std::unique_ptr<OutputLayout>> ArchiveDirectoryOutput(
    uint64_t max_shard_bytes, const std::vector<OutputTensor>& tensors, const Metadata&) {
  constexpr std::string_view kName = "model.npz";
  return Output(kName, tensors, NotCutWarnings(tensors, max_shard_bytes, kName));
}

absl::StatusOr<std::unique_ptr<OutputLayout>> ArraysOutput(uint64_t /*max_shard_bytes*/,
                                                           const std::vector<OutputTensor>& tensors,
                                                           const Metadata&) {
  WEFT_ASSIGN_OR_RETURN(std::vector<FileLayout> arrays, LayOutDirectory(tensors));
  std::vector<OutputLayout::File> files;
  std::vector<TensorPlace> places;
  for (FileLayout& array : arrays) {
    const uint64_t header_bytes = array.header.size();
    places.push_back({static_cast<uint32_t>(files.size()), {{header_bytes, array.data_bytes}}});
    files.push_back(
        {std::move(array.path), header_bytes + array.data_bytes, {{0, std::move(array.header)}}});
  }
  return std::unique_ptr<OutputLayout>(
      std::make_unique<FixedLayout>(std::move(files), std::move(places), OutputLayout::Index()));
}

absl::StatusOr<std::unique_ptr<OutputLayout>> ArrayOutput(std::string_view name,
                                                          const std::vector<OutputTensor>& tensors,
                                                          const Metadata&) {
  if (tensors.size() != 1) {
    return ErrorStatus(
        ErrorCode::kUnsupportedFeature, Escaped(name),
        absl::StrFormat("an .npy file holds one array; there are %d tensors", tensors.size()),
        "name an .npz file, or a directory with --to npy-dir");
  }
  WEFT_ASSIGN_OR_RETURN(std::vector<FileLayout> arrays, LayOutDirectory(tensors));
  const uint64_t header_bytes = arrays[0].header.size();
  std::vector<OutputLayout::File> files;
  files.push_back(
      {std::string(name), header_bytes + arrays[0].data_bytes, {{0, std::move(arrays[0].header)}}});
  std::vector<TensorPlace> places = {{0, {{header_bytes, arrays[0].data_bytes}}}};
  return std::unique_ptr<OutputLayout>(
      std::make_unique<FixedLayout>(std::move(files), std::move(places), OutputLayout::Index()));
}

}  // namespace weft::numpy
