#include "execute/range.h"

#include <algorithm>
#include <utility>

#include "diagnostic/status.h"
#include "execute/byte_sink.h"
#include "execute/channel.h"
#include "execute/job_queue.h"
#include "execute/job_runner.h"
#include "plan/view.h"

namespace weft::execute {
namespace {

uint64_t LastTarget(const Box& box) {
  uint64_t last = box.target_offset;
  for (const Factor& factor : box.factors) last += (factor.count - 1) * factor.target_stride;
  return last;
}

}  // namespace

std::vector<Box> BoxesOfRange(const std::vector<Box>& boxes, uint64_t begin, uint64_t elements) {
  std::vector<Box> touched;
  for (const Box& box : boxes) {
    if (box.target_offset >= begin + elements) break;
    if (LastTarget(box) >= begin) touched.push_back(box);
  }
  Box range;
  range.source_offset = begin;
  if (elements > 1) range.factors = {{elements, 1, 1}};
  std::vector<Box> result;
  Compose(range, View::OfBoxes(std::move(touched)), &result);
  Coalesce(result);
  return result;
}

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
  JobQueue queue(parts, extents, source, /*in_place=*/true, arena.capacity());
  Job next;
  while (queue.Next(next)) {
    next.number = job;
    WEFT_RETURN_IF_ERROR(runner.Run(next));
  }
  return absl::OkStatus();
}

}  // namespace weft::execute
