// Cuts a plan into jobs, one at a time, in the order of the output files.
//
// Boxes become groups and groups become tiles only when they are needed, so the queue takes the
// same little memory for any plan.
#ifndef WEFT_EXECUTE_JOB_QUEUE_H_
#define WEFT_EXECUTE_JOB_QUEUE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <vector>

#include "execute/byte_sink.h"
#include "execute/group.h"
#include "execute/job.h"
#include "execute/plan_source.h"
#include "execute/tile.h"
#include "formats/writer.h"
#include "weft/plan.h"

namespace weft::execute {

// Thread-safe.
class JobQueue {
 public:
  // All must outlive the queue. There is one extent for each tensor; tensors whose extent has no
  // bytes are left out. No job needs more than `job_bytes` of buffers; in place, no piece does.
  // `placed_bytes`: 0 for output in files; in memory, about so many bytes of `sink` a job fills.
  // Into files, contiguous ranges of at least `range_bytes` that lie at the same place of a block
  // on both sides are left to the system, where the source allows that.
  JobQueue(const std::vector<PlannedTensor>& tensors, const std::vector<OutputExtent>& extents,
           const PlanSource& source, const ByteSink& sink, uint64_t placed_bytes,
           uint64_t job_bytes, uint64_t range_bytes);

  // False when there are no more jobs.
  bool Next(Job& job);

 private:
  bool LoadGroup();
  bool LeaveToSystem(const Group& group);
  void LoadBoxes();
  bool in_place() const { return placed_bytes_ > 0; }
  void TakeWritten(Job& job);
  void TakePlaced(Job& job);
  bool Joins(const Job& job, uint64_t memory_bytes) const;
  uint64_t AddressOf(const Group& group, const Sizes& begin) const;
  void Cut(Job& job, uint64_t most_bytes);

  const std::vector<PlannedTensor>& tensors_;
  const std::vector<OutputExtent>& extents_;
  const PlanSource& source_;
  const ByteSink& sink_;
  const uint64_t placed_bytes_;
  const uint64_t job_bytes_;
  const uint64_t range_bytes_;
  std::vector<uint32_t> order_;  // tensors, as they lie in the output

  std::mutex mutex_;
  uint64_t next_number_ = 0;
  size_t next_tensor_ = 0;  // index into order_
  size_t next_box_ = 0;     // of that tensor
  std::deque<Group> groups_;
  std::shared_ptr<const Group> group_;  // being cut; null when used up
  TileShape shape_;                     // of its tiles
  Sizes begin_;                         // of its next tile
};

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_JOB_QUEUE_H_
