// The files of an output layout: created, written to, checked.
#ifndef WEFT_FORMATS_LAYOUT_FILES_H_
#define WEFT_FORMATS_LAYOUT_FILES_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "formats/output_layout.h"
#include "formats/range_map.h"
#include "formats/writer.h"
#include "io/input_file.h"
#include "io/output_file.h"

namespace weft {

class LayoutFiles {
 public:
  // Makes the file of a path of the layout. The directory that it is in outlives it.
  using Create = std::function<absl::StatusOr<OutputFile>(const std::string& path)>;

  // `format` lives as long as the program.
  explicit LayoutFiles(const OutputFormat& format) : format_(&format) {}

  // Creates and reserves the files and writes what is known already. The extents are those of the
  // tensors. Errors: those of `create` and of writing; kInternal.
  absl::StatusOr<std::vector<OutputExtent>> Start(std::unique_ptr<OutputLayout> layout,
                                                  const std::vector<OutputTensor>& tensors,
                                                  const Create& create);

  // As those of CheckpointWriter. After Start.
  absl::Status WriteAt(uint32_t file, uint64_t offset_bytes, const char* data, uint64_t size_bytes);
  uint64_t CopyAt(uint32_t file, uint64_t offset_bytes, const InputFile& source,
                  uint64_t source_offset_bytes, uint64_t size_bytes);

  // Writes what the data decided. Once, when all data is there.
  absl::Status Complete();

  bool KeepsAliases() const { return format_->keeps_aliases; }
  std::vector<OutputFile>& files() { return files_; }
  const OutputLayout& layout() const { return *layout_; }

  // The paths of the files in the layout.
  std::vector<std::string> Paths() const;

 private:
  // What was asked for of a tensor, to hold what was written against it.
  struct Wanted {
    std::string name;
    DType dtype = DType::kF32;
    Shape shape;
    FileRange first;  // range of the file
  };

  absl::Status CheckWritten() const;
  absl::Status CheckFile(size_t number, std::vector<Wanted> wanted) const;

  const OutputFormat* format_;
  std::unique_ptr<OutputLayout> layout_;
  std::vector<OutputFile> files_;
  std::vector<RangeMap> maps_;               // of the files
  std::vector<std::vector<Wanted>> wanted_;  // of the files
};

}  // namespace weft

#endif  // WEFT_FORMATS_LAYOUT_FILES_H_
