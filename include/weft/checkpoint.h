// A checkpoint on disk, opened for reading.
//
// First step of the flow: files → Checkpoint (its Catalog) → Mapping → Plan → Convert.
//
//   absl::StatusOr<weft::Checkpoint> checkpoint = weft::Checkpoint::Open("Mixtral-8x7B");
//   if (!checkpoint.ok()) return checkpoint.status();
//   const weft::Catalog& catalog = *checkpoint->catalog();
//
// Opening reads and validates every header and no tensor data. An open Checkpoint is immutable:
// all its const methods may be called from any number of threads at once. It keeps its files open
// (so a later rename or removal does no harm) and closes them when the last copy is destroyed;
// copies are cheap and share the files.
#ifndef WEFT_CHECKPOINT_H_
#define WEFT_CHECKPOINT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "weft/catalog.h"
#include "weft/limits.h"
#include "weft/part_files.h"

namespace weft {

class InputFile;

struct OpenOptions {
  Limits limits;
  // "MODULE.NAME" of Python classes and functions that a PyTorch file may name beside those that
  // are known to be harmless. What they stand for is not looked at, and nothing is called.
  std::vector<std::string> allowed_globals = {};
  // The directory holds these files, which repeat the same names: tensors are named
  // "PART/NAME". See weft/part_files.h.
  std::optional<PartFiles> part_files = std::nullopt;
};

class Checkpoint {
 public:
  // Opens `path`: a weights file, an index file (model.safetensors.index.json), or a directory
  // (the index file in it, or else all weights files of one format). The format is recognised by
  // content, never by extension.
  //
  // A directory that DeepSpeed or torch.distributed.checkpoint saved is one checkpoint of whole
  // tensors, put together from the files of the ranks while they are read; of DeepSpeed also the
  // directory above, whose file `latest` names the one that is meant. docs/formats/training.md.
  //
  // Errors: kCannotRead (missing, permission, I/O), kNotRegularFile, kUnknownFormat,
  // kSeveralCheckpoints (a directory with two candidates; both are named), kMissingPart (a shard or
  // a tensor that the index names is absent), kUnsafePath (a shard name that leaves the directory),
  // kDuplicateName, every rule of the format (docs/formats/safetensors.md), kLimitExceeded.
  static absl::StatusOr<Checkpoint> Open(std::string_view path, const OpenOptions& options = {});

  // What programs put around the names of a model: "state_dict." where all tensors are in a dict of
  // that name, "module." where DistributedDataParallel did, "state_dict.module." where both are; ""
  // where there is nothing, and for formats that hold no objects of programs. The dicts are those
  // of docs/formats/pytorch.md; a name that only looks like one of them ("model.norm.weight") is
  // none.
  std::string wrapper() const;

  // The same files, with the wrapper taken off all names.
  Checkpoint Unwrapped() const;

  // Both as one checkpoint, whose catalog is Join (weft/catalog.h) of theirs. Its directory is that
  // of `first`. Shares the open files with both.
  static Checkpoint Join(const Checkpoint& first, const Checkpoint& second);

  // Never null. Valid for as long as the caller holds the pointer.
  const std::shared_ptr<const Catalog>& catalog() const { return catalog_; }

  // Directory of the files, for side files such as config.json.
  const std::string& directory() const { return directory_; }

  // True when Open was given a directory, or an index file: side files belong to the checkpoint.
  bool is_directory() const { return is_directory_; }

  // What is odd but legal: shards hold tensors that the index does not name, …
  const std::vector<std::string>& warnings() const { return warnings_; }

  // Reads exactly `size_bytes` bytes at `offset_bytes` of file `file` into `out`. What is decoded
  // is decoded by it; a compressed part wholly by the first call.
  // Errors: kBadArgument (beyond the end); kCannotRead; kInputChanged when the file ended early, so
  // it was cut after Open; of compressed parts also kWrongChecksum, kSizeMismatch,
  // kBadHeaderSyntax, kCannotWrite (no room for a temporary file).
  absl::Status ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes, char* out) const;

  // All bytes of file `file`, mapped into memory for reading, for as long as a copy of the pointer
  // lives; the checkpoint may be gone by then. Each call makes a new mapping. Nobody may write to
  // the file meanwhile: see LoadOptions::borrow. Errors: kCannotRead; kBadArgument for what is
  // decoded (CatalogFile::is_decoded).
  absl::StatusOr<std::shared_ptr<const char>> Map(uint32_t file) const;

  // Errors with kInputChanged if a file's size or modification time is no longer what it was at
  // Open. Convert calls it after the last read.
  absl::Status CheckUnchanged() const;

 private:
  struct Files;
  friend const InputFile* FileOf(const Checkpoint& checkpoint, uint32_t file);
  Checkpoint() = default;
  absl::Status CheckFile(uint32_t file) const;

  std::shared_ptr<const Catalog> catalog_;
  std::shared_ptr<const Files> files_;
  std::string directory_;
  bool is_directory_ = false;
  std::vector<std::string> warnings_;
};

}  // namespace weft

#endif  // WEFT_CHECKPOINT_H_
