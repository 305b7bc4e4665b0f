// What the files of an output will be: what a format knows, before any file is there.
//
// A format makes a layout; a writer (layout_writer.h) makes the files. The layout fixes every
// offset, so that data can be written in any order and by any thread. What depends on the data,
// such as checksums, it tells when all of it is there.
#ifndef WEFT_FORMATS_OUTPUT_LAYOUT_H_
#define WEFT_FORMATS_OUTPUT_LAYOUT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "formats/file_range.h"
#include "formats/kept_range.h"
#include "formats/patch.h"
#include "formats/writer.h"

namespace weft {

// Where the bytes of a tensor go: row-major, little-endian; several ranges where something stands
// between them.
struct TensorPlace {
  uint32_t file = 0;
  absl::InlinedVector<FileRange, 1> ranges;
};

class OutputLayout {
 public:
  struct File {
    std::string path;  // relative to the destination's directory; plain names
    uint64_t size_bytes = 0;
    std::vector<Patch> heads;          // all that is known before the data
    std::vector<KeptRange> kept = {};  // copied before the data
  };
  // Written last, beside the files.
  struct Index {
    std::string name;  // empty: there is none
    std::string text;
  };

  virtual ~OutputLayout() = default;

  virtual const std::vector<File>& files() const = 0;
  // One for each tensor, in the order in which they were given. Those of aliases are the same.
  virtual const std::vector<TensorPlace>& places() const = 0;
  virtual const Index& index() const;
  // What was asked for and has no place in the output.
  virtual std::vector<std::string> warnings() const { return {}; }

  // Whether NoteData has to be told all data. Then no system may copy it unseen.
  virtual bool NeedsData() const { return false; }
  // Data that has been, or will be, written at `offset_bytes` of a file, within the range of one
  // tensor. Thread-safe. Errors: kInternal.
  virtual absl::Status NoteData(uint32_t file, uint64_t offset_bytes, std::string_view data);
  // What the data of a file decide; called once for each file, when all data is noted.
  // Errors: kInternal.
  virtual absl::StatusOr<std::vector<Patch>> Finish(uint32_t file);

  // Reads a finished file and finds in it what should be there. Only of formats without `read_as`.
  // Errors: kInternal, and those of reading.
  virtual absl::Status Check(uint32_t file, const ByteReader& written) const;
};

// A layout that is known as a whole.
class FixedLayout final : public OutputLayout {
 public:
  FixedLayout(std::vector<File> files, std::vector<TensorPlace> places, Index index,
              std::vector<std::string> warnings = {})
      : files_(std::move(files)),
        places_(std::move(places)),
        index_(std::move(index)),
        warnings_(std::move(warnings)) {}

  const std::vector<File>& files() const override { return files_; }
  const std::vector<TensorPlace>& places() const override { return places_; }
  const Index& index() const override { return index_; }
  std::vector<std::string> warnings() const override { return warnings_; }

 private:
  std::vector<File> files_;
  std::vector<TensorPlace> places_;
  Index index_;
  std::vector<std::string> warnings_;
};

using Metadata = std::map<std::string, std::string>;

// What the files of a format are called in a directory: "model.safetensors" alone, or
// "model-00001-of-00002.safetensors" and so on beside the index.
struct DirectoryNames {
  std::string_view stem;       // "model"; empty where the names are those of tensors
  std::string_view extension;  // ".safetensors"
  std::string_view index;      // "model.safetensors.index.json"; empty where there is none
};

// A format that weft writes.
struct OutputFormat {
  std::string_view name;  // as in WriterOptions::format
  // The format by which what was written is read again; its errors would be ours. Empty where the
  // layout does that (OutputLayout::Check).
  std::string_view read_as;
  // Of files that may have this format; the first one is that of files in a directory.
  absl::Span<const std::string_view> extensions;
  // One file of that name; null when the format is none of one file.
  absl::StatusOr<std::unique_ptr<OutputLayout>> (*lay_out_file)(
      std::string_view name, const std::vector<OutputTensor>& tensors, const Metadata& metadata);
  // Files in a directory.
  absl::StatusOr<std::unique_ptr<OutputLayout>> (*lay_out_directory)(
      uint64_t max_shard_bytes, const std::vector<OutputTensor>& tensors, const Metadata& metadata);
  DirectoryNames directory_names;
  // Whether several tensors may have one place (OutputTensor::alias_of).
  bool keeps_aliases = false;
};

}  // namespace weft

#endif  // WEFT_FORMATS_OUTPUT_LAYOUT_H_
