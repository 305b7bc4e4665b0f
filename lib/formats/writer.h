// How a plan's bytes become a checkpoint file, whatever its format.
//
// A writer is told all tensors first, so that it can fix every offset, write its header and
// preallocate; then disjoint ranges arrive in any order from any thread; then it publishes.
#ifndef WEFT_FORMATS_WRITER_H_
#define WEFT_FORMATS_WRITER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "io/input_file.h"
#include "weft/catalog.h"
#include "weft/part_files.h"

namespace weft {

struct OutputTensor {
  std::string_view name;
  DType dtype = DType::kF32;
  const Shape* shape = nullptr;  // not owned; valid while Begin runs
  // Where in its file the first of the bytes is that are copied as they are. A file system can
  // share them if they get to the same place of a block.
  std::optional<uint64_t> copied_from = std::nullopt;
  // The number of an earlier tensor, of the same dtype, shape and bytes, whose place in the output
  // this one may share. Set only for formats that keep aliases.
  std::optional<uint32_t> alias_of = std::nullopt;
};

// Where a tensor's bytes go: contiguous, row-major, little-endian. Where a file has the tensor in
// several ranges, the writer counts its offsets as if it had one.
struct OutputExtent {
  uint32_t file = 0;
  uint64_t offset_bytes = 0;
  uint64_t size_bytes = 0;
};

class CheckpointWriter {
 public:
  // Discards everything that was not published.
  virtual ~CheckpointWriter() = default;

  // Creates and preallocates the temporary files and writes the headers. Called once, first.
  // The result has one extent for each tensor, in the same order; that of an alias is the same as
  // that of the tensor whose place it shares, and is to be written once.
  virtual absl::StatusOr<std::vector<OutputExtent>> Begin(
      const std::vector<OutputTensor>& tensors,
      const std::map<std::string, std::string>& metadata) = 0;

  // Writes a range within the extent of a tensor; ranges never overlap. Thread-safe.
  virtual absl::Status WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
                               uint64_t size_bytes) = 0;

  // Lets the system copy such a range from another file. Returns how many bytes it copied, from the
  // first on: fewer where it does not go on, and the rest is to be written. Thread-safe.
  virtual uint64_t CopyAt(uint32_t file, uint64_t offset_bytes, const InputFile& source,
                          uint64_t source_offset_bytes, uint64_t size_bytes) = 0;

  // A file that belongs beside the weights, such as config.json: a copy, or one with that content.
  // Errors: kBadArgument where the output is no directory.
  virtual absl::Status CopySideFile(std::string_view source_path, std::string_view name);
  virtual absl::Status WriteSideFile(std::string_view name, std::string_view content);

  // Syncs and publishes under the final name. Called once, last.
  virtual absl::Status Finish() = 0;

  // Names of the weights files and index, relative to the destination's directory. After Begin.
  virtual std::vector<std::string> files() const = 0;

  // The name of the format that is written; empty for a template's.
  virtual std::string_view format() const { return {}; }

  // What was asked for and has no place in the output, after Begin; and what is worth knowing of
  // what stood at the destination, after Finish.
  virtual std::vector<std::string> warnings() const { return {}; }

  // Whether the destination is a directory, which takes side files.
  virtual bool IsDirectory() const { return false; }

  // Whether OutputTensor::alias_of is looked at.
  virtual bool KeepsAliases() const { return false; }
};

// What WriterOptions::format may be.
std::vector<std::string_view> WrittenFormats();

class Template;

struct WriterOptions {
  // Empty for that of the destination's extension, or safetensors where it has none.
  std::string format;
  uint64_t max_shard_bytes = 5'000'000'000;  // directory output
  bool overwrite = false;
  bool sync = true;
  // The file to be written with other values; null: one is written from the tensors alone. Lives as
  // long as the writer.
  const Template* into = nullptr;
  // The output is a directory with these files: names of tensors begin with their parts.
  std::optional<PartFiles> part_files = std::nullopt;
};

// A writer for `destination`: one file when its name has the extension of a format, otherwise a
// directory. Part files have the format of their extension, and are in a directory. `inputs` are
// the files being read, which the destination may not be. Errors: kOutputExists, kSameFile,
// kBadArgument, kCannotWrite.
absl::StatusOr<std::unique_ptr<CheckpointWriter>> NewWriter(std::string_view destination,
                                                            const std::vector<CatalogFile>& inputs,
                                                            const WriterOptions& options);

}  // namespace weft

#endif  // WEFT_FORMATS_WRITER_H_
