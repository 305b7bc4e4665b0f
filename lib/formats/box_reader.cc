#include "formats/box_reader.h"

#include <algorithm>
#include <utility>

#include "diagnostic/status.h"

namespace weft {
namespace {

constexpr uint64_t kWindowBytes = uint64_t{256} << 10U;

}  // namespace

bool IsInside(const TensorBox& box, const Shape& shape) {
  if (box.begin.size() != shape.size() || box.sizes.size() != shape.size()) return false;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    if (box.begin[axis] < 0 || box.begin[axis] > shape[axis] || box.sizes[axis] < 0 ||
        box.sizes[axis] > shape[axis] - box.begin[axis]) {
      return false;
    }
  }
  return true;
}

bool IsContiguousIn(const TensorBox& box, const Shape& shape) {
  // Axes of which it has one element may come first; behind the next one all are whole.
  size_t axis = 0;
  while (axis < shape.size() && box.sizes[axis] == 1) ++axis;
  for (++axis; axis < shape.size(); ++axis) {
    if (box.sizes[axis] != shape[axis]) return false;
  }
  return true;
}

uint64_t FirstElementOf(const TensorBox& box, const Shape& shape) {
  uint64_t element = 0;
  for (size_t axis = 0; axis < shape.size(); ++axis) {
    element = element * static_cast<uint64_t>(shape[axis]) + static_cast<uint64_t>(box.begin[axis]);
  }
  return element;
}

BoxReader::BoxReader(const Shape& shape, uint64_t element_bytes, std::vector<StoredBox> boxes,
                     std::string where)
    : size_bytes_(ElementsOf(shape) * element_bytes), where_(std::move(where)) {
  boxes_.reserve(boxes.size());
  for (StoredBox& box : boxes) boxes_.push_back(RunsOf(std::move(box), shape, element_bytes));
}

BoxReader::Runs BoxReader::RunsOf(StoredBox stored, const Shape& shape, uint64_t element_bytes) {
  Runs runs;
  runs.reader = std::move(stored.reader);
  runs.offset_bytes = stored.offset_bytes;
  runs.run_bytes = element_bytes;
  runs.first = FirstElementOf(stored.box, shape) * element_bytes;
  uint64_t stride = element_bytes;
  bool is_run = true;  // so far all inner axes are whole
  for (size_t axis = shape.size(); axis-- > 0;) {
    const int64_t size = stored.box.sizes[axis];
    if (is_run) {
      runs.run_bytes *= static_cast<uint64_t>(size);
    } else if (size > 1) {
      runs.counts.push_back(size);
      runs.strides.push_back(static_cast<int64_t>(stride));
      runs.count *= static_cast<uint64_t>(size);
    }
    is_run = is_run && size == shape[axis];
    stride *= static_cast<uint64_t>(shape[axis]);
  }
  std::reverse(runs.counts.begin(), runs.counts.end());
  std::reverse(runs.strides.begin(), runs.strides.end());
  runs.end = BeginOfRun(runs, runs.count - 1) + runs.run_bytes;
  return runs;
}

uint64_t BoxReader::BeginOfRun(const Runs& runs, uint64_t run) {
  uint64_t begin = runs.first;
  for (size_t axis = runs.counts.size(); axis-- > 0;) {
    const auto count = static_cast<uint64_t>(runs.counts[axis]);
    begin += run % count * static_cast<uint64_t>(runs.strides[axis]);
    run /= count;
  }
  return begin;
}

uint64_t BoxReader::BytesBefore(const Runs& runs, uint64_t end) {
  // The first run that ends behind it.
  uint64_t run = 0;
  for (uint64_t after = runs.count; run < after;) {
    const uint64_t middle = run + (after - run) / 2;
    if (BeginOfRun(runs, middle) + runs.run_bytes > end) {
      after = middle;
    } else {
      run = middle + 1;
    }
  }
  uint64_t bytes = run * runs.run_bytes;
  if (run < runs.count) {
    const uint64_t begin = BeginOfRun(runs, run);
    bytes += end - std::min(begin, end);
  }
  return bytes;
}

absl::Status BoxReader::ReadRuns(const Runs& runs, uint64_t begin, uint64_t end, char* out) {
  const uint64_t last = BytesBefore(runs, end);
  std::string window;
  for (uint64_t at = BytesBefore(runs, begin); at < last;) {
    // From `from` to the place that it has in the tensor, as much of a run as there is.
    const auto place = [&](uint64_t from, uint64_t most, char*& to) {
      const uint64_t within = from % runs.run_bytes;
      to = out + (BeginOfRun(runs, from / runs.run_bytes) + within - begin);
      return std::min(most, runs.run_bytes - within);
    };
    char* to = nullptr;
    // A long run is read to its place; of short ones as many at once as there is room for.
    if (const uint64_t now = place(at, last - at, to); now >= kWindowBytes) {
      WEFT_RETURN_IF_ERROR(runs.reader->ReadAt(runs.offset_bytes + at, now, to));
      at += now;
      continue;
    }
    window.resize(std::min(last - at, kWindowBytes));
    WEFT_RETURN_IF_ERROR(runs.reader->ReadAt(runs.offset_bytes + at, window.size(), window.data()));
    for (uint64_t done = 0; done < window.size();) {
      const uint64_t now = place(at + done, window.size() - done, to);
      window.copy(to, now, done);
      done += now;
    }
    at += window.size();
  }
  return absl::OkStatus();
}

absl::Status BoxReader::ReadAt(uint64_t offset_bytes, uint64_t size_bytes, char* out) const {
  if (size_bytes == 0) return absl::OkStatus();
  const uint64_t end = offset_bytes + size_bytes;
  for (const Runs& runs : boxes_) {
    if (runs.end <= offset_bytes || runs.first >= end) continue;
    WEFT_RETURN_IF_ERROR(ReadRuns(runs, offset_bytes, end, out));
  }
  return absl::OkStatus();
}

}  // namespace weft
