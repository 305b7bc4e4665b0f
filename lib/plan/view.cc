#include "plan/view.h"

#include <algorithm>
#include <numeric>
#include <utility>

#include "absl/container/inlined_vector.h"

namespace weft {
namespace {

// A part of a view's box on its way through a step.
struct Piece {
  // `rest` is the coordinate in T that the step's factors have not yet accounted for.
  struct Loop {
    uint64_t count = 1;
    uint64_t rest_stride = 0;
    uint64_t source_stride = 0;
    uint64_t target_stride = 0;
  };
  int64_t rest = 0;
  uint64_t source_offset = 0;
  uint64_t target_offset = 0;
  absl::InlinedVector<Loop, 4> loops;
};

using Pieces = std::vector<Piece>;

int64_t FloorDivide(int64_t a, int64_t b) {
  const int64_t quotient = a / b;
  return a % b < 0 ? quotient - 1 : quotient;
}

// Fixes the first `skip` steps of a loop behind the piece.
void Advance(Piece& piece, const Piece::Loop& loop, uint64_t skip) {
  piece.rest += static_cast<int64_t>(loop.rest_stride * skip);
  piece.source_offset += loop.source_stride * skip;
  piece.target_offset += loop.target_stride * skip;
}

// Splits a piece so that within each part, adding the loops that are no multiple of `modulus` never
// carries into the multiples.
void Align(Piece piece, uint64_t modulus, Pieces* done) {
  const auto m = static_cast<int64_t>(modulus);
  Pieces work;
  work.push_back(std::move(piece));
  while (!work.empty()) {
    Piece here = std::move(work.back());
    work.pop_back();
    // A loop of one step never carries; only loops that do are cut below.
    here.loops.erase(std::remove_if(here.loops.begin(), here.loops.end(),
                                    [](const Piece::Loop& loop) { return loop.count == 1; }),
                     here.loops.end());
    const int64_t rest = here.rest - FloorDivide(here.rest, m) * m;
    uint64_t span = 0;  // of the low loops
    size_t widest = here.loops.size();
    for (size_t i = 0; i < here.loops.size(); ++i) {
      const Piece::Loop& loop = here.loops[i];
      if (loop.rest_stride % modulus == 0) continue;
      span += (loop.count - 1) * loop.rest_stride;
      if (widest == here.loops.size() || loop.rest_stride > here.loops[widest].rest_stride) {
        widest = i;
      }
    }
    if (widest == here.loops.size() || static_cast<uint64_t>(rest) + span < modulus) {
      done->push_back(std::move(here));
      continue;
    }
    const Piece::Loop loop = here.loops[widest];
    const uint64_t period = modulus / std::gcd(loop.rest_stride, modulus);
    if (loop.count > period) {
      // Whole periods are a loop over multiples of the modulus.
      const uint64_t periods = loop.count / period;
      const uint64_t left = loop.count % period;
      if (left > 0) {
        Piece tail = here;
        Advance(tail, loop, periods * period);
        tail.loops[widest].count = left;
        work.push_back(std::move(tail));
      }
      here.loops[widest].count = period;
      here.loops.push_back({periods, loop.rest_stride * period, loop.source_stride * period,
                            loop.target_stride * period});
      work.push_back(std::move(here));
      continue;
    }
    // Cut where the first carry happens.
    const uint64_t others = span - (loop.count - 1) * loop.rest_stride;
    const int64_t room = m - 1 - rest - static_cast<int64_t>(others);
    uint64_t fits = 1;
    if (room >= 0 && loop.rest_stride < modulus) {
      fits = std::min(loop.count, static_cast<uint64_t>(room) / loop.rest_stride + 1);
    }
    Piece tail = here;
    Advance(tail, loop, fits);
    tail.loops[widest].count = loop.count - fits;
    here.loops[widest].count = fits;
    work.push_back(std::move(tail));
    work.push_back(std::move(here));
  }
}

// Takes one digit of the rest coordinate: floor(rest / modulus), which must lie in [0, count), and
// moves the target by target_stride for each unit. The piece is aligned to the modulus.
class DigitTaker {
 public:
  DigitTaker(const Factor& digit, Pieces* done) : digit_(digit), done_(done) {}

  void Take(Piece piece) {
    const auto modulus = static_cast<int64_t>(digit_.source_stride);
    const int64_t digit = FloorDivide(piece.rest, modulus);
    piece.rest -= digit * modulus;
    // Widest first, so that few steps of each loop lie on the border.
    std::sort(
        piece.loops.begin(), piece.loops.end(),
        [](const Piece::Loop& a, const Piece::Loop& b) { return a.rest_stride > b.rest_stride; });
    Restrict(std::move(piece), 0, digit);
  }

 private:
  int64_t Units(const Piece::Loop& loop) const {
    return static_cast<int64_t>(loop.rest_stride / digit_.source_stride);
  }
  int64_t Reach(const Piece::Loop& loop) const {
    return static_cast<int64_t>(loop.count - 1) * Units(loop);
  }
  bool IsMine(const Piece::Loop& loop) const {
    return loop.rest_stride > 0 && loop.rest_stride % digit_.source_stride == 0;
  }

  // Keeps the elements whose digit, `digit` plus the loops from `next` on, lies in range.
  void Restrict(Piece piece, size_t next, int64_t digit) {
    while (next < piece.loops.size() && !IsMine(piece.loops[next])) ++next;
    const auto count = static_cast<int64_t>(digit_.count);
    int64_t inner = 0;  // reach of the loops behind `next`
    for (size_t i = next + 1; i < piece.loops.size(); ++i) {
      if (IsMine(piece.loops[i])) inner += Reach(piece.loops[i]);
    }
    if (next == piece.loops.size()) {
      if (digit >= 0 && digit < count) Emit(std::move(piece), digit);
      return;
    }
    const Piece::Loop loop = piece.loops[next];
    if (digit >= 0 && digit + Reach(loop) + inner < count) {
      Emit(std::move(piece), digit);
      return;
    }
    const int64_t units = Units(loop);
    const auto clamp = [&loop](int64_t step) {
      return std::min(std::max<int64_t>(step, 0), static_cast<int64_t>(loop.count));
    };
    // Steps [first, last) touch the range; of these, [inside, outside) lie in it with all inner
    // loops.
    const int64_t first = clamp(-FloorDivide(digit + inner, units));
    const int64_t last = std::max(first, clamp(FloorDivide(count - 1 - digit, units) + 1));
    const int64_t inside = std::min(std::max(first, clamp(-FloorDivide(digit, units))), last);
    const int64_t outside =
        std::min(std::max(inside, clamp(FloorDivide(count - 1 - inner - digit, units) + 1)), last);
    if (inside < outside) {
      Piece part = piece;
      part.source_offset += loop.source_stride * static_cast<uint64_t>(inside);
      part.target_offset += loop.target_stride * static_cast<uint64_t>(inside);
      part.loops[next].count = static_cast<uint64_t>(outside - inside);
      Emit(std::move(part), digit + inside * units);
    }
    piece.loops.erase(piece.loops.begin() + static_cast<std::ptrdiff_t>(next));
    for (int64_t step = first; step < last; ++step) {
      if (step == inside && inside < outside) step = outside;
      if (step == last) break;
      Piece part = piece;
      part.source_offset += loop.source_stride * static_cast<uint64_t>(step);
      part.target_offset += loop.target_stride * static_cast<uint64_t>(step);
      Restrict(std::move(part), next, digit + step * units);
    }
  }

  void Emit(Piece piece, int64_t digit) {
    piece.target_offset += static_cast<uint64_t>(digit) * digit_.target_stride;
    for (Piece::Loop& loop : piece.loops) {
      if (!IsMine(loop)) continue;
      loop.target_stride += static_cast<uint64_t>(Units(loop)) * digit_.target_stride;
      loop.rest_stride = 0;
    }
    done_->push_back(std::move(piece));
  }

  const Factor& digit_;
  Pieces* done_;
};

void TakeDigit(const Factor& digit, Pieces* pieces) {
  Pieces aligned;
  for (Piece& piece : *pieces) Align(std::move(piece), digit.source_stride, &aligned);
  pieces->clear();
  DigitTaker taker(digit, pieces);
  for (Piece& piece : aligned) taker.Take(std::move(piece));
}

// The last element that the factors reach in T, counted from the step's source offset.
uint64_t SpanOf(const Box& step) {
  uint64_t span = 0;
  for (const Factor& factor : step.factors) span += (factor.count - 1) * factor.source_stride;
  return span;
}

void ComposeWithBox(const Box& step, const Box& from, uint64_t step_span, Pieces* pieces) {
  Piece piece;
  piece.rest = static_cast<int64_t>(from.target_offset) - static_cast<int64_t>(step.source_offset);
  piece.source_offset = from.source_offset;
  piece.target_offset = step.target_offset;
  int64_t reach = piece.rest;
  for (const Factor& factor : from.factors) {
    piece.loops.push_back({factor.count, factor.target_stride, factor.source_stride, 0});
    reach += static_cast<int64_t>((factor.count - 1) * factor.target_stride);
  }
  // Most boxes of a long list lie wholly before or behind what the step takes.
  if (reach < 0 || piece.rest > static_cast<int64_t>(step_span)) return;
  pieces->push_back(std::move(piece));
  absl::InlinedVector<Factor, 4> digits(step.factors.begin(), step.factors.end());
  std::stable_sort(digits.begin(), digits.end(), [](const Factor& a, const Factor& b) {
    return a.source_stride > b.source_stride;
  });
  // What no factor accounts for must be nothing.
  digits.push_back({1, 1, 0});
  for (const Factor& digit : digits) {
    if (digit.source_stride > 0) {
      TakeDigit(digit, pieces);
      continue;
    }
    for (Piece& each : *pieces) each.loops.push_back({digit.count, 0, 0, digit.target_stride});
  }
}

// One element, or elements that lie side by side in source and target.
bool IsRun(const Box& box) {
  return box.factors.empty() || (box.factors.size() == 1 && box.factors[0].source_stride == 1 &&
                                 box.factors[0].target_stride == 1);
}

// The common case: what the two runs share is a run.
void ComposeRuns(const Box& step, const Box& from, std::vector<Box>* boxes) {
  const uint64_t begin = std::max(step.source_offset, from.target_offset);
  const uint64_t end =
      std::min(step.source_offset + ElementsOf(step), from.target_offset + ElementsOf(from));
  if (begin >= end) return;
  Box& box = boxes->emplace_back();
  box.source = from.source;
  box.source_offset = from.source_offset + (begin - from.target_offset);
  box.target_offset = step.target_offset + (begin - step.source_offset);
  if (end - begin > 1) box.factors.push_back({end - begin, 1, 1});
}

bool SameFactors(const Box& a, const Box& b) { return a.factors == b.factors; }

// Boxes of one source with the same factors at even distances are one box with one factor more.
// Returns whether any were joined. The boxes are in order of target offset.
bool JoinRuns(std::vector<Box>& boxes) {
  size_t out = 0;
  bool joined = false;
  for (size_t i = 0; i < boxes.size();) {
    size_t end = i + 1;
    uint64_t target_stride = 0;
    uint64_t source_stride = 0;
    while (end < boxes.size() && boxes[end].source == boxes[i].source &&
           boxes[end].source_offset >= boxes[end - 1].source_offset &&
           SameFactors(boxes[end], boxes[i])) {
      const uint64_t target = boxes[end].target_offset - boxes[end - 1].target_offset;
      const uint64_t source = boxes[end].source_offset - boxes[end - 1].source_offset;
      if (end == i + 1) {
        target_stride = target;
        source_stride = source;
      } else if (target != target_stride || source != source_stride) {
        break;
      }
      ++end;
    }
    Box box = std::move(boxes[i]);
    if (end - i > 1) {
      box.factors.push_back({end - i, source_stride, target_stride});
      Normalize(box);
      joined = true;
    }
    boxes[out++] = std::move(box);
    i = end;
  }
  boxes.resize(out);
  return joined;
}

// A box that continues another along its widest factor lengthens it.
bool JoinEnds(std::vector<Box>& boxes) {
  size_t out = 0;
  bool joined = false;
  for (size_t i = 1; i < boxes.size(); ++i) {
    Box& last = boxes[out];
    Box& next = boxes[i];
    bool continues =
        last.source == next.source && !last.factors.empty() &&
        last.factors.size() == next.factors.size() &&
        std::equal(last.factors.begin() + 1, last.factors.end(), next.factors.begin() + 1);
    if (continues) {
      const Factor& a = last.factors[0];
      const Factor& b = next.factors[0];
      continues = a.source_stride == b.source_stride && a.target_stride == b.target_stride &&
                  next.target_offset == last.target_offset + a.count * a.target_stride &&
                  next.source_offset == last.source_offset + a.count * a.source_stride;
    }
    if (continues) {
      last.factors[0].count += next.factors[0].count;
      Normalize(last);
      joined = true;
    } else if (++out != i) {
      boxes[out] = std::move(next);
    }
  }
  if (!boxes.empty()) boxes.resize(out + 1);
  return joined;
}

// The elements that the box writes lie side by side.
bool IsDense(const Box& box) {
  uint64_t stride = 1;
  for (size_t i = box.factors.size(); i-- > 0;) {
    if (box.factors[i].target_stride != stride) return false;
    stride *= box.factors[i].count;
  }
  return true;
}

// The common case of boxes that write each element once: each begins where the one before ends.
bool FollowOneAnother(const std::vector<Box>& boxes, uint64_t elements) {
  uint64_t written = 0;
  for (const Box& box : boxes) {
    if (box.target_offset != written || !IsDense(box)) return false;
    written += ElementsOf(box);
  }
  return written == elements;
}

// Arithmetic modulo the prime 2^61 − 1.
constexpr uint64_t kPrime = (uint64_t{1} << 61) - 1;

uint64_t MultiplyModulo(uint64_t a, uint64_t b) {
  __extension__ using Wide = unsigned __int128;
  const Wide product = static_cast<Wide>(a) * b;
  const uint64_t sum =
      static_cast<uint64_t>(product & kPrime) + static_cast<uint64_t>(product >> 61);
  return sum >= kPrime ? sum - kPrime : sum;
}

uint64_t AddModulo(uint64_t a, uint64_t b) {
  const uint64_t sum = a + b;
  return sum >= kPrime ? sum - kPrime : sum;
}

uint64_t PowerModulo(uint64_t base, uint64_t exponent) {
  uint64_t result = 1;
  for (; exponent > 0; exponent >>= 1) {
    if ((exponent & 1) != 0) result = MultiplyModulo(result, base);
    base = MultiplyModulo(base, base);
  }
  return result;
}

// 1 + z + … + z^(n−1), by doubling.
uint64_t GeometricSum(uint64_t z, uint64_t n) {
  uint64_t sum = 0;
  uint64_t power = 1;  // z^(terms in sum)
  for (int bit = n == 0 ? -1 : 63 - __builtin_clzll(n); bit >= 0; --bit) {
    sum = AddModulo(sum, MultiplyModulo(power, sum));
    power = MultiplyModulo(power, power);
    if (((n >> bit) & 1) != 0) {
      sum = AddModulo(MultiplyModulo(sum, z), 1);
      power = MultiplyModulo(power, z);
    }
  }
  return sum;
}

}  // namespace

View View::Identity(uint32_t source) {
  View view;
  view.is_identity_ = true;
  view.source_ = source;
  return view;
}

View View::OfBoxes(std::vector<Box> boxes) {
  View view;
  view.boxes_ = std::move(boxes);
  return view;
}

std::vector<Box> View::TakeBoxes(uint64_t elements) && {
  if (!is_identity_) return std::move(boxes_);
  std::vector<Box> boxes;
  if (elements > 0) {
    Box box;
    box.source = source_;
    if (elements > 1) box.factors.push_back({elements, 1, 1});
    boxes.push_back(std::move(box));
  }
  return boxes;
}

void Normalize(Box& box) {
  auto& factors = box.factors;
  factors.erase(std::remove_if(factors.begin(), factors.end(),
                               [](const Factor& factor) { return factor.count == 1; }),
                factors.end());
  std::sort(factors.begin(), factors.end(),
            [](const Factor& a, const Factor& b) { return a.target_stride > b.target_stride; });
  size_t out = 0;
  for (size_t i = 1; i < factors.size(); ++i) {
    Factor& outer = factors[out];
    const Factor& inner = factors[i];
    if (outer.target_stride == inner.count * inner.target_stride &&
        outer.source_stride == inner.count * inner.source_stride) {
      outer = {outer.count * inner.count, inner.source_stride, inner.target_stride};
    } else {
      factors[++out] = inner;
    }
  }
  if (!factors.empty()) factors.resize(out + 1);
}

void Compose(const Box& step, const View& view, std::vector<Box>* boxes) {
  if (view.is_identity()) {
    boxes->push_back(step);
    boxes->back().source = view.source();
    Normalize(boxes->back());
    return;
  }
  for (const Box& from : view.boxes()) ComposeBox(step, from, boxes);
}

void ComposeBox(const Box& step, const Box& from, std::vector<Box>* boxes) {
  if (IsRun(step) && IsRun(from)) {
    ComposeRuns(step, from, boxes);
    return;
  }
  Pieces pieces;
  ComposeWithBox(step, from, SpanOf(step), &pieces);
  for (const Piece& piece : pieces) {
    Box box;
    box.source = from.source;
    box.source_offset = piece.source_offset;
    box.target_offset = piece.target_offset;
    for (const Piece::Loop& loop : piece.loops) {
      box.factors.push_back({loop.count, loop.source_stride, loop.target_stride});
    }
    Normalize(box);
    boxes->push_back(std::move(box));
  }
}

void Coalesce(std::vector<Box>& boxes) {
  const auto by_target = [](const Box& a, const Box& b) {
    return a.target_offset < b.target_offset;
  };
  if (!std::is_sorted(boxes.begin(), boxes.end(), by_target)) {
    std::sort(boxes.begin(), boxes.end(), by_target);
  }
  while (boxes.size() > 1 && (JoinEnds(boxes) || JoinRuns(boxes))) {
  }
}

bool CoversExactlyOnce(const std::vector<Box>& boxes, uint64_t elements) {
  if (FollowOneAnother(boxes, elements)) return true;
  // Two fixed points of no structure.
  for (const uint64_t x : {uint64_t{0x0f3a9c5d17e2b461}, uint64_t{0x1b7e04d98a63f52d}}) {
    uint64_t sum = 0;
    for (const Box& box : boxes) {
      uint64_t term = PowerModulo(x, box.target_offset);
      for (const Factor& factor : box.factors) {
        term =
            MultiplyModulo(term, GeometricSum(PowerModulo(x, factor.target_stride), factor.count));
      }
      sum = AddModulo(sum, term);
    }
    if (sum != GeometricSum(x, elements)) return false;
  }
  return true;
}

}  // namespace weft
