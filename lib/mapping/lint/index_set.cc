#include "mapping/lint/index_set.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace weft {
namespace {

constexpr size_t kMostProgressions = 1024;

__extension__ using Wide = __int128;

Wide CeilDiv(Wide a, Wide b) { return a >= 0 ? (a + b - 1) / b : -(-a / b); }
Wide FloorDiv(Wide a, Wide b) { return a >= 0 ? a / b : -((-a + b - 1) / b); }

int64_t TenTo(int digits) {
  int64_t power = 1;
  for (int i = 0; i < digits; ++i) power *= 10;
  return power;
}

// The inverse of a modulo m, which have no common divisor.
Wide InverseModulo(Wide a, Wide m) {
  Wide r0 = m;
  Wide r1 = a % m;
  Wide t0 = 0;
  Wide t1 = 1;
  while (r1 != 0) {
    const Wide q = r0 / r1;
    r0 = std::exchange(r1, r0 - q * r1);
    t0 = std::exchange(t1, t0 - q * t1);
  }
  return t0 < 0 ? t0 + m : t0;
}

}  // namespace

IndexSet::IndexSet() { progressions_.push_back({0, kLargest, 1}); }

void IndexSet::Add(int64_t first, int64_t last, int64_t step) {
  if (first > last) return;
  last = first + (last - first) / step * step;
  progressions_.push_back({first, last, first == last ? 1 : step});
}

IndexSet IndexSet::Of(const ResolvedIndex& index, int width) {
  // The bounds that 0 ≤ written ≤ largest puts on the index.
  const Wide largest = width > 0 ? TenTo(width) - 1 : kLargest;
  const Wide slope = index.slope < 0 ? -Wide{index.slope} : Wide{index.slope};
  Wide low = CeilDiv(-Wide{index.offset}, slope);
  Wide high = FloorDiv(largest - index.offset, slope);
  if (index.slope < 0) {
    low = CeilDiv(index.offset - largest, slope);
    high = FloorDiv(index.offset, slope);
  }
  low = std::max<Wide>(low, 0);
  // Where only the largest number bounds it, the set has no end: no checkpoint comes near.
  if (width == 0 && index.slope > 0) high = kLargest;
  high = std::min<Wide>(high, kLargest);
  IndexSet set;
  set.progressions_.clear();
  const auto add = [&](Wide first, Wide last, Wide step) {
    if (first < low) first += CeilDiv(low - first, step) * step;
    last = std::min(last, high);
    if (first > last) return;
    set.Add(static_cast<int64_t>(first), static_cast<int64_t>(last), static_cast<int64_t>(step));
  };
  if (index.ranges.empty()) add(0, high, 1);
  for (const ResolvedIndex::Range& range : index.ranges) {
    add(range.first, range.open ? high : Wide{range.last}, range.step);
  }
  return set;
}

IndexSet IndexSet::Written(const IndexSet& indexes, const ResolvedIndex& index) {
  IndexSet set;
  set.progressions_.clear();
  for (const Progression& p : indexes.progressions_) {
    Wide first = Wide{index.offset} + Wide{index.slope} * p.first;
    Wide last = Wide{index.offset} + Wide{index.slope} * p.last;
    Wide step = Wide{index.slope} * p.step;
    if (step < 0) {
      std::swap(first, last);
      step = -step;
    }
    last = std::min<Wide>(last, kLargest);
    if (first < 0 || first > last) continue;
    step = std::min<Wide>(step, kLargest);
    set.Add(static_cast<int64_t>(first), static_cast<int64_t>(last), static_cast<int64_t>(step));
  }
  return set;
}

std::optional<IndexSet> IndexSet::Intersection(const IndexSet& a, const IndexSet& b) {
  IndexSet set;
  set.progressions_.clear();
  if (a.progressions_.size() * b.progressions_.size() > kMostProgressions) return std::nullopt;
  for (const Progression& p : a.progressions_) {
    for (const Progression& q : b.progressions_) {
      const int64_t divisor = std::gcd(p.step, q.step);
      const Wide distance = Wide{q.first} - p.first;
      if (distance % divisor != 0) continue;
      // p.first + k · p.step ≡ q.first modulo q.step
      const Wide modulus = q.step / divisor;
      Wide k = 0;
      if (modulus > 1) {
        k = distance / divisor % modulus * InverseModulo(p.step / divisor, modulus) % modulus;
        if (k < 0) k += modulus;
      }
      const Wide step = Wide{p.step} * modulus;
      Wide first = Wide{p.first} + k * p.step;
      const Wide low = std::max(p.first, q.first);
      if (first < low) first += CeilDiv(low - first, step) * step;
      const int64_t last = std::min(p.last, q.last);
      if (first > last) continue;
      set.Add(static_cast<int64_t>(first), last,
              static_cast<int64_t>(std::min<Wide>(step, kLargest)));
    }
  }
  return set;
}

bool IndexSet::IsAll() const {
  return std::any_of(progressions_.begin(), progressions_.end(), [](const Progression& p) {
    return p.first == 0 && p.step == 1 && p.last == kLargest;
  });
}

std::optional<std::vector<int64_t>> IndexSet::Members(size_t most) const {
  std::vector<int64_t> members;
  for (const Progression& p : progressions_) {
    if (static_cast<uint64_t>(p.last - p.first) / static_cast<uint64_t>(p.step) >= most) {
      return std::nullopt;
    }
    for (int64_t value = p.first; value <= p.last; value += p.step) members.push_back(value);
    if (members.size() > most * kMostProgressions) return std::nullopt;
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  if (members.size() > most) return std::nullopt;
  return members;
}

}  // namespace weft
