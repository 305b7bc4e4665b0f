#include "execute/channel.h"

#include <algorithm>

#include "diagnostic/status.h"
#include "io/output_file.h"

namespace weft::execute {
namespace {

// Whole elements of every dtype: four elements of 6 bits are three bytes. Long, since long copies
// out of a mapping are the fastest.
constexpr uint64_t kStepBytes = 3 << 22;

// Of copies by the system.
constexpr uint64_t kCopyStepBytes = 4 << 20;

// The most to copy in one call. The file system shares whole blocks only: what is before the first
// of them is copied apart.
uint64_t CopyStep(uint64_t source_offset) {
  const uint64_t into_block = source_offset % kBlockBytes;
  return into_block > 0 ? kBlockBytes - into_block : kCopyStepBytes;
}

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

absl::StatusOr<const char*> Channel::BytesAt(uint32_t file, uint64_t offset_bytes,
                                             uint64_t size_bytes) {
  if (monitor_.Stops(job_)) return absl::CancelledError();
  WEFT_ASSIGN_OR_RETURN(const char* const bytes, source_.BytesAt(file, offset_bytes, size_bytes));
  if (bytes != nullptr) monitor_.CountRead(size_bytes);
  return bytes;
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

absl::StatusOr<uint64_t> Channel::Copy(const Place& from, const Place& to, uint64_t size_bytes) {
  const InputFile* const file = source_.FileOf(from.file);
  if (file == nullptr) return 0;
  for (uint64_t done = 0; done < size_bytes;) {
    if (monitor_.Stops(job_)) return absl::CancelledError();
    const uint64_t source_offset = from.offset_bytes + done;
    const uint64_t step = std::min(CopyStep(source_offset), size_bytes - done);
    const uint64_t copied =
        sink_.CopyAt(to.file, to.offset_bytes + done, *file, source_offset, step);
    monitor_.CountRead(copied);
    monitor_.CountWritten(copied);
    done += copied;
    if (copied < step) return done;
  }
  return size_bytes;
}

}  // namespace weft::execute
