#include "execute/job_queue.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "io/output_file.h"

namespace weft::execute {

JobQueue::JobQueue(const std::vector<PlannedTensor>& tensors,
                   const std::vector<OutputExtent>& extents, const PlanSource& source,
                   uint64_t placed_bytes, uint64_t job_bytes, uint64_t range_bytes)
    : tensors_(tensors),
      extents_(extents),
      source_(source),
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
  uint64_t memory_bytes = 0;
  while (group_ != nullptr || LoadGroup()) {
    if (!job.pieces.empty() && !Joins(job, memory_bytes)) break;
    memory_bytes += shape_.memory_bytes;
    const bool may_be_joined = shape_.whole && shape_.dense;
    Cut(job);
    if (!may_be_joined && !in_place()) break;
  }
  if (job.pieces.empty()) return false;
  job.number = ++next_number_;
  return true;
}

// True when the next tile may go with the job: in place, until it fills enough; otherwise when it
// is a whole group, a neighbour of the job's last and small enough.
bool JobQueue::Joins(const Job& job, uint64_t memory_bytes) const {
  if (in_place()) return memory_bytes + shape_.memory_bytes <= placed_bytes_;
  if (!shape_.whole || !shape_.dense) return false;
  if (memory_bytes + shape_.memory_bytes > std::min(job_bytes_, kTileBytes)) return false;
  const Piece& last = job.pieces.back();
  return last.group->target_file == group_->target_file &&
         last.group->target_offset + LayoutOf(*last.group, last.sizes).bytes ==
             group_->target_offset;
}

// Appends the next tile of the current group, and steps to the one after.
void JobQueue::Cut(Job& job) {
  Piece piece = {group_, begin_, shape_.sizes, shape_.memory_bytes};
  for (size_t k = 0; k < group_->rank; ++k) {
    piece.sizes[k] = std::min(piece.sizes[k], AxisOf(*group_, k).count - begin_[k]);
  }
  job.pieces.push_back(std::move(piece));
  for (size_t k = group_->rank; k-- > 0;) {
    begin_[k] += shape_.sizes[k];
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
