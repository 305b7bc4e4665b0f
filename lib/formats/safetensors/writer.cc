#include "formats/safetensors/writer.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/format.h"
#include "formats/safetensors/layout.h"
#include "formats/safetensors/reader.h"
#include "io/directory.h"
#include "io/input_file.h"
#include "io/output_directory.h"
#include "io/output_file.h"

namespace weft::safetensors {
namespace {

constexpr uint64_t kCopyBytes = uint64_t{1} << 20;

bool EndsWith(std::string_view text, std::string_view end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// What the format forbids, and nothing else: limits protect against files of others.
Limits FormatLimits() {
  Limits limits;
  limits.tensors = std::numeric_limits<uint64_t>::max();
  limits.rank = std::numeric_limits<int>::max();
  limits.name_bytes = std::numeric_limits<uint64_t>::max();
  return limits;
}

// Reads what was written as anyone else would, and finds every tensor where it was put.
absl::Status CheckWritten(const std::string& path, const FileLayout& file,
                          const std::vector<OutputTensor>& tensors,
                          const std::vector<OutputExtent>& extents) {
  WEFT_ASSIGN_OR_RETURN(const InputFile input, InputFile::Open(path));
  WEFT_ASSIGN_OR_RETURN(const FileCatalog read, ReadCatalog(input, FormatLimits()));
  bool is_equal = read.tensors.size() == file.tensors.size();
  for (size_t i = 0; is_equal && i < read.tensors.size(); ++i) {
    const TensorInfo& got = read.tensors[i];
    const OutputTensor& tensor = tensors[file.by_name[i]];
    const OutputExtent& extent = extents[file.by_name[i]];
    is_equal = got.name == tensor.name && got.dtype == tensor.dtype && got.shape == *tensor.shape &&
               got.offset_bytes == extent.offset_bytes && got.size_bytes == extent.size_bytes;
  }
  if (is_equal) return absl::OkStatus();
  return ErrorStatus(ErrorCode::kInternal, Escaped(path),
                     "the header reads differently from how it was written");
}

// Creates the files of a layout in `directory`, reserves their space and writes their headers.
absl::StatusOr<std::vector<OutputFile>> StartFiles(
    const Layout& layout, const std::vector<OutputTensor>& tensors,
    const std::function<absl::StatusOr<OutputFile>(const std::string&)>& create) {
  std::vector<OutputFile> files;
  files.reserve(layout.files.size());
  for (const FileLayout& file : layout.files) {
    WEFT_ASSIGN_OR_RETURN(OutputFile output, create(file.name));
    WEFT_RETURN_IF_ERROR(output.Preallocate(file.size_bytes()));
    files.push_back(std::move(output));
  }
  for (size_t i = 0; i < files.size(); ++i) {
    WEFT_RETURN_IF_ERROR(files[i].WriteAt(0, layout.files[i].header));
    WEFT_RETURN_IF_ERROR(CheckWritten(files[i].path(), layout.files[i], tensors, layout.extents));
  }
  return files;
}

class FileWriter final : public CheckpointWriter {
 public:
  FileWriter(SplitPath destination, WriterOptions options)
      : destination_(std::move(destination)), options_(options) {}

  absl::StatusOr<std::vector<OutputExtent>> Begin(
      const std::vector<OutputTensor>& tensors,
      const std::map<std::string, std::string>& metadata) override {
    WEFT_ASSIGN_OR_RETURN(Layout layout, LayOutFile(destination_.name, tensors, metadata));
    WEFT_ASSIGN_OR_RETURN(parent_, Directory::OpenOrMake(destination_.directory));
    WEFT_ASSIGN_OR_RETURN(files_, StartFiles(layout, tensors, [&](const std::string& name) {
                            return OutputFile::CreateTemporary(*parent_, name);
                          }));
    return std::move(layout.extents);
  }

  absl::Status WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
                       uint64_t size_bytes) override {
    return files_[file].WriteAt(offset_bytes, {data, size_bytes});
  }

  uint64_t CopyAt(uint32_t file, uint64_t offset_bytes, const InputFile& source,
                  uint64_t source_offset_bytes, uint64_t size_bytes) override {
    return files_[file].CopyAt(offset_bytes, source, source_offset_bytes, size_bytes);
  }

  absl::Status CopySideFile(std::string_view, std::string_view name) override {
    return NoSideFiles(name);
  }
  absl::Status WriteSideFile(std::string_view name, std::string_view) override {
    return NoSideFiles(name);
  }

  absl::Status Finish() override {
    if (options_.sync) WEFT_RETURN_IF_ERROR(files_[0].Sync());
    WEFT_RETURN_IF_ERROR(files_[0].Publish(destination_.name, options_.overwrite));
    return options_.sync ? parent_->Sync() : absl::OkStatus();
  }

  std::vector<std::string> files() const override { return {destination_.name}; }

 private:
  static absl::Status NoSideFiles(std::string_view name) {
    return ErrorStatus(ErrorCode::kBadArgument, Escaped(name),
                       "a destination that is one file takes no side files");
  }

  SplitPath destination_;
  WriterOptions options_;
  std::optional<Directory> parent_;
  std::vector<OutputFile> files_;
};

class DirectoryWriter final : public CheckpointWriter {
 public:
  DirectoryWriter(SplitPath destination, WriterOptions options)
      : destination_(std::move(destination)), options_(options) {}

  absl::StatusOr<std::vector<OutputExtent>> Begin(
      const std::vector<OutputTensor>& tensors,
      const std::map<std::string, std::string>& metadata) override {
    WEFT_ASSIGN_OR_RETURN(Layout layout, LayOutShards(options_.max_shard_bytes, tensors, metadata));
    WEFT_ASSIGN_OR_RETURN(parent_, Directory::OpenOrMake(destination_.directory));
    WEFT_ASSIGN_OR_RETURN(output_, OutputDirectory::CreateTemporary(*parent_, destination_.name));
    WEFT_ASSIGN_OR_RETURN(files_, StartFiles(layout, tensors, [&](const std::string& name) {
                            return OutputFile::Create(output_->directory(), name);
                          }));
    for (const FileLayout& file : layout.files) names_.push_back(file.name);
    if (layout.files.size() > 1) {
      names_.emplace_back(kIndexName);
      index_text_ = IndexText(layout, tensors);
    }
    return std::move(layout.extents);
  }

  absl::Status WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
                       uint64_t size_bytes) override {
    return files_[file].WriteAt(offset_bytes, {data, size_bytes});
  }

  uint64_t CopyAt(uint32_t file, uint64_t offset_bytes, const InputFile& source,
                  uint64_t source_offset_bytes, uint64_t size_bytes) override {
    return files_[file].CopyAt(offset_bytes, source, source_offset_bytes, size_bytes);
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
    return Complete(copy);
  }

  absl::Status WriteSideFile(std::string_view name, std::string_view content) override {
    WEFT_ASSIGN_OR_RETURN(OutputFile file, CreateSideFile(name));
    WEFT_RETURN_IF_ERROR(file.WriteAt(0, content));
    return Complete(file);
  }

  absl::Status Finish() override {
    for (OutputFile& file : files_) WEFT_RETURN_IF_ERROR(Complete(file));
    // Last, so that an index is never there without the files that it names.
    if (!index_text_.empty()) {
      WEFT_ASSIGN_OR_RETURN(OutputFile index, OutputFile::Create(output_->directory(), kIndexName));
      WEFT_RETURN_IF_ERROR(index.Preallocate(index_text_.size()));
      WEFT_RETURN_IF_ERROR(index.WriteAt(0, index_text_));
      WEFT_RETURN_IF_ERROR(Complete(index));
    }
    if (options_.sync) WEFT_RETURN_IF_ERROR(output_->directory().Sync());
    WEFT_RETURN_IF_ERROR(options_.overwrite ? output_->PublishOver(IsWeightsFile)
                                            : output_->Publish());
    return options_.sync ? parent_->Sync() : absl::OkStatus();
  }

  std::vector<std::string> files() const override { return names_; }

 private:
  // What belongs to the checkpoint that is replaced, and not beside the new one.
  static bool IsWeightsFile(const std::string& name) {
    return EndsWith(name, ".safetensors") || EndsWith(name, ".safetensors.index.json");
  }

  absl::StatusOr<OutputFile> CreateSideFile(std::string_view name) const {
    if (!IsPlainName(name)) {
      return ErrorStatus(ErrorCode::kUnsafePath, Escaped(name), "is not a plain file name");
    }
    return OutputFile::Create(output_->directory(), name);
  }

  absl::Status Complete(OutputFile& file) const {
    if (options_.sync) WEFT_RETURN_IF_ERROR(file.Sync());
    file.Keep();
    return absl::OkStatus();
  }

  SplitPath destination_;
  WriterOptions options_;
  std::optional<Directory> parent_;
  std::optional<OutputDirectory> output_;
  std::vector<OutputFile> files_;
  std::vector<std::string> names_;
  std::string index_text_;
};

}  // namespace

std::unique_ptr<CheckpointWriter> NewFileWriter(SplitPath destination, WriterOptions options) {
  return std::make_unique<FileWriter>(std::move(destination), options);
}

std::unique_ptr<CheckpointWriter> NewDirectoryWriter(SplitPath destination, WriterOptions options) {
  return std::make_unique<DirectoryWriter>(std::move(destination), options);
}

}  // namespace weft::safetensors
