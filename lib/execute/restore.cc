#include "execute/restore.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "execute/arena.h"
#include "execute/channel.h"
#include "execute/range.h"
#include "execute/residue.h"
#include "execute/threads.h"
#include "plan/box_range.h"

namespace weft::execute {
namespace {

// Behind the jobs of any plan: errors of those come first.
constexpr uint64_t kJobsBefore = uint64_t{1} << 62;

constexpr uint64_t kMostRangeElements = 1 << 20;
constexpr uint64_t kListed = 256;  // exceptions that are read at once

// Elements begin … begin + elements − 1 of the tensor of a restoration.
struct Range {
  uint64_t job = 0;
  size_t restoration = 0;
  uint64_t begin = 0;
  uint64_t elements = 0;
};

// Buffers for one element: itself, and its residues.
uint64_t BytesPerElement(const Plan& plan, const Restoration& restoration) {
  auto bytes = static_cast<uint64_t>(BitsOf(plan.tensors[restoration.tensor].dtype)) / 8;
  for (const Restoration::Residue& residue : restoration.residues) bytes += residue.width_bytes;
  return bytes;
}

// Hands out ranges in the order of the plan. Thread-safe.
class RangeQueue {
 public:
  RangeQueue(const Plan& plan, const std::vector<OutputExtent>& extents, uint64_t buffer_bytes)
      : plan_(plan), extents_(extents), buffer_bytes_(buffer_bytes) {}

  bool Next(Range& range) {
    const std::lock_guard<std::mutex> lock(mutex_);
    for (; next_ < plan_.restorations.size(); ++next_, begin_ = 0) {
      const Restoration& restoration = plan_.restorations[next_];
      if (extents_[restoration.tensor].size_bytes == 0) continue;
      const uint64_t elements = ElementsOf(plan_.tensors[restoration.tensor].shape);
      if (begin_ == elements) continue;
      const uint64_t most =
          std::min(std::max<uint64_t>(buffer_bytes_ / BytesPerElement(plan_, restoration), 1),
                   kMostRangeElements);
      range = {++job_, next_, begin_, std::min(most, elements - begin_)};
      begin_ += range.elements;
      return true;
    }
    return false;
  }

 private:
  const Plan& plan_;
  const std::vector<OutputExtent>& extents_;
  const uint64_t buffer_bytes_;

  std::mutex mutex_;
  uint64_t job_ = kJobsBefore;
  size_t next_ = 0;
  uint64_t begin_ = 0;
};

// One thread's share of the work.
class Restorer {
 public:
  Restorer(const Plan& plan, const PlanSource& source, const std::vector<OutputExtent>& extents,
           ByteSink& sink, Monitor& monitor, uint64_t buffer_bytes, uint64_t scratch_bytes)
      : plan_(plan),
        source_(source),
        extents_(extents),
        sink_(sink),
        monitor_(monitor),
        channel_(source, sink, monitor),
        buffer_(new(std::nothrow) char[buffer_bytes]),
        scratch_(scratch_bytes) {}

  bool has_memory() const { return buffer_ != nullptr && scratch_.capacity() > 0; }

  void Run(RangeQueue& queue) {
    Range range;
    try {
      while (queue.Next(range) && !monitor_.Stops(range.job)) {
        const absl::Status status = RestoreRange(range);
        if (!status.ok()) return monitor_.Fail(range.job, status);
      }
    } catch (const std::bad_alloc&) {
      // An exception must not leave its thread.
      monitor_.Fail(range.job, NoMemory());
    }
  }

 private:
  absl::Status RestoreRange(const Range& range) {
    const Restoration& restoration = plan_.restorations[range.restoration];
    const PlannedTensor& tensor = plan_.tensors[restoration.tensor];
    const auto element_bytes = static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8;
    const uint64_t bytes = range.elements * element_bytes;
    channel_.set_job(range.job);
    parts_.clear();
    buffers_.clear();
    AddElements(tensor, range);
    AddResidueParts(restoration, range, buffer_.get() + bytes);
    WEFT_RETURN_IF_ERROR(GatherParts(parts_, buffers_, source_, range.job, scratch_, monitor_));
    char* residues = buffer_.get() + bytes;
    for (const Restoration::Residue& residue : restoration.residues) {
      AddResidues(tensor.dtype, residues, residue.width_bytes, range.elements, buffer_.get());
      residues += range.elements * residue.width_bytes;
    }
    for (const Restoration::Exceptions& exceptions : restoration.exceptions) {
      WEFT_RETURN_IF_ERROR(PutExceptions(exceptions, range, element_bytes));
    }
    const OutputExtent& extent = extents_[restoration.tensor];
    const uint64_t offset = extent.offset_bytes + range.begin * element_bytes;
    if (!sink_.IsMemory()) return channel_.Write(extent.file, offset, bytes, buffer_.get());
    std::memcpy(sink_.MemoryOf(extent.file) + offset, buffer_.get(), bytes);
    channel_.CountPut(bytes);
    return absl::OkStatus();
  }

  DType DTypeOf(uint32_t source) const {
    const std::vector<TensorInfo>& tensors = plan_.catalog->tensors;
    return source < tensors.size() ? tensors[source].dtype
                                   : plan_.constants[source - tensors.size()].dtype;
  }

  // One part for each dtype of the sources, all into the same buffer.
  void AddElements(const PlannedTensor& tensor, const Range& range) {
    for (Box& box : BoxesOfRange(tensor.boxes, range.begin, range.elements)) {
      const DType dtype = DTypeOf(box.source);
      auto part = std::find_if(parts_.begin(), parts_.end(), [dtype](const PlannedTensor& other) {
        return other.source_dtype == dtype;
      });
      if (part == parts_.end()) {
        part = parts_.emplace(parts_.end());
        part->dtype = tensor.dtype;
        part->source_dtype = dtype;
        part->shape = {static_cast<int64_t>(range.elements)};
        buffers_.push_back(buffer_.get());
      }
      part->boxes.push_back(std::move(box));
    }
  }

  void AddResidueParts(const Restoration& restoration, const Range& range, char* buffer) {
    for (const Restoration::Residue& residue : restoration.residues) {
      const uint64_t bytes = range.elements * residue.width_bytes;
      std::memset(buffer, 0, bytes);
      std::vector<Box> boxes =
          BoxesOfRange(residue.boxes, range.begin * residue.width_bytes, bytes);
      if (!boxes.empty()) {
        PlannedTensor& part = parts_.emplace_back();
        part.dtype = DType::kU8;
        part.source_dtype = DType::kU8;
        part.shape = {static_cast<int64_t>(bytes)};
        part.boxes = std::move(boxes);
        buffers_.push_back(buffer);
      }
      buffer += bytes;
    }
  }

  // Puts the values whose places lie in the range.
  absl::Status PutExceptions(const Restoration::Exceptions& exceptions, const Range& range,
                             uint64_t element_bytes) {
    const TensorInfo& places = plan_.catalog->tensors[exceptions.places];
    const TensorInfo& values = plan_.catalog->tensors[exceptions.values];
    const uint64_t count = ElementsOf(places.shape);
    WEFT_ASSIGN_OR_RETURN(uint64_t next, FirstFrom(places, count, range.begin));
    uint64_t least = range.begin;
    while (next < count) {
      uint64_t listed[kListed];
      char elements[kListed * 8];
      const uint64_t now = std::min(kListed, count - next);
      WEFT_RETURN_IF_ERROR(channel_.Read(places.file, places.offset_bytes + next * 8, now * 8,
                                         reinterpret_cast<char*>(listed)));
      WEFT_RETURN_IF_ERROR(channel_.Read(values.file, values.offset_bytes + next * element_bytes,
                                         now * element_bytes, elements));
      for (uint64_t i = 0; i < now; ++i) {
        if (listed[i] < least) return NotRising(places);
        if (listed[i] >= range.begin + range.elements) return absl::OkStatus();
        std::memcpy(buffer_.get() + (listed[i] - range.begin) * element_bytes,
                    elements + i * element_bytes, element_bytes);
        least = listed[i] + 1;
      }
      next += now;
    }
    return absl::OkStatus();
  }

  // The index of the first place that is not before `begin`.
  absl::StatusOr<uint64_t> FirstFrom(const TensorInfo& places, uint64_t count, uint64_t begin) {
    uint64_t low = 0;
    for (uint64_t high = count; low < high;) {
      const uint64_t middle = low + (high - low) / 2;
      uint64_t place = 0;
      WEFT_RETURN_IF_ERROR(channel_.Read(places.file, places.offset_bytes + middle * 8, 8,
                                         reinterpret_cast<char*>(&place)));
      if (place < begin) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  absl::Status NotRising(const TensorInfo& places) const {
    return ErrorStatus(
        ErrorCode::kWrongComplement,
        absl::StrFormat("%s: tensor '%s'", Escaped(plan_.catalog->files[places.file].name),
                        Escaped(places.name)),
        "its places do not rise", "the file was changed after it was written");
  }

  const Plan& plan_;
  const PlanSource& source_;
  const std::vector<OutputExtent>& extents_;
  ByteSink& sink_;
  Monitor& monitor_;
  Channel channel_;
  std::unique_ptr<char[]> buffer_;
  Arena scratch_;
  std::vector<PlannedTensor> parts_;
  std::vector<char*> buffers_;
};

}  // namespace

void Restore(const Plan& plan, const PlanSource& source, const std::vector<OutputExtent>& extents,
             ByteSink& sink, const ExecuteOptions& options, Monitor& monitor) {
  if (plan.restorations.empty()) return;
  uint64_t buffer_bytes = options.job_bytes / 2;
  for (const Restoration& restoration : plan.restorations) {
    buffer_bytes = std::max(buffer_bytes, BytesPerElement(plan, restoration));
  }
  const uint64_t scratch_bytes = std::max(options.job_bytes / 2, kLeastJobBytes);
  RangeQueue queue(plan, extents, buffer_bytes);
  std::vector<std::unique_ptr<Restorer>> restorers;
  for (int i = 0; i < options.threads; ++i) {
    auto restorer = std::make_unique<Restorer>(plan, source, extents, sink, monitor, buffer_bytes,
                                               scratch_bytes);
    if (!restorer->has_memory()) break;
    restorers.push_back(std::move(restorer));
  }
  if (restorers.empty()) return monitor.Fail(kJobsBefore, NoMemory());
  OnThreads(static_cast<int>(restorers.size()),
            [&](int i) { restorers[static_cast<size_t>(i)]->Run(queue); });
}

}  // namespace weft::execute
