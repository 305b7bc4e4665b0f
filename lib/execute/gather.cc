#include "execute/gather.h"

#include <algorithm>
#include <cstring>
#include <tuple>

#include "diagnostic/status.h"
#include "execute/transfer.h"

namespace weft::execute {
namespace {

constexpr uint64_t kMostJoinedBytes = 512 << 10;

using Iterator = std::vector<ReadRequest*>::iterator;

// Requests that are read at once.
struct Span {
  Iterator first;
  Iterator last;  // one beyond
  uint64_t begin = 0;
  uint64_t end = 0;
  bool in_place = false;  // all are wanted where one read from `begin` would put them

  uint64_t size_bytes() const { return end - begin; }
};

uint64_t OwnScratch(const ReadRequest& request) {
  return request.wanted_at == nullptr ? ArenaBytes(request.size_bytes) : 0;
}

// Joins requests from `first` on while that is cheaper than reading them apart. `spare_bytes` of
// the arena may be used beyond what the requests need of their own.
Span SpanFrom(Iterator first, Iterator end, uint64_t& spare_bytes) {
  const ReadRequest& head = **first;
  Span span = {first, first + 1, head.offset_bytes, head.offset_bytes + head.size_bytes,
               head.wanted_at != nullptr};
  uint64_t own_bytes = OwnScratch(head);
  uint64_t charged_bytes = 0;
  for (; span.last != end; ++span.last) {
    const ReadRequest& next = **span.last;
    if (next.file != head.file) break;
    if (span.in_place && next.wanted_at == head.wanted_at + span.size_bytes() &&
        next.offset_bytes == span.end) {
      span.end += next.size_bytes;
      continue;
    }
    const uint64_t joined_end = std::max(span.end, next.offset_bytes + next.size_bytes);
    const bool overlap = next.offset_bytes < span.end;
    const uint64_t gap_bytes = overlap ? 0 : next.offset_bytes - span.end;
    if (!overlap && (gap_bytes > kCallBytes || span.size_bytes() > kMostJoinedBytes ||
                     next.size_bytes > kSmallBytes)) {
      break;
    }
    // As in a transfer, only runs that are shorter than a call are worth what lies between.
    if (gap_bytes > 0 && std::min(span.size_bytes(), next.size_bytes) >= kCallBytes) break;
    if (span.in_place && span.size_bytes() > kSmallBytes) break;
    const uint64_t scratch_bytes = ArenaBytes(joined_end - span.begin);
    const uint64_t joined_own = own_bytes + OwnScratch(next);
    const uint64_t extra_bytes = scratch_bytes > joined_own ? scratch_bytes - joined_own : 0;
    if (extra_bytes > spare_bytes + charged_bytes) break;
    spare_bytes = spare_bytes + charged_bytes - extra_bytes;
    charged_bytes = extra_bytes;
    own_bytes = joined_own;
    span.end = joined_end;
    span.in_place = false;
  }
  return span;
}

// What no request needs, or less: one may need what lies in the gaps of another, so that all that
// they need counts together, and what two of them need counts twice.
uint64_t GapBytes(const Span& span) {
  uint64_t needed_bytes = 0;
  for (Iterator it = span.first; it != span.last; ++it) {
    needed_bytes += (*it)->size_bytes - (*it)->gap_bytes;
  }
  return span.size_bytes() - std::min(span.size_bytes(), needed_bytes);
}

absl::Status ReadSpan(const Span& span, Arena& arena, Channel& channel) {
  const ReadRequest& head = **span.first;
  char* data = span.in_place ? head.wanted_at : arena.Take(span.size_bytes());
  if (data == nullptr) {
    return ErrorStatus(ErrorCode::kInternal, "executor", "a job needs more memory than planned");
  }
  WEFT_RETURN_IF_ERROR(channel.Read(head.file, span.begin, span.size_bytes(), data));
  channel.CountGap(head.file, GapBytes(span));
  for (Iterator it = span.first; it != span.last; ++it) {
    ReadRequest& request = **it;
    request.data = data + (request.offset_bytes - span.begin);
    if (request.wanted_at != nullptr && request.wanted_at != request.data) {
      std::memcpy(request.wanted_at, request.data, request.size_bytes);
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Gather(std::vector<ReadRequest*>& requests, Arena& arena, Channel& channel) {
  std::sort(requests.begin(), requests.end(), [](const ReadRequest* a, const ReadRequest* b) {
    return std::tie(a->file, a->offset_bytes, a->size_bytes, a->wanted_at) <
           std::tie(b->file, b->offset_bytes, b->size_bytes, b->wanted_at);
  });
  uint64_t spare_bytes = arena.left();
  for (const ReadRequest* request : requests) spare_bytes -= OwnScratch(*request);
  for (Iterator it = requests.begin(); it != requests.end();) {
    const Span span = SpanFrom(it, requests.end(), spare_bytes);
    WEFT_RETURN_IF_ERROR(ReadSpan(span, arena, channel));
    it = span.last;
  }
  return absl::OkStatus();
}

}  // namespace weft::execute
