// Files in a directory, and what belongs beside them.
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "diagnostic/status.h"
#include "formats/byte_reader.h"
#include "formats/copy_range.h"
#include "formats/layout_files.h"
#include "formats/layout_writer.h"
#include "formats/parts_layout.h"
#include "formats/replaced_files.h"
#include "io/directory.h"
#include "io/input_file.h"
#include "io/output_directory.h"
#include "io/output_file.h"

namespace weft {
namespace {

class DirectoryWriter final : public CheckpointWriter {
 public:
  DirectoryWriter(const OutputFormat& format, SplitPath destination, WriterOptions options)
      : format_(format),
        destination_(std::move(destination)),
        options_(std::move(options)),
        files_(format) {}

  bool IsDirectory() const override { return true; }

  absl::StatusOr<std::vector<OutputExtent>> Begin(const std::vector<OutputTensor>& tensors,
                                                  const Metadata& metadata) override {
    PartsOutput output{nullptr, tensors};
    if (options_.part_files.has_value()) {
      WEFT_ASSIGN_OR_RETURN(output, LayOutParts(format_, *options_.part_files, tensors, metadata));
    } else {
      WEFT_ASSIGN_OR_RETURN(output.layout,
                            format_.lay_out_directory(options_.max_shard_bytes, tensors, metadata));
    }
    WEFT_ASSIGN_OR_RETURN(parent_, Directory::OpenOrMake(destination_.directory));
    WEFT_ASSIGN_OR_RETURN(output_, OutputDirectory::CreateTemporary(*parent_, destination_.name));
    return files_.Start(std::move(output.layout), output.tensors,
                        [&](const std::string& path) { return CreateIn(path); });
  }

  absl::Status WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
                       uint64_t size_bytes) override {
    return files_.WriteAt(file, offset_bytes, data, size_bytes);
  }

  uint64_t CopyAt(uint32_t file, uint64_t offset_bytes, const InputFile& source,
                  uint64_t source_offset_bytes, uint64_t size_bytes) override {
    return files_.CopyAt(file, offset_bytes, source, source_offset_bytes, size_bytes);
  }

  absl::Status CopySideFile(std::string_view source_path, std::string_view name) override {
    WEFT_ASSIGN_OR_RETURN(InputFile file, InputFile::Open(source_path));
    const FileReader source(std::make_shared<const InputFile>(std::move(file)));
    WEFT_ASSIGN_OR_RETURN(OutputFile copy, CreateSideFile(name));
    WEFT_RETURN_IF_ERROR(CopyRange(source, {0, source.size_bytes()}, copy, 0));
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
    WEFT_RETURN_IF_ERROR(options_.overwrite ? PublishOver() : output_->Publish());
    return options_.sync ? parent_->Sync() : absl::OkStatus();
  }

  std::vector<std::string> files() const override {
    std::vector<std::string> names = files_.Paths();
    const OutputLayout::Index& index = files_.layout().index();
    if (!index.name.empty()) names.push_back(index.name);
    return names;
  }

  std::string_view format() const override { return format_.name; }
  std::vector<std::string> warnings() const override {
    std::vector<std::string> warnings = files_.layout().warnings();
    warnings.insert(warnings.end(), replaced_warnings_.begin(), replaced_warnings_.end());
    return warnings;
  }

  // Parts have no bytes in common.
  bool KeepsAliases() const override {
    return !options_.part_files.has_value() && files_.KeepsAliases();
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

  absl::Status PublishOver() {
    if (parent_->OwnKindOf(destination_.name) != EntryKind::kDirectory) {
      return output_->PublishOver({});
    }
    const std::string path = Join(parent_->path(), destination_.name);
    const std::set<std::string> replaced = ReplacedFiles(path, format_, options_.part_files);
    WEFT_RETURN_IF_ERROR(output_->PublishOver(replaced));
    replaced_warnings_ = WarnOfReplaced(path, replaced, files(), options_.part_files);
    return absl::OkStatus();
  }

  absl::Status Keep(OutputFile& file) const {
    if (options_.sync) WEFT_RETURN_IF_ERROR(file.Sync());
    file.Keep();
    return absl::OkStatus();
  }

  const OutputFormat& format_;
  SplitPath destination_;
  WriterOptions options_;
  // What the files are in, which outlives them.
  std::optional<Directory> parent_;
  std::optional<OutputDirectory> output_;
  std::map<std::string, Directory> directories_;  // in the output
  LayoutFiles files_;
  std::vector<std::string> replaced_warnings_;
};

}  // namespace

std::unique_ptr<CheckpointWriter> NewDirectoryWriter(const OutputFormat& format,
                                                     SplitPath destination, WriterOptions options) {
  return std::make_unique<DirectoryWriter>(format, std::move(destination), std::move(options));
}

}  // namespace weft
