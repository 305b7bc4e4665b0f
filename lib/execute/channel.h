// The reads and writes of one job, in steps that are short enough to cancel between them.
#ifndef WEFT_EXECUTE_CHANNEL_H_
#define WEFT_EXECUTE_CHANNEL_H_

#include <cstdint>

#include "absl/status/status.h"
#include "execute/byte_source.h"
#include "execute/monitor.h"
#include "formats/writer.h"

namespace weft::execute {

class Channel {
 public:
  Channel(const ByteSource& source, CheckpointWriter& writer, Monitor& monitor)
      : source_(source), writer_(writer), monitor_(monitor) {}

  // The job that the next calls belong to.
  void set_job(uint64_t job) { job_ = job; }

  // Both return an error without a diagnostic when the monitor stops the job.
  absl::Status Read(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes, char* out);
  absl::Status Write(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes, const char* data);

 private:
  const ByteSource& source_;
  CheckpointWriter& writer_;
  Monitor& monitor_;
  uint64_t job_ = 0;
};

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_CHANNEL_H_
