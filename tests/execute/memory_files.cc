#include "execute/memory_files.h"

#include <algorithm>

#include "diagnostic/status.h"

namespace weft::execute {

absl::Status MemorySource::ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes,
                                  char* out) const {
  const uint64_t read = ++reads_;
  if (fail_from_ != 0 && read >= fail_from_) {
    return ErrorStatus(ErrorCode::kCannotRead, "memory", "the read failed as asked");
  }
  const Bytes& bytes = files_.at(file);
  if (size_bytes > bytes.size() || offset_bytes > bytes.size() - size_bytes) {
    return ErrorStatus(ErrorCode::kInternal, "memory", "a read beyond the end");
  }
  std::copy_n(bytes.begin() + static_cast<std::ptrdiff_t>(offset_bytes), size_bytes, out);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<OutputExtent>> MemoryWriter::Begin(
    const std::vector<OutputTensor>& tensors, const std::map<std::string, std::string>&) {
  begun_ = true;
  extents_.resize(tensors.size());
  uint64_t end = 0;
  for (size_t i = 0; i < tensors.size(); ++i) {
    const size_t index = placement_.backwards ? tensors.size() - 1 - i : i;
    const OutputTensor& tensor = tensors[index];
    if (i % placement_.tensors_per_file == 0) {
      files_.emplace_back();
      end = placement_.header_bytes;
    }
    const uint64_t size =
        ElementsOf(*tensor.shape) * static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8;
    extents_[index] = {static_cast<uint32_t>(files_.size() - 1), end, size};
    files_.back().resize(end + size);
    end += size + placement_.gap_bytes;
  }
  times_written_.clear();
  for (const Bytes& bytes : files_) times_written_.emplace_back(bytes.size());
  return extents_;
}

absl::Status MemoryWriter::WriteAt(uint32_t file, uint64_t offset_bytes, const char* data,
                                   uint64_t size_bytes) {
  const uint64_t write = ++writes_;
  if (fail_from_ != 0 && write >= fail_from_) {
    return ErrorStatus(ErrorCode::kCannotWrite, "memory", "the write failed as asked");
  }
  Bytes& bytes = files_.at(file);
  if (size_bytes > bytes.size() || offset_bytes > bytes.size() - size_bytes) {
    return ErrorStatus(ErrorCode::kInternal, "memory", "a write beyond the end");
  }
  std::copy_n(data, size_bytes, bytes.begin() + static_cast<std::ptrdiff_t>(offset_bytes));
  for (uint64_t i = 0; i < size_bytes; ++i) ++times_written_[file][offset_bytes + i];
  return absl::OkStatus();
}

uint64_t MemoryWriter::CopyAt(uint32_t file, uint64_t offset_bytes, const InputFile& source,
                              uint64_t source_offset_bytes, uint64_t size_bytes) {
  uint64_t left = left_to_copy_;
  while (!left_to_copy_.compare_exchange_weak(left, left - std::min(left, size_bytes))) {
  }
  Bytes& bytes = files_.at(file);
  const uint64_t size = std::min(left, size_bytes);
  if (source_offset_bytes + size > source.size_bytes() || offset_bytes + size > bytes.size() ||
      !source.ReadAt(source_offset_bytes, size, bytes.data() + offset_bytes).ok()) {
    return 0;
  }
  for (uint64_t i = 0; i < size; ++i) ++times_written_[file][offset_bytes + i];
  copied_ += size;
  return size;
}

absl::Status MemoryWriter::CopySideFile(std::string_view, std::string_view) {
  return absl::OkStatus();
}

absl::Status MemoryWriter::WriteSideFile(std::string_view, std::string_view) {
  return absl::OkStatus();
}

absl::Status MemoryWriter::Finish() {
  finished_ = true;
  return absl::OkStatus();
}

Bytes MemoryWriter::Tensor(size_t index) const {
  const OutputExtent& extent = extents_.at(index);
  const auto begin = files_[extent.file].begin() + static_cast<std::ptrdiff_t>(extent.offset_bytes);
  return Bytes(begin, begin + static_cast<std::ptrdiff_t>(extent.size_bytes));
}

bool MemoryWriter::WroteEachByteOnce() const {
  std::vector<std::vector<unsigned char>> expected;
  expected.reserve(files_.size());
  for (const Bytes& bytes : files_) expected.emplace_back(bytes.size());
  for (const OutputExtent& extent : extents_) {
    std::fill_n(expected[extent.file].begin() + static_cast<std::ptrdiff_t>(extent.offset_bytes),
                extent.size_bytes, static_cast<unsigned char>(1));
  }
  return expected == times_written_;
}

}  // namespace weft::execute
