// Where the executor puts bytes: the one thing it needs of what it fills.
#ifndef WEFT_EXECUTE_BYTE_SINK_H_
#define WEFT_EXECUTE_BYTE_SINK_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "formats/writer.h"
#include "io/input_file.h"

namespace weft::execute {

// Thread-safe; ranges never overlap.
class ByteSink {
 public:
  virtual ~ByteSink() = default;

  // True when every file lies in memory: bytes are then put to where MemoryOf says, and WriteAt is
  // never called.
  virtual bool IsMemory() const { return false; }
  virtual char* MemoryOf(uint32_t /*file*/) const { return nullptr; }

  virtual absl::Status WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
                               uint64_t size_bytes) = 0;

  // As in CheckpointWriter. Of files in memory never called.
  virtual uint64_t CopyAt(uint32_t /*file*/, uint64_t /*offset_bytes*/, const InputFile& /*source*/,
                          uint64_t /*source_offset_bytes*/, uint64_t /*size_bytes*/) {
    return 0;
  }
};

class WriterSink final : public ByteSink {
 public:
  explicit WriterSink(CheckpointWriter& writer) : writer_(writer) {}

  absl::Status WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
                       uint64_t size_bytes) override {
    return writer_.WriteAt(file, offset_bytes, data, size_bytes);
  }

  uint64_t CopyAt(uint32_t file, uint64_t offset_bytes, const InputFile& source,
                  uint64_t source_offset_bytes, uint64_t size_bytes) override {
    return writer_.CopyAt(file, offset_bytes, source, source_offset_bytes, size_bytes);
  }

 private:
  CheckpointWriter& writer_;
};

// File i begins at files[i].
class MemorySink final : public ByteSink {
 public:
  explicit MemorySink(std::vector<char*> files) : files_(std::move(files)) {}

  bool IsMemory() const override { return true; }
  char* MemoryOf(uint32_t file) const override { return files_[file]; }

  absl::Status WriteAt(uint32_t, uint64_t, const char*, uint64_t) override {
    return absl::InternalError("memory is not written to by calls");
  }

 private:
  std::vector<char*> files_;
};

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_BYTE_SINK_H_
