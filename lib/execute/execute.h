// Plan × source → writer or memory.
//
// The flow inside this room: a plan's boxes become byte boxes (byte_box.h), those that fill the
// output together become groups (group.h), groups are cut into tiles (tile.h), tiles and small
// groups become jobs (job_queue.h). Each worker takes jobs and runs them (job_runner.h): it reads
// blocks of the source (transfer.h, gather.h), rearranges or casts them in memory (copy.h, cast.h),
// and writes runs. Memory is filled in place: what lies in the order of the output is read to where
// it belongs, and nothing is written.
#ifndef WEFT_EXECUTE_EXECUTE_H_
#define WEFT_EXECUTE_EXECUTE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "execute/byte_sink.h"
#include "execute/byte_source.h"
#include "formats/writer.h"
#include "weft/convert.h"
#include "weft/plan.h"

namespace weft::execute {

// A job never needs more: a few elements and the gaps that are read with them.
inline constexpr uint64_t kLeastJobBytes = 512;

// Contiguous ranges from this size on are left to the system to copy. The layout of the output
// depends on it.
inline constexpr uint64_t kRangeBytes = 64 << 10;

struct ExecuteOptions {
  int threads = 1;                                // the calling one included; at least 1
  uint64_t job_bytes = 32 << 20;                  // buffers of each thread; at least kLeastJobBytes
  uint64_t range_bytes = kRangeBytes;             // another one for tests
  std::function<bool(const Progress&)> progress;  // as in ConvertOptions
};

struct ExecuteReport {
  uint64_t bytes_read = 0;
  uint64_t gap_bytes = 0;  // of these, read over on the way to others
  uint64_t bytes_written = 0;
  uint64_t buffer_bytes = 0;  // most that was in use, of all threads together
};

// What is reported when the system refuses memory.
absl::Status NoMemory();

// Proves that the plan can be carried out, begins the writer, and writes every tensor. Finishing
// the writer is left to the caller. What is written does not depend on the options.
//
// Errors: those of CheckBoxes, before anything is written; those of source and writer; kCancelled;
// kLimitExceeded when there is no memory for the buffers.
absl::StatusOr<ExecuteReport> Execute(const Plan& plan, const ByteSource& source,
                                      CheckpointWriter& writer, const ExecuteOptions& options);

// The same with other metadata than the plan's.
absl::StatusOr<ExecuteReport> Execute(const Plan& plan,
                                      const std::map<std::string, std::string>& metadata,
                                      const ByteSource& source, CheckpointWriter& writer,
                                      const ExecuteOptions& options);

// The same without beginning: puts the tensors of a plan that passed CheckBoxes to their extents.
// There is one extent for each tensor; those whose extent has no bytes are left out.
absl::StatusOr<ExecuteReport> Move(const Plan& plan, const ByteSource& source,
                                   const std::vector<OutputExtent>& extents, ByteSink& sink,
                                   const ExecuteOptions& options);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_EXECUTE_H_
