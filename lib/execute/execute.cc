#include "execute/execute.h"

#include <algorithm>
#include <map>
#include <memory>
#include <new>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "execute/arena.h"
#include "execute/byte_box.h"
#include "execute/channel.h"
#include "execute/group.h"
#include "execute/job_queue.h"
#include "execute/job_runner.h"
#include "execute/monitor.h"
#include "execute/plan_source.h"
#include "execute/restore.h"
#include "execute/threads.h"
#include "execute/tile.h"

namespace weft::execute {
namespace {

// Where the tensor's first bytes come from as they are, if there are enough of them.
std::optional<uint64_t> CopiedFrom(const Plan& plan, const PlannedTensor& tensor) {
  if (tensor.dtype != tensor.source_dtype || tensor.boxes.empty()) return std::nullopt;
  const Box& box = tensor.boxes[0];
  if (IsConstant(plan, box.source)) return std::nullopt;
  const TensorInfo& source = plan.catalog->tensors[box.source];
  Group group;
  group.element = ElementOf(tensor);
  group.members.push_back(BytesOf(box, tensor, {source.file, source.offset_bytes}, 0));
  const std::optional<Group> range = AsRange(group);
  if (!range || AxisOf(*range, 0).count < kRangeBytes) return std::nullopt;
  return range->members[0].source_offset;
}

// Where a tensor's bytes are, if it is a tensor of the source as it is.
std::optional<std::tuple<uint32_t, uint64_t, DType>> WholeSource(const Plan& plan,
                                                                 const PlannedTensor& tensor) {
  if (tensor.boxes.size() != 1 || IsConstant(plan, tensor.boxes[0].source)) return std::nullopt;
  const TensorInfo& source = plan.catalog->tensors[tensor.boxes[0].source];
  if (source.shape != tensor.shape || source.size_bytes == 0) return std::nullopt;
  const ByteBox box = BytesOf(tensor.boxes[0], tensor, {source.file, source.offset_bytes}, 0);
  const uint64_t element_bytes = ElementOf(tensor).source_bytes;
  const bool is_in_order =
      box.loops.empty() || (box.loops.size() == 1 && box.loops[0].source_stride == element_bytes);
  if (!is_in_order) return std::nullopt;
  return std::make_tuple(source.file, source.offset_bytes, source.dtype);
}

// Tensors that are the same bytes of the source, such as tied weights of PyTorch, may stay so.
void MarkAliases(const Plan& plan, std::vector<OutputTensor>& tensors) {
  std::map<std::tuple<uint32_t, uint64_t, DType, DType, std::vector<int64_t>>, uint32_t> first;
  for (uint32_t i = 0; i < tensors.size(); ++i) {
    const PlannedTensor& tensor = plan.tensors[i];
    const auto place = WholeSource(plan, tensor);
    if (!place.has_value()) continue;
    const auto& [file, offset_bytes, dtype] = *place;
    const auto [found, is_first] = first.try_emplace(
        {file, offset_bytes, dtype, tensor.dtype, {tensor.shape.begin(), tensor.shape.end()}}, i);
    if (!is_first) tensors[i].alias_of = found->second;
  }
}

absl::StatusOr<std::vector<OutputExtent>> Begin(const Plan& plan,
                                                const std::map<std::string, std::string>& metadata,
                                                CheckpointWriter& writer) {
  std::vector<OutputTensor> tensors;
  tensors.reserve(plan.tensors.size());
  for (const PlannedTensor& tensor : plan.tensors) {
    tensors.push_back({tensor.name, tensor.dtype, &tensor.shape, CopiedFrom(plan, tensor)});
  }
  if (writer.KeepsAliases()) MarkAliases(plan, tensors);
  WEFT_ASSIGN_OR_RETURN(std::vector<OutputExtent> extents, writer.Begin(tensors, metadata));
  if (extents.size() != tensors.size()) {
    return ErrorStatus(ErrorCode::kInternal, "executor",
                       absl::StrFormat("the writer placed %d tensors; expected %d", extents.size(),
                                       tensors.size()));
  }
  // What shares the place of another tensor is written with it.
  for (size_t i = 0; i < tensors.size(); ++i) {
    if (tensors[i].alias_of.has_value()) extents[i].size_bytes = 0;
  }
  return extents;
}

// One thread's share of the work.
class Worker {
 public:
  Worker(JobQueue& queue, const PlanSource& source, ByteSink& sink, Monitor& monitor,
         uint64_t job_bytes)
      : queue_(queue),
        monitor_(monitor),
        arena_(job_bytes),
        channel_(source, sink, monitor),
        runner_(arena_, channel_) {}

  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;

  void Run() {
    Job job;
    try {
      while (queue_.Next(job) && !monitor_.Stops(job.number)) {
        const absl::Status status = runner_.Run(job);
        if (!status.ok()) return monitor_.Fail(job.number, status);
      }
    } catch (const std::bad_alloc&) {
      // An exception must not leave its thread.
      monitor_.Fail(job.number, NoMemory());
    }
  }

  bool has_memory() const { return arena_.capacity() > 0; }
  uint64_t buffer_bytes() const { return arena_.most_used(); }

 private:
  JobQueue& queue_;
  Monitor& monitor_;
  Arena arena_;
  Channel channel_;
  JobRunner runner_;
};

// What a job fills in memory: several huge pages, and little enough for all threads to have some.
uint64_t PlacedBytes(const std::vector<OutputExtent>& extents, int threads) {
  constexpr uint64_t kMostBytes = 8 << 20;
  constexpr uint64_t kJobsEach = 8;
  uint64_t total_bytes = 0;
  for (const OutputExtent& extent : extents) total_bytes += extent.size_bytes;
  return std::clamp(total_bytes / (static_cast<uint64_t>(threads) * kJobsEach), kTileBytes,
                    kMostBytes);
}

// Carries out all boxes; the extents of what is left out have no bytes. Returns the memory that was
// used.
absl::StatusOr<uint64_t> Copy(const Plan& plan, const PlanSource& source,
                              const std::vector<OutputExtent>& extents, ByteSink& sink,
                              const ExecuteOptions& options, Monitor& monitor) {
  const uint64_t placed_bytes = sink.IsMemory() ? PlacedBytes(extents, options.threads) : 0;
  JobQueue queue(plan.tensors, extents, source, sink, placed_bytes, options.job_bytes,
                 options.range_bytes);
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < options.threads; ++i) {
    auto worker = std::make_unique<Worker>(queue, source, sink, monitor, options.job_bytes);
    if (!worker->has_memory()) break;
    workers.push_back(std::move(worker));
  }
  if (workers.empty()) return NoMemory();
  OnThreads(static_cast<int>(workers.size()),
            [&](int i) { workers[static_cast<size_t>(i)]->Run(); });
  uint64_t buffer_bytes = 0;
  for (const auto& worker : workers) buffer_bytes += worker->buffer_bytes();
  return buffer_bytes;
}

}  // namespace

absl::Status NoMemory() {
  return ErrorStatus(ErrorCode::kLimitExceeded, "executor", "the system gives no more memory",
                     "use fewer threads or a smaller memory_bytes");
}

absl::StatusOr<ExecuteReport> Execute(const Plan& plan, const ByteSource& source,
                                      CheckpointWriter& writer, const ExecuteOptions& options) {
  return Execute(plan, plan.metadata, source, writer, options);
}

absl::StatusOr<ExecuteReport> Execute(const Plan& plan,
                                      const std::map<std::string, std::string>& metadata,
                                      const ByteSource& source, CheckpointWriter& writer,
                                      const ExecuteOptions& options) {
  WEFT_RETURN_IF_ERROR(CheckBoxes(plan));
  WEFT_ASSIGN_OR_RETURN(const std::vector<OutputExtent> extents, Begin(plan, metadata, writer));
  WriterSink sink(writer);
  return Move(plan, source, extents, sink, options);
}

absl::StatusOr<ExecuteReport> Move(const Plan& plan, const ByteSource& source,
                                   const std::vector<OutputExtent>& extents, ByteSink& sink,
                                   const ExecuteOptions& options) {
  uint64_t bytes_total = 0;
  for (const OutputExtent& extent : extents) bytes_total += extent.size_bytes;
  std::vector<OutputExtent> copied = extents;
  for (const Restoration& restoration : plan.restorations) {
    copied[restoration.tensor].size_bytes = 0;
  }

  const PlanSource plan_source(plan, source);
  Monitor monitor(bytes_total, options.progress);
  ExecuteReport report;
  WEFT_ASSIGN_OR_RETURN(report.buffer_bytes,
                        Copy(plan, plan_source, copied, sink, options, monitor));
  Restore(plan, plan_source, extents, sink, options, monitor);
  WEFT_RETURN_IF_ERROR(monitor.Finish());
  report.bytes_read = monitor.bytes_read();
  report.gap_bytes = monitor.gap_bytes();
  report.bytes_written = monitor.bytes_written();
  return report;
}

}  // namespace weft::execute
