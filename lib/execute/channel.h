// The reads and writes of one job, in steps that are short enough to cancel between them.
#ifndef WEFT_EXECUTE_CHANNEL_H_
#define WEFT_EXECUTE_CHANNEL_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "execute/byte_sink.h"
#include "execute/monitor.h"
#include "execute/plan_source.h"

namespace weft::execute {

class Channel {
 public:
  Channel(const PlanSource& source, ByteSink& sink, Monitor& monitor)
      : source_(source), sink_(sink), monitor_(monitor) {}

  // The job that the next calls belong to.
  void set_job(uint64_t job) { job_ = job; }

  // All return an error without a diagnostic when the monitor stops the job.
  absl::Status Read(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes, char* out);
  absl::Status Write(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes, const char* data);
  // Instead of Read, as in ByteSource: null where the bytes have to be read.
  absl::StatusOr<const char*> BytesAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes);

  // Of what Read reads, bytes that lie between those that are needed.
  void CountGap(uint32_t file, uint64_t bytes) {
    if (bytes > 0 && source_.IsStored(file)) monitor_.CountGap(bytes);
  }

  // Lets the system copy from file to file, where PlanSource::FileOf says that it may. Returns how
  // many bytes it copied, from the first on; fewer than `size_bytes` where it does not go on.
  absl::StatusOr<uint64_t> Copy(const Place& from, const Place& to, uint64_t size_bytes);

  // Of a sink in memory: where the file begins, and bytes that were put there.
  char* MemoryOf(uint32_t file) const { return sink_.MemoryOf(file); }
  void CountPut(uint64_t bytes) { monitor_.CountWritten(bytes); }

 private:
  const PlanSource& source_;
  ByteSink& sink_;
  Monitor& monitor_;
  uint64_t job_ = 0;
};

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_CHANNEL_H_
