// Carries out a plan into memory, as an engine loads its weights.
//
// Last step of the flow, beside Convert: Plan × Checkpoint → tensors in memory.
//
//   absl::StatusOr<weft::LoadedCheckpoint> loaded = weft::Load(*plan, *checkpoint);
//   if (!loaded.ok()) return loaded.status();
//   for (const weft::LoadedTensor& t : loaded->tensors) Upload(t.name, t.data, t.size_bytes);
//
// Where a tensor's bytes go is decided tensor by tensor:
//   1. to where LoadOptions::destination says, if it names an address;
//   2. with LoadOptions::borrow, nowhere: a tensor that is one contiguous part of a source file, in
//      the same dtype and aligned for it, becomes a view of the mapped file;
//   3. to memory of the result.
//
// The bytes are those that Convert would write, whatever the options: row-major, little-endian,
// without gaps. What lies in the order of the output is read from the file to its place, with no
// copy in between.
#ifndef WEFT_LOAD_H_
#define WEFT_LOAD_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "weft/checkpoint.h"
#include "weft/convert.h"
#include "weft/io.h"
#include "weft/plan.h"

namespace weft {

struct LoadOptions {
  // As in ConvertOptions. `memory_bytes` is what is needed besides the tensors themselves.
  int threads = 0;
  uint64_t memory_bytes = 64ull << 20;
  Io io = Io::kAuto;

  // What addresses of tensors that weft places are multiples of: a power of two from 1 to 64. Below
  // 64, what is copied out of a mapped file (Io::kMmap) begins as many bytes behind a multiple of
  // 64 as in the file, as far as this allows. Processors copy such data a third faster.
  uint64_t alignment_bytes = 64;

  // The caller's own buffers. Asked once for each tensor that has bytes, in the order of the plan,
  // on the calling thread, before any data is read. Returns the address of `size_bytes` writable
  // bytes of any alignment, which no other tensor's overlap and which live until Load returns; or
  // null, which leaves the place to weft (2. and 3. above); or an error, with which Load then ends.
  // Empty: every place is left to weft. What is in the buffers after an error is undefined.
  std::function<absl::StatusOr<char*>(const PlannedTensor& tensor, uint64_t size_bytes)>
      destination;

  // Allow views of mapped source files. Without it no file is mapped, unless `io` says so. While
  // views are used, nobody may write to the source files: their bytes would change, and a process
  // that touches a view beyond the new end of a file that was cut is ended by the system with
  // SIGBUS. Renaming and removing files does no harm.
  bool borrow = false;

  // As in ConvertOptions; bytes of borrowed tensors are not counted.
  std::function<bool(const Progress&)> progress;
};

struct LoadedTensor {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  // The address that the caller gave; or else aligned to LoadOptions::alignment_bytes, or,
  // borrowed, to the size of an element. Null for a tensor without bytes.
  const char* data = nullptr;
  uint64_t size_bytes = 0;
  bool borrowed = false;  // a view of a source file; read only
};

// Plain data; copies are cheap in data (they share the memory) but not in names. `data` of a tensor
// that is not in a buffer of the caller's is valid for as long as a copy of `memory` lives, however
// long the Checkpoint and the Plan do. Const access is safe from any number of threads.
struct LoadedCheckpoint {
  std::vector<LoadedTensor> tensors;  // in the order of the plan: natural order of names
  uint64_t bytes = 0;                 // of all tensors
  uint64_t bytes_read = 0;            // requested from source files, to fill tensors and for checks
  uint64_t gap_bytes = 0;             // as in ConvertReport
  uint64_t bytes_borrowed = 0;        // of tensors that are views
  // Owns what `data` points to: one block for all tensors that weft placed, and mapped files.
  std::vector<std::shared_ptr<const char>> memory;
};

// Before anything is read into a tensor, the plan's checks are made.
//
// Errors: kBadArgument (a plan for another checkpoint; the number of threads; the alignment),
// kNotByteAligned and kUnsupportedFeature (parts of bytes, casts that do not exist), what
// `destination` returned, kLimitExceeded (no memory), kValuesDiffer (a check of the plan fails),
// kCannotRead, kInputChanged, kCancelled, kInternal (`progress` or `destination` threw).
absl::StatusOr<LoadedCheckpoint> Load(const Plan& plan, const Checkpoint& checkpoint,
                                      const LoadOptions& options = {});

}  // namespace weft

#endif  // WEFT_LOAD_H_
