#include "execute/range.h"

#include "diagnostic/status.h"
#include "execute/byte_sink.h"
#include "execute/channel.h"
#include "execute/job_queue.h"
#include "execute/job_runner.h"

namespace weft::execute {

absl::Status GatherParts(const std::vector<PlannedTensor>& parts, const std::vector<char*>& buffers,
                         const PlanSource& source, uint64_t job, Arena& arena, Monitor& monitor) {
  std::vector<OutputExtent> extents;
  extents.reserve(parts.size());
  for (size_t i = 0; i < parts.size(); ++i) {
    const auto bits = static_cast<uint64_t>(BitsOf(parts[i].dtype));
    extents.push_back({static_cast<uint32_t>(i), 0, ElementsOf(parts[i].shape) * bits / 8});
  }
  MemorySink sink(buffers);
  Channel channel(source, sink, monitor);
  JobRunner runner(arena, channel);
  JobQueue queue(parts, extents, source, sink, /*placed_bytes=*/kTileBytes, arena.capacity(),
                 /*range_bytes=*/0);
  Job next;
  while (queue.Next(next)) {
    next.number = job;
    WEFT_RETURN_IF_ERROR(runner.Run(next));
  }
  return absl::OkStatus();
}

}  // namespace weft::execute
