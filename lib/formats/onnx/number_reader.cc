#include "formats/onnx/number_reader.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/protobuf/message_reader.h"

namespace weft::onnx {
namespace {

using protobuf::ByteWindow;
using protobuf::PackedReader;

// Whether the dtype, of that many bytes, has the number. Floats are there by their bits.
bool Holds(uint64_t value, DType dtype, uint64_t bytes) {
  if (bytes == 8) return true;
  if (dtype != DType::kI8 && dtype != DType::kI16 && dtype != DType::kI32) {
    return value >> (8 * bytes) == 0;
  }
  const int64_t most = (int64_t{1} << (8 * bytes - 1)) - 1;
  const auto number = static_cast<int64_t>(value);
  return number >= -most - 1 && number <= most;
}

}  // namespace

NumberReader::NumberReader(std::shared_ptr<const ByteReader> file, const Initializer& initializer)
    : file_(std::move(file)),
      ranges_(initializer.numbers),
      element_bytes_(static_cast<uint64_t>(BitsOf(initializer.dtype)) / 8),
      size_bytes_(ElementsOf(initializer.shape) * element_bytes_) {}

absl::StatusOr<std::shared_ptr<const NumberReader>> NumberReader::Open(
    std::shared_ptr<const ByteReader> file, const Initializer& initializer) {
  std::shared_ptr<NumberReader> reader(new NumberReader(std::move(file), initializer));
  WEFT_RETURN_IF_ERROR(reader->Scan(initializer));
  return reader;
}

absl::Status NumberReader::Scan(const Initializer& initializer) {
  ByteWindow window(*file_);
  uint64_t count = 0;
  for (const FileRange& range : ranges_) {
    PackedReader numbers(window, range);
    for (uint64_t value = 0;; ++count) {
      const uint64_t begin = numbers.position_bytes();
      if (!numbers.Next(value)) break;
      if (count % kStep == 0) begins_.push_back(begin);
      if (Holds(value, initializer.dtype, element_bytes_)) continue;
      return ErrorStatus(
          ErrorCode::kOverflow,
          absl::StrFormat("%s: initializer '%s'", file_->where(), Escaped(initializer.name)),
          absl::StrFormat("has the number %d, which %s does not hold", static_cast<int64_t>(value),
                          NameOf(initializer.dtype)));
    }
    WEFT_RETURN_IF_ERROR(numbers.status());
  }
  return absl::OkStatus();
}

absl::Status NumberReader::ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const {
  if (size_bytes == 0) return absl::OkStatus();
  uint64_t step = offset_bytes / element_bytes_ / kStep;
  uint64_t at = step * kStep * element_bytes_;  // of the next element, in what is read
  const uint64_t end = offset_bytes + size_bytes;
  uint64_t position = begins_[step];
  auto range = std::prev(
      std::upper_bound(ranges_.begin(), ranges_.end(), position,
                       [](uint64_t a, const FileRange& b) { return a < b.offset_bytes; }));
  ByteWindow window(*file_);
  for (; range != ranges_.end() && at < end; ++range) {
    position = std::max(position, range->offset_bytes);
    PackedReader numbers(window, {position, range->end_bytes() - position});
    uint64_t value = 0;
    for (; at < end && numbers.Next(value); at += element_bytes_) {
      for (uint64_t i = 0; i < element_bytes_; ++i) {
        const uint64_t byte = at + i;
        if (byte < offset_bytes || byte >= end) continue;
        out[byte - offset_bytes] = static_cast<char>(value >> (8 * i) & 0xFF);
      }
    }
    WEFT_RETURN_IF_ERROR(numbers.status());
  }
  if (at >= end) return absl::OkStatus();
  return ErrorStatus(ErrorCode::kInputChanged, file_->where(),
                     "has fewer numbers than when it was opened");
}

}  // namespace weft::onnx
