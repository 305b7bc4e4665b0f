// A template with other values, and what it needs beside it.
#include <functional>
#include <map>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/layout_files.h"
#include "formats/layout_writer.h"
#include "io/directory.h"
#include "io/output_file.h"

namespace weft {
namespace {

// What is neither in the table of formats nor read by one: layouts of templates check themselves.
const OutputFormat& TemplateFormat() {
  static const OutputFormat kFormat = {"", "", {}, nullptr, nullptr, {}};
  return kFormat;
}

// The first component of a path.
std::string_view FirstOf(std::string_view path) { return path.substr(0, path.find('/')); }

class TemplateWriter final : public CheckpointWriter {
 public:
  using CheckPath = std::function<absl::Status(const std::string& path)>;

  TemplateWriter(const TemplateFile& model, SplitPath destination, WriterOptions options,
                 CheckPath check)
      : model_(model),
        destination_(std::move(destination)),
        options_(std::move(options)),
        check_(std::move(check)),
        files_(TemplateFormat()) {}

  // The metadata of a plan has no place in a template.
  absl::StatusOr<std::vector<OutputExtent>> Begin(const std::vector<OutputTensor>& tensors,
                                                  const Metadata&) override {
    WEFT_ASSIGN_OR_RETURN(std::unique_ptr<OutputLayout> layout,
                          model_.LayOut(destination_.name, tensors));
    Diagnostics diagnostics;
    for (const OutputLayout::File& file : layout->files()) {
      diagnostics.Add(check_(Join(destination_.directory, file.path)));
      if (&file != layout->files().data() && FirstOf(file.path) == destination_.name) {
        diagnostics.Add(ErrorCode::kBadArgument, Escaped(destination_.name),
                        absl::StrFormat("its external data would be in '%s', which has its name",
                                        Escaped(file.path)),
                        "give the output another name");
      }
    }
    WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
    return files_.Start(std::move(layout), tensors,
                        [&](const std::string& path) { return CreateBeside(path); });
  }

  absl::Status WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
                       uint64_t size_bytes) override {
    return files_.WriteAt(file, offset_bytes, data, size_bytes);
  }

  uint64_t CopyAt(uint32_t file, uint64_t offset_bytes, const InputFile& source,
                  uint64_t source_offset_bytes, uint64_t size_bytes) override {
    return files_.CopyAt(file, offset_bytes, source, source_offset_bytes, size_bytes);
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

  std::vector<std::string> files() const override { return files_.Paths(); }

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
  SplitPath destination_;
  WriterOptions options_;
  CheckPath check_;
  std::map<std::string, Directory> directories_;  // that the files are in
  LayoutFiles files_;
};

}  // namespace

std::unique_ptr<CheckpointWriter> NewTemplateWriter(
    const TemplateFile& model, SplitPath destination, WriterOptions options,
    std::function<absl::Status(const std::string& path)> check) {
  return std::make_unique<TemplateWriter>(model, std::move(destination), std::move(options),
                                          std::move(check));
}

}  // namespace weft
