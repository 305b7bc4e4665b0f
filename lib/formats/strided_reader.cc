#include "formats/strided_reader.h"

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "diagnostic/status.h"

namespace weft {
namespace {

// What is read at once, gaps included; and the longest gap that is rather read than skipped.
constexpr uint64_t kWindowBytes = uint64_t{256} << 10U;
constexpr uint64_t kGapBytes = 4096;

void CopyElement(const char* from, char* to, uint64_t element_bytes) {
  switch (element_bytes) {
    case 1:
      *to = *from;
      return;
    case 2:
      std::memcpy(to, from, 2);
      return;
    case 4:
      std::memcpy(to, from, 4);
      return;
    default:
      std::memcpy(to, from, 8);
  }
}

}  // namespace

StridedReader::StridedReader(std::shared_ptr<const ByteReader> reader, uint64_t offset_bytes,
                             const Shape& shape, const Shape& strides, uint64_t element_bytes)
    : reader_(std::move(reader)),
      offset_bytes_(offset_bytes),
      element_bytes_(element_bytes),
      size_bytes_(ElementsOf(shape) * element_bytes) {
  uint64_t target_stride = element_bytes;
  for (size_t axis = shape.size(); axis-- > 0;) {
    const auto size = static_cast<uint64_t>(shape[axis]);
    if (size == 1) continue;
    const uint64_t source_stride = static_cast<uint64_t>(strides[axis]) * element_bytes;
    axes_.push_back({size, source_stride, target_stride});
    target_stride *= size;
  }
  std::reverse(axes_.begin(), axes_.end());
}

absl::Status StridedReader::ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const {
  // An element that is asked for in part is read whole, into a place of its own.
  const auto read_part = [&](uint64_t begin, uint64_t count) {
    char element[8];
    const absl::Status status = ReadElements(offset_bytes / element_bytes_, 1, element);
    if (!status.ok()) return status;
    std::memcpy(out, element + begin, count);
    out += count;
    offset_bytes += count;
    size_bytes -= count;
    return status;
  };
  if (const uint64_t begin = offset_bytes % element_bytes_; begin != 0 && size_bytes > 0) {
    WEFT_RETURN_IF_ERROR(read_part(begin, std::min(size_bytes, element_bytes_ - begin)));
  }
  if (const uint64_t elements = size_bytes / element_bytes_; elements > 0) {
    WEFT_RETURN_IF_ERROR(ReadElements(offset_bytes / element_bytes_, elements, out));
    out += elements * element_bytes_;
    offset_bytes += elements * element_bytes_;
    size_bytes -= elements * element_bytes_;
  }
  return size_bytes > 0 ? read_part(0, size_bytes) : absl::OkStatus();
}

absl::Status StridedReader::ReadElements(uint64_t first, uint64_t count, char* out) const {
  return ReadPart(0, offset_bytes_, first, count, out);
}

// Elements of the axes from `axis` on, whose first one is at `source`: what is a part of one step
// of the axis, then whole steps, then again a part of one.
absl::Status StridedReader::ReadPart(size_t axis, uint64_t source, uint64_t first, uint64_t count,
                                     char* out) const {
  if (axis == axes_.size()) return reader_->ReadAt(source, element_bytes_, out);
  const Loop& loop = axes_[axis];
  const uint64_t step_elements = loop.target_stride / element_bytes_;
  while (count > 0) {
    const uint64_t step = first / step_elements;
    const uint64_t within = first % step_elements;
    const uint64_t from = source + step * loop.source_stride;
    uint64_t now = 0;
    if (within != 0 || count < step_elements) {
      now = std::min(count, step_elements - within);
      WEFT_RETURN_IF_ERROR(ReadPart(axis + 1, from, within, now, out));
    } else {
      Loops loops(axes_.begin() + static_cast<std::ptrdiff_t>(axis), axes_.end());
      loops[0].count = count / step_elements;
      now = loops[0].count * step_elements;
      WEFT_RETURN_IF_ERROR(ReadBlock(std::move(loops), from, out));
    }
    first += now;
    count -= now;
    out += now * element_bytes_;
  }
  return absl::OkStatus();
}

// All steps of all loops. The loops that are close together in the source are read as one window,
// and their elements put to their places from there.
absl::Status StridedReader::ReadBlock(Loops loops, uint64_t source, char* out) const {
  std::stable_sort(loops.begin(), loops.end(),
                   [](const Loop& a, const Loop& b) { return a.source_stride < b.source_stride; });
  uint64_t window = element_bytes_;  // bytes that the first loops span
  size_t inner = 0;
  for (; inner < loops.size(); ++inner) {
    Loop& loop = loops[inner];
    if (loop.source_stride > window + kGapBytes) break;
    const uint64_t room = (kWindowBytes - window) / std::max<uint64_t>(loop.source_stride, 1);
    if (room + 1 < loop.count) {
      // As many steps as there is room for; the others are a loop over windows.
      const uint64_t steps = room + 1;
      const uint64_t rest = loop.count % steps;
      if (rest != 0) {
        Loops last = loops;
        last[inner].count = rest;
        const uint64_t done = loop.count - rest;
        WEFT_RETURN_IF_ERROR(ReadBlock(std::move(last), source + done * loop.source_stride,
                                       out + done * loop.target_stride));
      }
      const Loop windows = {loop.count / steps, loop.source_stride * steps,
                            loop.target_stride * steps};
      loop.count = steps;
      window += (steps - 1) * loop.source_stride;
      loops.insert(loops.begin() + static_cast<std::ptrdiff_t>(++inner), windows);
      break;
    }
    window += (loop.count - 1) * loop.source_stride;
  }

  // Without gaps, and in the order in which they are wanted.
  const bool in_place = inner == 1 && loops[0].source_stride == element_bytes_ &&
                        loops[0].target_stride == element_bytes_;
  std::string buffer;
  if (!in_place) buffer.resize(window);
  absl::InlinedVector<uint64_t, 4> at(loops.size(), 0);
  const auto next = [&](size_t begin, size_t end, uint64_t& from, uint64_t& to) {
    for (size_t k = begin; k < end; ++k) {
      from += loops[k].source_stride;
      to += loops[k].target_stride;
      if (++at[k] < loops[k].count) return true;
      from -= loops[k].count * loops[k].source_stride;
      to -= loops[k].count * loops[k].target_stride;
      at[k] = 0;
    }
    return false;
  };
  uint64_t window_source = source;
  uint64_t window_target = 0;
  do {
    char* const target = out + window_target;
    if (in_place) {
      WEFT_RETURN_IF_ERROR(reader_->ReadAt(window_source, window, target));
      continue;
    }
    WEFT_RETURN_IF_ERROR(reader_->ReadAt(window_source, window, buffer.data()));
    uint64_t from = 0;
    uint64_t to = 0;
    do {
      CopyElement(buffer.data() + from, target + to, element_bytes_);
    } while (next(0, inner, from, to));
  } while (next(inner, loops.size(), window_source, window_target));
  return absl::OkStatus();
}

}  // namespace weft
