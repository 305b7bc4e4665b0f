// One file.
#include <optional>
#include <utility>

#include "diagnostic/status.h"
#include "formats/layout_files.h"
#include "formats/layout_writer.h"
#include "io/directory.h"
#include "io/output_file.h"

namespace weft {
namespace {

class FileWriter final : public CheckpointWriter {
 public:
  FileWriter(const OutputFormat& format, SplitPath destination, WriterOptions options)
      : format_(format),
        destination_(std::move(destination)),
        options_(std::move(options)),
        files_(format) {}

  absl::StatusOr<std::vector<OutputExtent>> Begin(const std::vector<OutputTensor>& tensors,
                                                  const Metadata& metadata) override {
    WEFT_ASSIGN_OR_RETURN(std::unique_ptr<OutputLayout> layout,
                          format_.lay_out_file(destination_.name, tensors, metadata));
    WEFT_ASSIGN_OR_RETURN(parent_, Directory::OpenOrMake(destination_.directory));
    return files_.Start(std::move(layout), tensors, [&](const std::string& name) {
      return OutputFile::CreateTemporary(*parent_, name);
    });
  }

  absl::Status WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
                       uint64_t size_bytes) override {
    return files_.WriteAt(file, offset_bytes, data, size_bytes);
  }

  uint64_t CopyAt(uint32_t file, uint64_t offset_bytes, const InputFile& source,
                  uint64_t source_offset_bytes, uint64_t size_bytes) override {
    return files_.CopyAt(file, offset_bytes, source, source_offset_bytes, size_bytes);
  }

  absl::Status Finish() override {
    WEFT_RETURN_IF_ERROR(files_.Complete());
    OutputFile& file = files_.files()[0];
    if (options_.sync) WEFT_RETURN_IF_ERROR(file.Sync());
    WEFT_RETURN_IF_ERROR(file.Publish(destination_.name, options_.overwrite));
    return options_.sync ? parent_->Sync() : absl::OkStatus();
  }

  std::vector<std::string> files() const override { return {destination_.name}; }
  std::string_view format() const override { return format_.name; }
  std::vector<std::string> warnings() const override { return files_.layout().warnings(); }

  bool KeepsAliases() const override { return files_.KeepsAliases(); }

 private:
  const OutputFormat& format_;
  SplitPath destination_;
  WriterOptions options_;
  std::optional<Directory> parent_;
  LayoutFiles files_;
};

}  // namespace

std::unique_ptr<CheckpointWriter> NewFileWriter(const OutputFormat& format, SplitPath destination,
                                                WriterOptions options) {
  return std::make_unique<FileWriter>(format, std::move(destination), std::move(options));
}

}  // namespace weft
