#include "execute/output_metadata.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/metadata.h"

namespace weft::execute {
namespace {

using Metadata = std::map<std::string, std::string>;

// By name, of the entries that may be notes on tensors.
using Notes = absl::flat_hash_map<std::string_view, std::string_view>;

Notes NotesIn(const Metadata& metadata) {
  Notes notes;
  for (const auto& [name, text] : metadata) {
    if (MayBeTensorNote(text)) notes.emplace(name, text);
  }
  return notes;
}

// Carries the notes of a plan's sources to its tensors. No mapping casts what has a note, so that
// what is made of it has its dtype.
class NoteCarrier {
 public:
  NoteCarrier(const Plan& plan, Metadata& metadata, std::vector<std::string>& warnings)
      : plan_(plan), metadata_(metadata), warnings_(warnings) {}

  void Run() {
    const Notes notes = NotesIn(plan_.catalog->metadata);
    if (notes.empty()) return;
    // What is put together with a complement brings the metadata that it had at first.
    if (NotesIn(plan_.metadata) != notes) return;
    const std::vector<TensorInfo>& sources = plan_.catalog->tensors;
    notes_.resize(sources.size());
    for (size_t i = 0; i < sources.size(); ++i) {
      const auto note = notes.find(sources[i].name);
      if (note == notes.end() || !IsTensorNote(note->second, sources[i].dtype)) continue;
      notes_[i] = note->second;
      metadata_.erase(sources[i].name);
    }
    for (const PlannedTensor& tensor : plan_.tensors) Treat(tensor);
  }

 private:
  // Empty where there is none.
  std::string_view NoteOf(const Box& box) const {
    return box.source < notes_.size() ? notes_[box.source] : std::string_view();
  }

  void Treat(const PlannedTensor& tensor) {
    const std::vector<Box>& boxes = tensor.boxes;
    const auto noted = std::find_if(boxes.begin(), boxes.end(),
                                    [&](const Box& box) { return !NoteOf(box).empty(); });
    const auto is_same = [&](const Box& box) { return NoteOf(box) == NoteOf(*noted); };
    if (noted != boxes.end() && std::all_of(boxes.begin(), boxes.end(), is_same)) {
      metadata_[tensor.name] = std::string(NoteOf(*noted));
      return;
    }
    DropText(tensor);
    if (noted == boxes.end()) return;
    warnings_.push_back(absl::StrFormat(
        "tensor '%s' is made in part of '%s', which the metadata call '%s', and in part not: it is "
        "written as plain %s",
        Escaped(tensor.name), Escaped(plan_.catalog->tensors[noted->source].name), NoteOf(*noted),
        NameOf(tensor.dtype)));
  }

  // A text, which no source was noted by, would be taken for a note of the tensor.
  void DropText(const PlannedTensor& tensor) {
    const auto text = metadata_.find(tensor.name);
    if (text == metadata_.end() || !IsTensorNote(text->second, tensor.dtype)) return;
    warnings_.push_back(
        absl::StrFormat("the metadata '%s' are left out: they would be taken for the type of the "
                        "tensor of that name",
                        Escaped(tensor.name)));
    metadata_.erase(text);
  }

  const Plan& plan_;
  Metadata& metadata_;
  std::vector<std::string>& warnings_;
  std::vector<std::string_view> notes_;  // of the sources, views of the catalog
};

}  // namespace

Metadata OutputMetadata(const Plan& plan, std::string_view format,
                        std::vector<std::string>& warnings) {
  Metadata metadata = plan.metadata;
  DropWordsOnFiles(plan.catalog->format, format, metadata, warnings);
  NoteCarrier(plan, metadata, warnings).Run();
  return metadata;
}

}  // namespace weft::execute
