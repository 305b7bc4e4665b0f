// Carries out a plan: reads the source, rearranges, writes a new checkpoint.
//
// Last step of the flow: Plan × Checkpoint → files.
//
//   weft::ConvertOptions options;
//   options.threads = 2;
//   absl::StatusOr<weft::ConvertReport> report =
//       weft::Convert(*plan, *checkpoint, "out/mixtral-fused", options);
//
// The output appears under its name only when it is complete: it is written under a temporary name
// in the same parent directory, synced, and renamed. On any error, and on cancel, the temporary
// files are removed and what stood at `destination` before still stands there. Inputs are never
// modified. The bytes written do not depend on `threads`, `memory_bytes` or `io`.
#ifndef WEFT_CONVERT_H_
#define WEFT_CONVERT_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/checkpoint.h"
#include "weft/complement.h"
#include "weft/io.h"
#include "weft/plan.h"

namespace weft {

class Template;

struct Progress {
  uint64_t bytes_done = 0;  // of output data
  uint64_t bytes_total = 0;
};

// The formats that Convert writes, as ConvertOptions::format names them.
std::vector<std::string_view> OutputFormats();

struct ConvertOptions {
  // Worker threads. 1 starts no thread: the caller's does the work. 0: one for each processor.
  int threads = 0;
  // Buffers of all threads together. At least 1 MiB for each thread is used.
  uint64_t memory_bytes = 64ull << 20;
  // How source files are read.
  Io io = Io::kAuto;
  // Format of the output: "safetensors", "pytorch", "mindspore", "mindspore-safetensors", "npz",
  // "npy", "npy-dir". Empty: that of the destination's extension, or safetensors for a directory.
  std::string format = {};
  // Write this file with values of the plan's tensors, which are some of its own, instead of a file
  // of them alone (weft/template.h; the plan is one of CompileInto). `format` stays empty, and the
  // plan's metadata is not written. Data that an ONNX model has in other files is written beside
  // the destination, under the same names. Lives until Convert returns.
  const Template* into = nullptr;
  // Directory output is cut into shards of at most this many bytes of data, unless one tensor is
  // larger.
  uint64_t max_shard_bytes = 5'000'000'000;
  // Replace what stands at `destination`. Without it an existing destination is an error. Of a
  // directory, weights that are known to be of the checkpoint there go: files with the names that
  // Convert gives, or that the index there lists. The report's warnings tell what went, and when
  // other weights are beside what was written.
  bool overwrite = false;
  // fsync files and directories before the output gets its name. Turn off for scratch output.
  bool sync = true;
  // Copy side files (config.json, tokenizer, …) from a source directory to an output directory,
  // changed as the plan says.
  bool copy_side_files = true;
  // What the conversion loses (weft/complement.h), which must be that of the plan, and the
  // .safetensors file that it is written to. Null: it is lost. The file gets its name, in one step
  // and complete, just before the output gets its own; `overwrite` allows to replace it. Its bytes,
  // too, do not depend on threads and memory. Costs two more reads of what is lost or cast.
  const Complement* complement = nullptr;
  std::string complement_path;
  // Called from worker threads, one call at a time, after each few MiB. Return false to cancel.
  std::function<bool(const Progress&)> progress;
};

struct ConvertReport {
  std::vector<std::string> files;       // written, relative to the destination's directory
  std::vector<std::string> side_files;  // copied as they are
  std::vector<std::string> patched;     // side files that the mapping changed
  // Side files to change that the source does not have; what went with a directory that was
  // replaced, and what is in the way there.
  std::vector<std::string> warnings;
  uint64_t tensors = 0;
  uint64_t bytes_read = 0;  // requested from source files, gaps and checks included
  // Of these, bytes that were read only because they lie between runs that are needed: where runs
  // are shorter than 4 KiB, a gap of up to 4 KiB is read over, as that is cheaper than one more
  // read.
  uint64_t gap_bytes = 0;
  uint64_t bytes_written = 0;     // output data, without headers
  uint64_t complement_bytes = 0;  // data of the complement
};

// `destination` with the extension .safetensors is one file; any other is a directory that gets
// model.safetensors, or model-00001-of-0000N.safetensors … and model.safetensors.index.json when
// the data does not fit one shard. Missing parent directories are made.
//
// Errors, before anything is written: kOutputExists, kSameFile (the destination is one of the
// inputs, by whatever path), kBadArgument (an extension whose format this build cannot write, a
// plan for another checkpoint, a complement that is no .safetensors file or would be part of the
// output or of a directory that is read), kNotByteAligned and kUnsupportedFeature (parts of bytes,
// casts that do not exist), kValuesDiffer (checks of the plan fail; all are told), kBadName (a name
// the format cannot hold); with `into` also kUnexpectedTensor, kWrongShape, kDtypesDiffer (the plan
// is none for the template). Later: kPatchRefused (a side file cannot be changed as the plan says),
// kCannotRead, kCannotWrite (disk full, permission), kInputChanged, kCancelled, kLimitExceeded (no
// memory for buffers), kInternal (`progress` threw).
absl::StatusOr<ConvertReport> Convert(const Plan& plan, const Checkpoint& checkpoint,
                                      std::string_view destination,
                                      const ConvertOptions& options = {});

}  // namespace weft

#endif  // WEFT_CONVERT_H_
