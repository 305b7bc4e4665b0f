#include "execute/direct_source.h"

#include <mutex>
#include <utility>

#include "diagnostic/status.h"
#include "execute/execute.h"
#include "io/direct_file.h"

namespace weft::execute {
namespace {

// As long as the longest read that is asked for.
constexpr uint64_t kBufferBytes = 3 << 19;

class DirectSource final : public ByteSource {
 public:
  explicit DirectSource(std::vector<DirectFile> files) : files_(std::move(files)) {}

  absl::Status ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes,
                      char* out) const override {
    std::unique_ptr<DirectBuffer> buffer = TakeBuffer();
    if (buffer->size_bytes() == 0) return NoMemory();
    const absl::Status status = files_[file].ReadAt(offset_bytes, size_bytes, out, *buffer);
    const std::lock_guard<std::mutex> lock(mutex_);
    buffers_.push_back(std::move(buffer));
    return status;
  }

 private:
  // One that no other thread uses now.
  std::unique_ptr<DirectBuffer> TakeBuffer() const {
    {
      const std::lock_guard<std::mutex> lock(mutex_);
      if (!buffers_.empty()) {
        std::unique_ptr<DirectBuffer> buffer = std::move(buffers_.back());
        buffers_.pop_back();
        return buffer;
      }
    }
    return std::make_unique<DirectBuffer>(kBufferBytes);
  }

  const std::vector<DirectFile> files_;
  mutable std::mutex mutex_;
  mutable std::vector<std::unique_ptr<DirectBuffer>> buffers_;  // not in use
};

}  // namespace

absl::StatusOr<std::unique_ptr<ByteSource>> NewDirectSource(
    const std::vector<const InputFile*>& files) {
  std::vector<DirectFile> opened;
  opened.reserve(files.size());
  for (const InputFile* file : files) {
    WEFT_ASSIGN_OR_RETURN(DirectFile direct, DirectFile::Open(*file));
    opened.push_back(std::move(direct));
  }
  return std::make_unique<DirectSource>(std::move(opened));
}

}  // namespace weft::execute
