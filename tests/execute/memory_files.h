// A source and a writer in memory, which count what is asked of them and can be made to fail.
#ifndef WEFT_TESTS_EXECUTE_MEMORY_FILES_H_
#define WEFT_TESTS_EXECUTE_MEMORY_FILES_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "execute/byte_source.h"
#include "formats/writer.h"

namespace weft::execute {

using Bytes = std::vector<char>;

class MemorySource : public ByteSource {
 public:
  explicit MemorySource(std::vector<Bytes> files) : files_(std::move(files)) {}

  absl::Status ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes,
                      char* out) const override;

  // The n-th read from now on, counted from 1, and all after it fail.
  void FailFrom(uint64_t read) {
    fail_from_ = read;
    reads_ = 0;
  }

  const std::vector<Bytes>& files() const { return files_; }
  uint64_t reads() const { return reads_; }

 private:
  std::vector<Bytes> files_;
  uint64_t fail_from_ = 0;
  mutable std::atomic<uint64_t> reads_{0};
};

// Places tensors in the order given, one after the other, after a header of `header_bytes` in each
// file and with `gap_bytes` between them; a new file begins after every `tensors_per_file`.
struct Placement {
  uint64_t header_bytes = 8;
  uint64_t gap_bytes = 0;
  size_t tensors_per_file = 1'000'000;
  bool backwards = false;  // the last tensor first
};

class MemoryWriter : public CheckpointWriter {
 public:
  explicit MemoryWriter(const Placement& placement = {}) : placement_(placement) {}

  absl::StatusOr<std::vector<OutputExtent>> Begin(
      const std::vector<OutputTensor>& tensors,
      const std::map<std::string, std::string>& metadata) override;
  absl::Status WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
                       uint64_t size_bytes) override;
  uint64_t CopyAt(uint32_t file, uint64_t offset_bytes, const InputFile& source,
                  uint64_t source_offset_bytes, uint64_t size_bytes) override;
  absl::Status CopySideFile(std::string_view source_path, std::string_view name) override;
  absl::Status WriteSideFile(std::string_view name, std::string_view content) override;
  absl::Status Finish() override;
  std::vector<std::string> files() const override { return {}; }

  void FailFrom(uint64_t write) { fail_from_ = write; }

  // How many bytes CopyAt copies in all before it does not go on; at first none.
  void CopyAtMost(uint64_t bytes) { left_to_copy_ = bytes; }

  bool begun() const { return begun_; }
  bool finished() const { return finished_; }
  uint64_t writes() const { return writes_; }
  uint64_t copied() const { return copied_; }

  // The bytes of one tensor.
  Bytes Tensor(size_t index) const;
  // True when every byte of every tensor was written once, and no other byte.
  bool WroteEachByteOnce() const;

 private:
  Placement placement_;
  std::vector<OutputExtent> extents_;
  std::vector<Bytes> files_;
  std::vector<std::vector<unsigned char>> times_written_;
  bool begun_ = false;
  bool finished_ = false;
  uint64_t fail_from_ = 0;
  std::atomic<uint64_t> writes_{0};
  std::atomic<uint64_t> left_to_copy_{0};
  std::atomic<uint64_t> copied_{0};
};

}  // namespace weft::execute

#endif  // WEFT_TESTS_EXECUTE_MEMORY_FILES_H_
