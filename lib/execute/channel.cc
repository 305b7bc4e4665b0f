#include "execute/channel.h"

#include <algorithm>

#include "diagnostic/status.h"

namespace weft::execute {
namespace {

// Whole elements of every dtype: four elements of 6 bits are three bytes.
constexpr uint64_t kStepBytes = 3 << 19;

}  // namespace

absl::Status Channel::Read(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes, char* out) {
  for (uint64_t done = 0; done < size_bytes;) {
    if (monitor_.Stops(job_)) return absl::CancelledError();
    const uint64_t step = std::min(kStepBytes, size_bytes - done);
    WEFT_RETURN_IF_ERROR(source_.ReadAt(file, offset_bytes + done, step, out + done));
    if (source_.IsStored(file)) monitor_.CountRead(step);
    done += step;
  }
  return absl::OkStatus();
}

absl::Status Channel::Write(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes,
                            const char* data) {
  for (uint64_t done = 0; done < size_bytes;) {
    if (monitor_.Stops(job_)) return absl::CancelledError();
    const uint64_t step = std::min(kStepBytes, size_bytes - done);
    WEFT_RETURN_IF_ERROR(sink_.WriteAt(file, offset_bytes + done, data + done, step));
    monitor_.CountWritten(step);
    done += step;
  }
  return absl::OkStatus();
}

}  // namespace weft::execute
