#include "formats/layout_files.h"

#include <algorithm>
#include <limits>
#include <string_view>
#include <utility>

#include "diagnostic/status.h"
#include "formats/copy_range.h"
#include "formats/format.h"

namespace weft {
namespace {

// Where there are more, such as an array for each tensor, none is held open: a process may have
// 1,024 descriptors by default, and what is read needs some, too.
constexpr size_t kMostOpen = 256;

// What formats forbid, and nothing else: limits protect against files of others.
OpenOptions WithoutLimits() {
  OpenOptions options;
  options.limits.tensors = std::numeric_limits<uint64_t>::max();
  options.limits.rank = std::numeric_limits<int>::max();
  options.limits.name_bytes = std::numeric_limits<uint64_t>::max();
  return options;
}

}  // namespace

absl::StatusOr<std::vector<OutputExtent>> LayoutFiles::Start(
    std::unique_ptr<OutputLayout> layout, const std::vector<OutputTensor>& tensors,
    const Create& create) {
  layout_ = std::move(layout);
  files_.reserve(layout_->files().size());
  for (const OutputLayout::File& file : layout_->files()) {
    WEFT_ASSIGN_OR_RETURN(OutputFile output, create(file.path));
    WEFT_RETURN_IF_ERROR(output.Preallocate(file.size_bytes));
    if (layout_->files().size() > kMostOpen) output.Park();
    files_.push_back(std::move(output));
  }
  for (size_t i = 0; i < files_.size(); ++i) {
    for (const Patch& head : layout_->files()[i].heads) {
      WEFT_RETURN_IF_ERROR(files_[i].WriteAt(head.offset_bytes, head.bytes));
    }
    for (const KeptRange& kept : layout_->files()[i].kept) {
      WEFT_RETURN_IF_ERROR(CopyRange(*kept.reader, kept.range, files_[i], kept.offset_bytes));
    }
  }
  std::vector<OutputExtent> extents;
  extents.reserve(tensors.size());
  maps_.resize(files_.size());
  wanted_.resize(files_.size());
  for (size_t i = 0; i < tensors.size(); ++i) {
    const TensorPlace& place = layout_->places()[i];
    extents.push_back(maps_[place.file].Add(place));
    wanted_[place.file].push_back({std::string(tensors[i].name), tensors[i].dtype,
                                   *tensors[i].shape,
                                   place.ranges.empty() ? FileRange{} : place.ranges[0]});
  }
  // Where nothing depends on the data, a mistake is known before any of it is moved.
  if (!layout_->NeedsData()) WEFT_RETURN_IF_ERROR(CheckWritten());
  return extents;
}

absl::Status LayoutFiles::WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
                                  uint64_t size_bytes) {
  if (size_bytes == 0) return absl::OkStatus();
  for (const FileRange& range : maps_[file].RangesOf(offset_bytes, size_bytes)) {
    const std::string_view bytes = {data, range.size_bytes};
    WEFT_RETURN_IF_ERROR(files_[file].WriteAt(range.offset_bytes, bytes));
    if (layout_->NeedsData()) {
      WEFT_RETURN_IF_ERROR(layout_->NoteData(file, range.offset_bytes, bytes));
    }
    data += range.size_bytes;
  }
  return absl::OkStatus();
}

uint64_t LayoutFiles::CopyAt(uint32_t file, uint64_t offset_bytes, const InputFile& source,
                             uint64_t source_offset_bytes, uint64_t size_bytes) {
  if (layout_->NeedsData()) return 0;
  uint64_t done = 0;
  for (const FileRange& range : maps_[file].RangesOf(offset_bytes, size_bytes)) {
    const uint64_t copied = files_[file].CopyAt(range.offset_bytes, source,
                                                source_offset_bytes + done, range.size_bytes);
    done += copied;
    if (copied < range.size_bytes) break;
  }
  return done;
}

absl::Status LayoutFiles::Complete() {
  if (!layout_->NeedsData()) return absl::OkStatus();
  for (size_t i = 0; i < files_.size(); ++i) {
    WEFT_ASSIGN_OR_RETURN(const std::vector<Patch> patches,
                          layout_->Finish(static_cast<uint32_t>(i)));
    for (const Patch& patch : patches) {
      WEFT_RETURN_IF_ERROR(files_[i].WriteAt(patch.offset_bytes, patch.bytes));
    }
  }
  return CheckWritten();
}

std::vector<std::string> LayoutFiles::Paths() const {
  std::vector<std::string> paths;
  paths.reserve(files_.size());
  for (const OutputLayout::File& file : layout_->files()) paths.push_back(file.path);
  return paths;
}

// Reads what was written as anyone else would, and finds every tensor where it was put.
absl::Status LayoutFiles::CheckWritten() const {
  for (size_t i = 0; i < files_.size(); ++i) {
    WEFT_RETURN_IF_ERROR(CheckFile(i, wanted_[i]));
  }
  return absl::OkStatus();
}

absl::Status LayoutFiles::CheckFile(size_t number, std::vector<Wanted> wanted) const {
  const std::string path = files_[number].path();
  WEFT_ASSIGN_OR_RETURN(InputFile input, InputFile::Open(path));
  const OpenFile file = OpenFileOf(std::move(input));
  if (format_->read_as.empty()) {
    return layout_->Check(static_cast<uint32_t>(number), *file.reader);
  }
  const Format* const format = FormatNamed(format_->read_as);
  WEFT_ASSIGN_OR_RETURN(const FileCatalog read, format->read_catalog(file, WithoutLimits()));
  std::sort(wanted.begin(), wanted.end(),
            [](const Wanted& a, const Wanted& b) { return NaturalLess(a.name, b.name); });
  const bool is_equal = std::equal(read.tensors.begin(), read.tensors.end(), wanted.begin(),
                                   wanted.end(), [&](const TensorInfo& got, const Wanted& asked) {
                                     return (format->is_named_by_path || got.name == asked.name) &&
                                            got.dtype == asked.dtype && got.shape == asked.shape &&
                                            (got.file != 0 || got.size_bytes == 0 ||
                                             (got.offset_bytes == asked.first.offset_bytes &&
                                              got.size_bytes == asked.first.size_bytes));
                                   });
  if (is_equal) return absl::OkStatus();
  return ErrorStatus(ErrorCode::kInternal, Escaped(path),
                     "the file reads differently from how it was written");
}

}  // namespace weft
