#include "execute/output_metadata.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/mindspore/metadata.h"
#include "formats/mindspore/tensor_type.h"

namespace weft::execute {
namespace {

using Metadata = std::map<std::string, std::string>;

constexpr std::string_view kFormatKey = "format";
constexpr std::string_view kSafetensors = "safetensors";
constexpr std::string_view kMindSpore = "mindspore";
constexpr std::string_view kMindSporeSafetensors = "mindspore-safetensors";

// What metadata say of files and not of tensors.
void TreatWordsOnFiles(std::string_view source_format, std::string_view format, Metadata& metadata,
                       std::vector<std::string>& warnings) {
  const auto said = metadata.find(std::string(kFormatKey));
  if (said == metadata.end()) return;
  if (source_format == kSafetensors) {
    if (said->second == "ms") {
      metadata.erase(std::string(mindspore::kCheckSumKey));
      metadata.erase(std::string(mindspore::kRedundancyKey));
    }
    if (format == kMindSpore) metadata.erase(said);
  } else if (format == kMindSporeSafetensors) {
    warnings.push_back(
        "the metadata 'format' are left out: in a safetensors file they would be said of the file");
    metadata.erase(said);
  }
}

// The names under which metadata say "Int4".
absl::flat_hash_set<std::string_view> Int4Names(const Metadata& metadata) {
  absl::flat_hash_set<std::string_view> names;
  for (const auto& [name, text] : metadata) {
    if (text == mindspore::kInt4Type) names.insert(name);
  }
  return names;
}

// Carries the notes of a plan's sources to its tensors. No mapping casts integers, so that what is
// made of I8 is I8.
class NoteCarrier {
 public:
  NoteCarrier(const Plan& plan, Metadata& metadata, std::vector<std::string>& warnings)
      : plan_(plan),
        metadata_(metadata),
        warnings_(warnings),
        names_(Int4Names(plan.catalog->metadata)) {}

  void Run() {
    if (names_.empty()) return;
    // What is put together with a complement brings the metadata that it had at first.
    if (Int4Names(plan_.metadata) != names_) return;
    const std::vector<TensorInfo>& sources = plan_.catalog->tensors;
    is_int4_.resize(sources.size());
    for (size_t i = 0; i < sources.size(); ++i) {
      is_int4_[i] = sources[i].dtype == DType::kI8 && names_.contains(sources[i].name);
      if (is_int4_[i]) metadata_.erase(sources[i].name);
    }
    for (const PlannedTensor& tensor : plan_.tensors) Treat(tensor);
  }

 private:
  void Treat(const PlannedTensor& tensor) {
    const auto is_int4 = [&](const Box& box) {
      return box.source < is_int4_.size() && is_int4_[box.source];
    };
    const std::vector<Box>& boxes = tensor.boxes;
    const auto first = std::find_if(boxes.begin(), boxes.end(), is_int4);
    if (first != boxes.end() && std::all_of(boxes.begin(), boxes.end(), is_int4)) {
      metadata_[tensor.name] = mindspore::kInt4Type;
      return;
    }
    DropText(tensor);
    if (first == boxes.end()) return;
    warnings_.push_back(absl::StrFormat(
        "tensor '%s' is in part of '%s', whose bytes are two 4-bit integers each (MindSpore's "
        "Int4), and in part not: it is written as plain %s",
        Escaped(tensor.name), Escaped(plan_.catalog->tensors[first->source].name),
        NameOf(tensor.dtype)));
  }

  // A text, which no source was noted by, would be taken for a note of the tensor.
  void DropText(const PlannedTensor& tensor) {
    const auto text = metadata_.find(tensor.name);
    if (text == metadata_.end() || !mindspore::IsInt4Note(text->second, tensor.dtype)) return;
    warnings_.push_back(
        absl::StrFormat("the metadata '%s' are left out: they would be taken for the type of the "
                        "tensor of that name",
                        Escaped(tensor.name)));
    metadata_.erase(text);
  }

  const Plan& plan_;
  Metadata& metadata_;
  std::vector<std::string>& warnings_;
  absl::flat_hash_set<std::string_view> names_;
  std::vector<bool> is_int4_;  // of the sources
};

}  // namespace

Metadata OutputMetadata(const Plan& plan, std::string_view format,
                        std::vector<std::string>& warnings) {
  Metadata metadata = plan.metadata;
  TreatWordsOnFiles(plan.catalog->format, format, metadata, warnings);
  NoteCarrier(plan, metadata, warnings).Run();
  return metadata;
}

}  // namespace weft::execute
