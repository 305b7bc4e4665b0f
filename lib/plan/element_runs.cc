#include "plan/element_runs.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "plan/view.h"

namespace weft {
namespace {

bool BeginsBefore(const Run& a, const Run& b) { return a.begin < b.begin; }

// Joins runs that touch or overlap; they are in order of their begin.
void JoinTouching(Runs& runs) {
  size_t out = 0;
  for (size_t i = 1; i < runs.size(); ++i) {
    if (runs[i].begin <= runs[out].end) {
      runs[out].end = std::max(runs[out].end, runs[i].end);
    } else {
      runs[++out] = runs[i];
    }
  }
  if (!runs.empty()) runs.resize(out + 1);
}

// Appends what one box writes. False when that is more than `most_runs` in all.
bool AppendRuns(const Box& box, uint64_t most_runs, Runs* runs) {
  absl::InlinedVector<Factor, 3> loops = box.factors;
  std::sort(loops.begin(), loops.end(),
            [](const Factor& a, const Factor& b) { return a.target_stride > b.target_stride; });
  uint64_t length = 1;
  while (!loops.empty() && loops.back().target_stride == length) {
    length *= loops.back().count;
    loops.pop_back();
  }
  uint64_t count = 1;
  for (const Factor& loop : loops) {
    if (loop.count > most_runs / count) return false;
    count *= loop.count;
  }
  if (count > most_runs - std::min<uint64_t>(most_runs, runs->size())) return false;
  absl::InlinedVector<uint64_t, 3> step(loops.size(), 0);
  uint64_t begin = box.target_offset;
  for (uint64_t i = 0; i < count; ++i) {
    if (!runs->empty() && runs->back().end == begin) {
      runs->back().end += length;
    } else {
      runs->push_back({begin, begin + length});
    }
    for (size_t k = loops.size(); k-- > 0;) {
      begin += loops[k].target_stride;
      if (++step[k] < loops[k].count) break;
      begin -= loops[k].target_stride * loops[k].count;
      step[k] = 0;
    }
  }
  return true;
}

// Runs of one length at even distances, from `first` on: how many, and how far apart.
struct Row {
  size_t count = 1;
  uint64_t distance = 0;
};

Row RowFrom(const Runs& runs, size_t first) {
  Row row;
  const uint64_t length = runs[first].end - runs[first].begin;
  for (size_t i = first + 1; i < runs.size(); ++i) {
    const uint64_t distance = runs[i].begin - runs[i - 1].begin;
    if (runs[i].end - runs[i].begin != length) break;
    if (row.count > 1 && distance != row.distance) break;
    row.distance = distance;
    ++row.count;
  }
  return row;
}

std::vector<Box> BoxesOf(const Runs& runs, bool packed) {
  std::vector<Box> boxes;
  uint64_t packed_at = 0;
  for (size_t i = 0; i < runs.size();) {
    const Row row = RowFrom(runs, i);
    const uint64_t length = runs[i].end - runs[i].begin;
    Box& box = boxes.emplace_back();
    box.source_offset = packed ? packed_at : runs[i].begin;
    box.target_offset = runs[i].begin;
    if (row.count > 1) {
      box.factors.push_back({row.count, packed ? length : row.distance, row.distance});
    }
    if (length > 1) box.factors.push_back({length, 1, 1});
    packed_at += row.count * length;
    i += row.count;
  }
  Coalesce(boxes);
  return boxes;
}

}  // namespace

absl::StatusOr<Runs> RunsWritten(const std::vector<Box>& boxes, uint64_t most_runs) {
  Runs runs;
  for (const Box& box : boxes) {
    if (AppendRuns(box, most_runs, &runs)) continue;
    return ErrorStatus(
        ErrorCode::kLimitExceeded, "",
        absl::StrFormat("its elements are scattered over more than %d runs", most_runs));
  }
  if (!std::is_sorted(runs.begin(), runs.end(), BeginsBefore)) {
    std::sort(runs.begin(), runs.end(), BeginsBefore);
  }
  JoinTouching(runs);
  return runs;
}

Runs Union(const Runs& a, const Runs& b) {
  Runs both(a.size() + b.size());
  std::merge(a.begin(), a.end(), b.begin(), b.end(), both.begin(), BeginsBefore);
  JoinTouching(both);
  return both;
}

Runs Without(const Runs& a, const Runs& b) {
  Runs rest;
  size_t next = 0;
  for (const Run& run : a) {
    uint64_t begin = run.begin;
    while (next < b.size() && b[next].end <= begin) ++next;
    for (size_t i = next; i < b.size() && b[i].begin < run.end; ++i) {
      if (b[i].begin > begin) rest.push_back({begin, b[i].begin});
      begin = std::max(begin, b[i].end);
    }
    if (begin < run.end) rest.push_back({begin, run.end});
  }
  return rest;
}

uint64_t ElementsOf(const Runs& runs) {
  uint64_t elements = 0;
  for (const Run& run : runs) elements += run.end - run.begin;
  return elements;
}

std::vector<Box> BoxesFromPacked(const Runs& runs) { return BoxesOf(runs, true); }

std::vector<Box> BoxesInPlace(const Runs& runs) { return BoxesOf(runs, false); }

}  // namespace weft
