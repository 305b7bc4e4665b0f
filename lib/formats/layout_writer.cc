#include "formats/layout_writer.h"

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/format.h"
#include "formats/range_map.h"
#include "io/directory.h"
#include "io/input_file.h"
#include "io/output_directory.h"
#include "io/output_file.h"

namespace weft {
namespace {

constexpr uint64_t kCopyBytes = uint64_t{1} << 20;

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// Whether a file in a directory that is replaced is a part of the checkpoint there, as weft writes
// it in any format; beside the new one it would be a second checkpoint.
bool IsOfCheckpoint(std::string_view name) {
  constexpr std::string_view kTorch = "pytorch_model";
  for (const std::string_view end : {".safetensors", ".safetensors.index.json", ".npy"}) {
    if (EndsWith(name, end)) return true;
  }
  if (name.substr(0, kTorch.size()) == kTorch) {
    return EndsWith(name, ".bin") || EndsWith(name, ".bin.index.json");
  }
  return name == "param_name_map.json" || name == "model.ckpt" || name == "model.npz";
}

// What formats forbid, and nothing else: limits protect against files of others.
OpenOptions WithoutLimits() {
  OpenOptions options;
  options.limits.tensors = std::numeric_limits<uint64_t>::max();
  options.limits.rank = std::numeric_limits<int>::max();
  options.limits.name_bytes = std::numeric_limits<uint64_t>::max();
  return options;
}

// What was asked for of a tensor, to hold what was written against it.
struct Wanted {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  FileRange first;  // range of the file
};

// The files of an output: created, written to, checked.
class LayoutFiles {
 public:
  explicit LayoutFiles(const OutputFormat& format) : format_(format) {}

  using Create = std::function<absl::StatusOr<OutputFile>(const std::string& path)>;

  // Creates and reserves the files and writes what is known already.
  absl::StatusOr<std::vector<OutputExtent>> Start(std::unique_ptr<OutputLayout> layout,
                                                  const std::vector<OutputTensor>& tensors,
                                                  const Create& create) {
    layout_ = std::move(layout);
    files_.reserve(layout_->files().size());
    for (const OutputLayout::File& file : layout_->files()) {
      WEFT_ASSIGN_OR_RETURN(OutputFile output, create(file.path));
      WEFT_RETURN_IF_ERROR(output.Preallocate(file.size_bytes));
      files_.push_back(std::move(output));
    }
    for (size_t i = 0; i < files_.size(); ++i) {
      for (const Patch& head : layout_->files()[i].heads) {
        WEFT_RETURN_IF_ERROR(files_[i].WriteAt(head.offset_bytes, head.bytes));
      }
      for (const KeptRange& kept : layout_->files()[i].kept) {
        WEFT_RETURN_IF_ERROR(Keep(kept, files_[i]));
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

  absl::Status WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
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

  uint64_t CopyAt(uint32_t file, uint64_t offset_bytes, const InputFile& source,
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

  // Writes what the data decided.
  absl::Status Complete() {
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

  std::vector<OutputFile>& files() { return files_; }
  const OutputLayout& layout() const { return *layout_; }

 private:
  static absl::Status Keep(const KeptRange& kept, const OutputFile& file) {
    std::string block(std::min(kept.range.size_bytes, kCopyBytes), '\0');
    for (uint64_t done = 0; done < kept.range.size_bytes; done += block.size()) {
      block.resize(std::min(kept.range.size_bytes - done, kCopyBytes));
      WEFT_RETURN_IF_ERROR(
          kept.reader->ReadAt(kept.range.offset_bytes + done, block.size(), block.data()));
      WEFT_RETURN_IF_ERROR(file.WriteAt(kept.offset_bytes + done, block));
    }
    return absl::OkStatus();
  }

  // Reads what was written as anyone else would, and finds every tensor where it was put.
  absl::Status CheckWritten() const {
    for (size_t i = 0; i < files_.size(); ++i) {
      WEFT_RETURN_IF_ERROR(CheckFile(i, wanted_[i]));
    }
    return absl::OkStatus();
  }

  absl::Status CheckFile(size_t number, std::vector<Wanted> wanted) const {
    const std::string path = files_[number].path();
    WEFT_ASSIGN_OR_RETURN(InputFile input, InputFile::Open(path));
    const OpenFile file = OpenFileOf(std::move(input));
    if (format_.read_as.empty()) {
      return layout_->Check(static_cast<uint32_t>(number), *file.reader);
    }
    const Format* const format = FormatNamed(format_.read_as);
    WEFT_ASSIGN_OR_RETURN(const FileCatalog read, format->read_catalog(file, WithoutLimits()));
    std::sort(wanted.begin(), wanted.end(),
              [](const Wanted& a, const Wanted& b) { return NaturalLess(a.name, b.name); });
    const bool is_equal =
        std::equal(read.tensors.begin(), read.tensors.end(), wanted.begin(), wanted.end(),
                   [&](const TensorInfo& got, const Wanted& asked) {
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

  const OutputFormat& format_;
  std::unique_ptr<OutputLayout> layout_;
  std::vector<OutputFile> files_;
  std::vector<RangeMap> maps_;               // of the files
  std::vector<std::vector<Wanted>> wanted_;  // of the files
};

// What both writers do alike.
class LayoutWriter : public CheckpointWriter {
 public:
  LayoutWriter(const OutputFormat& format, SplitPath destination, WriterOptions options)
      : format_(format),
        destination_(std::move(destination)),
        options_(std::move(options)),
        files_(format) {}

  absl::Status WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
                       uint64_t size_bytes) override {
    return files_.WriteAt(file, offset_bytes, data, size_bytes);
  }

  uint64_t CopyAt(uint32_t file, uint64_t offset_bytes, const InputFile& source,
                  uint64_t source_offset_bytes, uint64_t size_bytes) override {
    return files_.CopyAt(file, offset_bytes, source, source_offset_bytes, size_bytes);
  }

  bool KeepsAliases() const override { return format_.keeps_aliases; }

 protected:
  const OutputFormat& format_;
  SplitPath destination_;
  WriterOptions options_;
  // Directories that the files are in, which outlive them.
  std::optional<Directory> parent_;
  std::optional<OutputDirectory> output_;
  std::map<std::string, Directory> directories_;  // in the output
  LayoutFiles files_;
};

absl::Status NoSideFiles(std::string_view name) {
  return ErrorStatus(ErrorCode::kBadArgument, Escaped(name),
                     "a destination that is one file takes no side files");
}

class FileWriter final : public LayoutWriter {
 public:
  using LayoutWriter::LayoutWriter;

  absl::StatusOr<std::vector<OutputExtent>> Begin(const std::vector<OutputTensor>& tensors,
                                                  const Metadata& metadata) override {
    WEFT_ASSIGN_OR_RETURN(std::unique_ptr<OutputLayout> layout,
                          format_.lay_out_file(destination_.name, tensors, metadata));
    WEFT_ASSIGN_OR_RETURN(parent_, Directory::OpenOrMake(destination_.directory));
    return files_.Start(std::move(layout), tensors, [&](const std::string& name) {
      return OutputFile::CreateTemporary(*parent_, name);
    });
  }

  absl::Status CopySideFile(std::string_view, std::string_view name) override {
    return NoSideFiles(name);
  }
  absl::Status WriteSideFile(std::string_view name, std::string_view) override {
    return NoSideFiles(name);
  }

  absl::Status Finish() override {
    WEFT_RETURN_IF_ERROR(files_.Complete());
    OutputFile& file = files_.files()[0];
    if (options_.sync) WEFT_RETURN_IF_ERROR(file.Sync());
    WEFT_RETURN_IF_ERROR(file.Publish(destination_.name, options_.overwrite));
    return options_.sync ? parent_->Sync() : absl::OkStatus();
  }

  std::vector<std::string> files() const override { return {destination_.name}; }
};

// What is neither in the table of formats nor read by one: layouts of templates check themselves.
const OutputFormat& TemplateFormat() {
  static const OutputFormat kFormat = {"", "", {}, nullptr, nullptr};
  return kFormat;
}

class TemplateWriter final : public LayoutWriter {
 public:
  using CheckPath = std::function<absl::Status(const std::string& path)>;

  TemplateWriter(const TemplateFile& model, SplitPath destination, WriterOptions options,
                 CheckPath check)
      : LayoutWriter(TemplateFormat(), std::move(destination), std::move(options)),
        model_(model),
        check_(std::move(check)) {}

  // The metadata of a plan has no place in a template.
  absl::StatusOr<std::vector<OutputExtent>> Begin(const std::vector<OutputTensor>& tensors,
                                                  const Metadata&) override {
    WEFT_ASSIGN_OR_RETURN(std::unique_ptr<OutputLayout> layout,
                          model_.LayOut(destination_.name, tensors));
    Diagnostics diagnostics;
    for (const OutputLayout::File& file : layout->files()) {
      diagnostics.Add(check_(Join(destination_.directory, file.path)));
      if (&file != layout->files().data() && file.path == destination_.name) {
        diagnostics.Add(ErrorCode::kBadArgument, Escaped(file.path),
                        "its external data would be in a file of the same name",
                        "give the output another name");
      }
    }
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
    return files_.Start(std::move(layout), tensors,
                        [&](const std::string& path) { return CreateBeside(path); });
  }

  absl::Status CopySideFile(std::string_view, std::string_view name) override {
    return NoSideFiles(name);
  }
  absl::Status WriteSideFile(std::string_view name, std::string_view) override {
    return NoSideFiles(name);
  }

  // The file itself comes last, so that it is never there without what it needs.
  absl::Status Finish() override {
    WEFT_RETURN_IF_ERROR(files_.Complete());
    WEFT_RETURN_IF_ERROR(model_.CheckUnchanged());
    std::vector<OutputFile>& files = files_.files();
    if (options_.sync) {
      for (const OutputFile& file : files) WEFT_RETURN_IF_ERROR(file.Sync());
    }
    for (size_t i = files.size(); i-- > 0;) {
      const std::string name = SplitAtName(files_.layout().files()[i].path).name;
      WEFT_RETURN_IF_ERROR(files[i].Publish(name, options_.overwrite));
    }
    if (!options_.sync) return absl::OkStatus();
    for (const auto& [path, directory] : directories_) WEFT_RETURN_IF_ERROR(directory.Sync());
    return absl::OkStatus();
  }

  std::vector<std::string> files() const override {
    std::vector<std::string> names;
    for (const OutputLayout::File& file : files_.layout().files()) names.push_back(file.path);
    return names;
  }

 private:
  // In a directory that is made for it where there is none.
  absl::StatusOr<OutputFile> CreateBeside(const std::string& path) {
    const SplitPath split = SplitAtName(path);
    auto found = directories_.find(split.directory);
    if (found == directories_.end()) {
      WEFT_ASSIGN_OR_RETURN(Directory made, Directory::OpenOrMake(split.directory == "."
                                                                      ? destination_.directory
                                                                      : Join(destination_.directory,
                                                                             split.directory)));
      found = directories_.emplace(split.directory, std::move(made)).first;
    }
    return OutputFile::CreateTemporary(found->second, split.name);
  }

  const TemplateFile& model_;
  CheckPath check_;
};

class DirectoryWriter final : public LayoutWriter {
 public:
  using LayoutWriter::LayoutWriter;

  bool IsDirectory() const override { return true; }

  absl::StatusOr<std::vector<OutputExtent>> Begin(const std::vector<OutputTensor>& tensors,
                                                  const Metadata& metadata) override {
    WEFT_ASSIGN_OR_RETURN(std::unique_ptr<OutputLayout> layout,
                          format_.lay_out_directory(options_.max_shard_bytes, tensors, metadata));
    WEFT_ASSIGN_OR_RETURN(parent_, Directory::OpenOrMake(destination_.directory));
    WEFT_ASSIGN_OR_RETURN(output_, OutputDirectory::CreateTemporary(*parent_, destination_.name));
    return files_.Start(std::move(layout), tensors,
                        [&](const std::string& path) { return CreateIn(path); });
  }

  absl::Status CopySideFile(std::string_view source_path, std::string_view name) override {
    WEFT_ASSIGN_OR_RETURN(const InputFile source, InputFile::Open(source_path));
    WEFT_ASSIGN_OR_RETURN(OutputFile copy, CreateSideFile(name));
    std::string buffer(std::min(source.size_bytes(), kCopyBytes), '\0');
    for (uint64_t at = 0; at < source.size_bytes(); at += buffer.size()) {
      buffer.resize(std::min(source.size_bytes() - at, kCopyBytes));
      WEFT_RETURN_IF_ERROR(source.ReadAt(at, buffer.size(), buffer.data()));
      WEFT_RETURN_IF_ERROR(copy.WriteAt(at, buffer));
    }
    return Keep(copy);
  }

  absl::Status WriteSideFile(std::string_view name, std::string_view content) override {
    WEFT_ASSIGN_OR_RETURN(OutputFile file, CreateSideFile(name));
    WEFT_RETURN_IF_ERROR(file.WriteAt(0, content));
    return Keep(file);
  }

  absl::Status Finish() override {
    WEFT_RETURN_IF_ERROR(files_.Complete());
    for (OutputFile& file : files_.files()) WEFT_RETURN_IF_ERROR(Keep(file));
    // Last, so that an index is never there without the files that it names.
    const OutputLayout::Index& index = files_.layout().index();
    if (!index.name.empty()) {
      WEFT_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(output_->directory(), index.name));
      WEFT_RETURN_IF_ERROR(file.Preallocate(index.text.size()));
      WEFT_RETURN_IF_ERROR(file.WriteAt(0, index.text));
      WEFT_RETURN_IF_ERROR(Keep(file));
    }
    if (options_.sync) {
      for (const auto& [path, directory] : directories_) WEFT_RETURN_IF_ERROR(directory.Sync());
      WEFT_RETURN_IF_ERROR(output_->directory().Sync());
    }
    WEFT_RETURN_IF_ERROR(options_.overwrite ? output_->PublishOver(IsOfCheckpoint)
                                            : output_->Publish());
    return options_.sync ? parent_->Sync() : absl::OkStatus();
  }

  std::vector<std::string> files() const override {
    std::vector<std::string> names;
    for (const OutputLayout::File& file : files_.layout().files()) names.push_back(file.path);
    const OutputLayout::Index& index = files_.layout().index();
    if (!index.name.empty()) names.push_back(index.name);
    return names;
  }

 private:
  // A file, in directories that are made for it.
  absl::StatusOr<OutputFile> CreateIn(const std::string& path) {
    const size_t slash = path.rfind('/');
    if (slash == std::string::npos) return OutputFile::Create(output_->directory(), path);
    const std::string inner = path.substr(0, slash);
    auto found = directories_.find(inner);
    if (found == directories_.end()) {
      WEFT_ASSIGN_OR_RETURN(Directory made,
                            Directory::OpenOrMake(Join(output_->directory().path(), inner)));
      found = directories_.emplace(inner, std::move(made)).first;
    }
    return OutputFile::Create(found->second, path.substr(slash + 1));
  }

  absl::StatusOr<OutputFile> CreateSideFile(std::string_view name) const {
    if (!IsPlainName(name)) {
      return ErrorStatus(ErrorCode::kUnsafePath, Escaped(name), "is not a plain file name");
    }
    return OutputFile::Create(output_->directory(), name);
  }

  absl::Status Keep(OutputFile& file) const {
    if (options_.sync) WEFT_RETURN_IF_ERROR(file.Sync());
    file.Keep();
    return absl::OkStatus();
  }
};

}  // namespace

std::unique_ptr<CheckpointWriter> NewTemplateWriter(
    const TemplateFile& model, SplitPath destination, WriterOptions options,
    std::function<absl::Status(const std::string& path)> check) {
  return std::make_unique<TemplateWriter>(model, std::move(destination), std::move(options),
                                          std::move(check));
}

std::unique_ptr<CheckpointWriter> NewFileWriter(const OutputFormat& format, SplitPath destination,
                                                WriterOptions options) {
  return std::make_unique<FileWriter>(format, std::move(destination), std::move(options));
}

std::unique_ptr<CheckpointWriter> NewDirectoryWriter(const OutputFormat& format,
                                                     SplitPath destination, WriterOptions options) {
  return std::make_unique<DirectoryWriter>(format, std::move(destination), std::move(options));
}

}  // namespace weft
