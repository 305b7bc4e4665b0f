#include "formats/swapped_reader.h"

#include <algorithm>
#include <cstring>

#include "diagnostic/status.h"

namespace weft {
namespace {

template <typename Number, typename Swap>
void SwapAll(char* bytes, uint64_t size_bytes, Swap swap) {
  for (uint64_t at = 0; at < size_bytes; at += sizeof(Number)) {
    Number number;
    std::memcpy(&number, bytes + at, sizeof(number));
    number = swap(number);
    std::memcpy(bytes + at, &number, sizeof(number));
  }
}

void SwapNumbers(char* bytes, uint64_t size_bytes, uint64_t number_bytes) {
  switch (number_bytes) {
    case 2:
      return SwapAll<uint16_t>(bytes, size_bytes, [](uint16_t n) { return __builtin_bswap16(n); });
    case 4:
      return SwapAll<uint32_t>(bytes, size_bytes, [](uint32_t n) { return __builtin_bswap32(n); });
    default:
      return SwapAll<uint64_t>(bytes, size_bytes, [](uint64_t n) { return __builtin_bswap64(n); });
  }
}

}  // namespace

absl::Status SwappedReader::ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const {
  // A number that is asked for in part is read whole, into a place of its own.
  const auto read_part = [&](uint64_t number, uint64_t begin, uint64_t count) {
    char bytes[8];
    const absl::Status status =
        reader_->ReadAt(range_.offset_bytes + number * number_bytes_, number_bytes_, bytes);
    if (!status.ok()) return status;
    SwapNumbers(bytes, number_bytes_, number_bytes_);
    std::memcpy(out, bytes + begin, count);
    out += count;
    offset_bytes += count;
    size_bytes -= count;
    return status;
  };
  if (const uint64_t begin = offset_bytes % number_bytes_; begin != 0 && size_bytes > 0) {
    const uint64_t count = std::min(size_bytes, number_bytes_ - begin);
    WEFT_RETURN_IF_ERROR(read_part(offset_bytes / number_bytes_, begin, count));
  }
  if (const uint64_t whole = size_bytes / number_bytes_ * number_bytes_; whole > 0) {
    WEFT_RETURN_IF_ERROR(reader_->ReadAt(range_.offset_bytes + offset_bytes, whole, out));
    SwapNumbers(out, whole, number_bytes_);
    out += whole;
    offset_bytes += whole;
    size_bytes -= whole;
  }
  if (size_bytes > 0) {
    WEFT_RETURN_IF_ERROR(read_part(offset_bytes / number_bytes_, 0, size_bytes));
  }
  return absl::OkStatus();
}

}  // namespace weft
