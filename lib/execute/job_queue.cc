#include "execute/job_queue.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "io/memory_block.h"
#include "io/output_file.h"

namespace weft::execute {
namespace {

constexpr uint64_t kAll = std::numeric_limits<uint64_t>::max();

}  // namespace

JobQueue::JobQueue(const std::vector<PlannedTensor>& tensors,
                   const std::vector<OutputExtent>& extents, const PlanSource& source,
                   const ByteSink& sink, uint64_t placed_bytes, uint64_t job_bytes,
                   uint64_t range_bytes)
    : tensors_(tensors),
      extents_(extents),
      source_(source),
      sink_(sink),
      placed_bytes_(placed_bytes),
      job_bytes_(job_bytes),
      range_bytes_(range_bytes) {
  order_.reserve(extents.size());
  for (size_t i = 0; i < extents.size(); ++i) {
    if (extents[i].size_bytes > 0) order_.push_back(static_cast<uint32_t>(i));
  }
  std::sort(order_.begin(), order_.end(), [&](uint32_t a, uint32_t b) {
    const OutputExtent& x = extents_[a];
    const OutputExtent& y = extents_[b];
    if (x.file != y.file) return x.file < y.file;
    if (x.offset_bytes != y.offset_bytes) return x.offset_bytes < y.offset_bytes;
    return a < b;
  });
}

bool JobQueue::Next(Job& job) {
  const std::lock_guard<std::mutex> lock(mutex_);
  job.pieces.clear();
  if (in_place()) {
    TakePlaced(job);
  } else {
    TakeWritten(job);
  }
  if (job.pieces.empty()) return false;
  job.number = ++next_number_;
  return true;
}

void JobQueue::TakeWritten(Job& job) {
  uint64_t memory_bytes = 0;
  while (group_ != nullptr || LoadGroup()) {
    if (!job.pieces.empty() && !Joins(job, memory_bytes)) return;
    memory_bytes += shape_.memory_bytes;
    const bool may_be_joined = shape_.whole && shape_.dense;
    Cut(job, kAll);
    if (!may_be_joined) return;
  }
}

// When it has filled enough, the job goes on to the end of a huge page: the system clears a page
// when it is first touched, and twice when two threads come to it at once.
void JobQueue::TakePlaced(Job& job) {
  uint64_t filled_bytes = 0;
  uint64_t end = 0;  // address
  while (group_ != nullptr || LoadGroup()) {
    uint64_t most_bytes = kAll;
    if (filled_bytes >= placed_bytes_) {
      const uint64_t begin = AddressOf(*group_, begin_);
      const bool shares_page = begin / kHugePageBytes == (end - 1) / kHugePageBytes;
      if (!shares_page || filled_bytes >= placed_bytes_ + kHugePageBytes) return;
      most_bytes = kHugePageBytes - begin % kHugePageBytes;
    }
    Cut(job, most_bytes);
    const Piece& piece = job.pieces.back();
    const uint64_t piece_bytes = LayoutOf(*piece.group, piece.sizes).bytes;
    filled_bytes += piece.direct ? piece_bytes : piece.memory_bytes;
    end = AddressOf(*piece.group, piece.begin) + piece_bytes;
  }
}

// True when the next tile may go with the job: when it is a whole group, a neighbour of the job's
// last and small enough.
bool JobQueue::Joins(const Job& job, uint64_t memory_bytes) const {
  if (!shape_.whole || !shape_.dense) return false;
  if (memory_bytes + shape_.memory_bytes > std::min(job_bytes_, kTileBytes)) return false;
  const Piece& last = job.pieces.back();
  return last.group->target_file == group_->target_file &&
         last.group->target_offset + LayoutOf(*last.group, last.sizes).bytes ==
             group_->target_offset;
}

// Of a cell in memory.
uint64_t JobQueue::AddressOf(const Group& group, const Sizes& begin) const {
  uint64_t address =
      reinterpret_cast<uintptr_t>(sink_.MemoryOf(group.target_file)) + group.target_offset;
  for (size_t k = 0; k < group.rank; ++k) address += begin[k] * AxisOf(group, k).target_stride;
  return address;
}

// Appends the next tile of the current group, and steps to the one after. Of a contiguous group the
// tile is as much smaller as it takes for `most_bytes`, with one cell at least.
void JobQueue::Cut(Job& job, uint64_t most_bytes) {
  Piece piece = {group_, begin_, shape_.sizes, shape_.memory_bytes, shape_.direct};
  for (size_t k = 0; k < group_->rank; ++k) {
    piece.sizes[k] = std::min(piece.sizes[k], AxisOf(*group_, k).count - begin_[k]);
  }
  if (group_->rank == 1 && AxisOf(*group_, 0).target_stride == group_->cell_bytes) {
    const uint64_t most_cells = (most_bytes - 1) / group_->cell_bytes + 1;
    piece.sizes[0] = std::min(piece.sizes[0], most_cells);
  }
  const Sizes sizes = piece.sizes;
  job.pieces.push_back(std::move(piece));
  for (size_t k = group_->rank; k-- > 0;) {
    begin_[k] += sizes[k];
    if (begin_[k] < AxisOf(*group_, k).count) return;
    begin_[k] = 0;
  }
  group_ = nullptr;
}

// False when all groups are used up.
bool JobQueue::LoadGroup() {
  while (groups_.empty()) {
    if (next_tensor_ == order_.size()) return false;
    if (next_box_ == tensors_[order_[next_tensor_]].boxes.size()) {
      ++next_tensor_;
      next_box_ = 0;
    } else {
      LoadBoxes();
    }
  }
  if (LeaveToSystem(groups_.front())) {
    groups_.pop_front();
    return true;
  }
  shape_ = ChooseTile(groups_.front(), job_bytes_);
  if (IsBetterApart(groups_.front(), shape_, job_bytes_)) {
    const Group together = std::move(groups_.front());
    groups_.pop_front();
    for (const ByteBox& member : together.members) groups_.push_back(Alone(together, member));
    shape_ = ChooseTile(groups_.front(), job_bytes_);
  }
  group_ = std::make_shared<const Group>(std::move(groups_.front()));
  groups_.pop_front();
  begin_.assign(group_->rank, 0);
  return true;
}

// Makes the group the one being cut if the system can copy it.
bool JobQueue::LeaveToSystem(const Group& group) {
  if (in_place() || source_.FileOf(group.members[0].file) == nullptr) return false;
  std::optional<Group> range = AsRange(group);
  if (!range || AxisOf(*range, 0).count < range_bytes_) return false;
  // Blocks that are cut elsewhere can only be copied, for which reading and writing is faster.
  const uint64_t source_offset = range->members[0].source_offset;
  if (source_offset % kBlockBytes != range->target_offset % kBlockBytes) return false;
  range->by_system = true;
  shape_ = RangeTile(*range);
  group_ = std::make_shared<const Group>(*std::move(range));
  begin_.assign(group_->rank, 0);
  return true;
}

// Groups the next boxes whose spans of the output overlap.
void JobQueue::LoadBoxes() {
  const uint32_t index = order_[next_tensor_];
  const PlannedTensor& tensor = tensors_[index];
  const OutputExtent& extent = extents_[index];
  const Element element = ElementOf(tensor);
  std::vector<ByteBox> boxes;
  uint64_t end = 0;
  for (; next_box_ < tensor.boxes.size(); ++next_box_) {
    const Box& box = tensor.boxes[next_box_];
    ByteBox bytes = BytesOf(box, tensor, source_.PlaceOf(box.source), extent.offset_bytes);
    if (!boxes.empty() && bytes.target_offset >= end) break;
    end = std::max(end, bytes.target_offset + TargetSpan(bytes, element));
    boxes.push_back(std::move(bytes));
  }
  Group group;
  group.element = element;
  group.in_place = in_place();
  group.target_file = extent.file;
  group.members = std::move(boxes);
  if (FormCells(group, job_bytes_)) {
    groups_.push_back(std::move(group));
  } else {
    for (const ByteBox& member : group.members) groups_.push_back(Alone(group, member));
  }
}

}  // namespace weft::execute
