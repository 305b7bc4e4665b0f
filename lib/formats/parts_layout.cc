#include "formats/parts_layout.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/metadata.h"
#include "io/path.h"

namespace weft {
namespace {

// Several layouts of one file each, side by side.
class PartsLayout final : public OutputLayout {
 public:
  PartsLayout(std::vector<std::unique_ptr<OutputLayout>> parts, std::vector<File> files,
              std::vector<TensorPlace> places)
      : parts_(std::move(parts)), files_(std::move(files)), places_(std::move(places)) {}

  const std::vector<File>& files() const override { return files_; }
  const std::vector<TensorPlace>& places() const override { return places_; }

  std::vector<std::string> warnings() const override {
    std::vector<std::string> all;
    for (const auto& part : parts_) {
      for (std::string& warning : part->warnings()) all.push_back(std::move(warning));
    }
    return all;
  }

  bool NeedsData() const override {
    return std::any_of(parts_.begin(), parts_.end(),
                       [](const auto& part) { return part->NeedsData(); });
  }
  absl::Status NoteData(uint32_t file, uint64_t offset_bytes, std::string_view data) override {
    return parts_[file]->NoteData(0, offset_bytes, data);
  }
  absl::StatusOr<std::vector<Patch>> Finish(uint32_t file) override {
    return parts_[file]->Finish(0);
  }
  absl::Status Check(uint32_t file, const ByteReader& written) const override {
    return parts_[file]->Check(0, written);
  }

 private:
  std::vector<std::unique_ptr<OutputLayout>> parts_;  // by file
  std::vector<File> files_;
  std::vector<TensorPlace> places_;
};

// The tensors of each part, by their numbers.
absl::StatusOr<std::vector<std::vector<size_t>>> TensorsByPart(const PartFiles& files,
                                                               std::vector<OutputTensor>& tensors) {
  std::vector<std::vector<size_t>> parts;
  Diagnostics diagnostics;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const auto cut = CutPart(tensors[i].name);
    if (!cut.has_value() || cut->second.empty()) {
      diagnostics.Add(ErrorCode::kUnexpectedTensor,
                      absl::StrFormat("tensor '%s'", Escaped(tensors[i].name)),
                      absl::StrFormat("its name does not begin with the number of one of the files "
                                      "'%s' and a slash",
                                      Escaped(files.text())),
                      "the mapping must give every tensor a part, or drop it");
      continue;
    }
    // Checked before there is room for so many: then some part has no tensor.
    if (cut->first >= tensors.size()) {
      diagnostics.Add(ErrorCode::kIncompleteList,
                      absl::StrFormat("tensor '%s'", Escaped(tensors[i].name)),
                      absl::StrFormat("there is no tensor for each part before it, of %d tensors",
                                      tensors.size()),
                      "parts are numbered from 0 on, without a hole");
      continue;
    }
    if (parts.size() <= cut->first) parts.resize(cut->first + 1);
    parts[cut->first].push_back(i);
    tensors[i].name = cut->second;
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  for (size_t part = 0; part < parts.size(); ++part) {
    if (!parts[part].empty()) continue;
    return ErrorStatus(ErrorCode::kIncompleteList, Escaped(files.text()),
                       absl::StrFormat("part %d has no tensors, of %d parts", part, parts.size()),
                       "parts are numbered from 0 on, without a hole");
  }
  return parts;
}

// Notes on tensors go to the part that they are in, under the names that they have there.
Metadata MetadataOfPart(size_t part, const Metadata& metadata) {
  Metadata own;
  for (const auto& [key, text] : metadata) {
    const auto cut = MayBeTensorNote(text) ? CutPart(key) : std::nullopt;
    if (!cut.has_value()) {
      own.emplace(key, text);
    } else if (cut->first == part) {
      own.insert_or_assign(std::string(cut->second), text);
    }
  }
  return own;
}

}  // namespace

absl::StatusOr<PartsOutput> LayOutParts(const OutputFormat& format, const PartFiles& files,
                                        const std::vector<OutputTensor>& tensors,
                                        const Metadata& metadata) {
  PartsOutput output;
  output.tensors = tensors;
  WEFT_ASSIGN_OR_RETURN(const std::vector<std::vector<size_t>> parts,
                        TensorsByPart(files, output.tensors));
  std::vector<std::unique_ptr<OutputLayout>> layouts;
  std::vector<OutputLayout::File> laid_out;
  std::vector<TensorPlace> places(tensors.size());
  for (size_t part = 0; part < parts.size(); ++part) {
    const std::optional<std::string> path = files.PathOf(part);
    if (!path.has_value()) {
      return ErrorStatus(ErrorCode::kBadName, Escaped(files.text()),
                         absl::StrFormat("there is no such name for part %d", part),
                         "the number takes more digits than the name has");
    }
    std::vector<OutputTensor> own;
    own.reserve(parts[part].size());
    for (const size_t number : parts[part]) own.push_back(output.tensors[number]);
    WEFT_ASSIGN_OR_RETURN(
        std::unique_ptr<OutputLayout> layout,
        format.lay_out_file(SplitAtName(*path).name, own, MetadataOfPart(part, metadata)));
    laid_out.push_back(layout->files().front());
    laid_out.back().path = *path;
    for (size_t i = 0; i < parts[part].size(); ++i) {
      TensorPlace& place = places[parts[part][i]];
      place = layout->places()[i];
      place.file = static_cast<uint32_t>(part);
    }
    layouts.push_back(std::move(layout));
  }
  output.layout =
      std::make_unique<PartsLayout>(std::move(layouts), std::move(laid_out), std::move(places));
  return output;
}

}  // namespace weft
