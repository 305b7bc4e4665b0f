// Sets of elements as runs, against marks on every element.
#include "plan/element_runs.h"

#include <catch2/catch.hpp>
#include <random>

#include "mapping/errors_of.h"
#include "plan/view.h"

namespace weft {
namespace {

using Marks = std::vector<bool>;
constexpr uint64_t kElements = 400;

// A box that stays below kElements; its factors may lead to an element twice.
Box RandomBox(std::mt19937_64& random) {
  Box box;
  uint64_t last = random() % 40;
  box.target_offset = last;
  for (uint64_t k = random() % 4; k > 0; --k) {
    const Factor factor = {2 + random() % 5, 1 + random() % 9, 1 + random() % 30};
    last += (factor.count - 1) * factor.target_stride;
    if (last >= kElements) break;
    box.factors.push_back(factor);
  }
  Normalize(box);
  return box;
}

void Mark(const Box& box, size_t factor, uint64_t at, Marks& marks) {
  if (factor == box.factors.size()) {
    marks[at] = true;
    return;
  }
  for (uint64_t i = 0; i < box.factors[factor].count; ++i) {
    Mark(box, factor + 1, at + i * box.factors[factor].target_stride, marks);
  }
}

Marks MarksOf(const std::vector<Box>& boxes) {
  Marks marks(kElements);
  for (const Box& box : boxes) Mark(box, 0, box.target_offset, marks);
  return marks;
}

Runs RunsOf(const Marks& marks) {
  Runs runs;
  for (uint64_t i = 0; i < marks.size(); ++i) {
    if (!marks[i]) continue;
    if (i > 0 && marks[i - 1]) {
      ++runs.back().end;
    } else {
      runs.push_back({i, i + 1});
    }
  }
  return runs;
}

// Where each packed element lies, by following the boxes.
std::vector<uint64_t> PlacesOf(const std::vector<Box>& boxes, uint64_t elements) {
  std::vector<uint64_t> places(elements, kElements);
  for (const Box& box : boxes) {
    std::vector<std::pair<uint64_t, uint64_t>> steps = {{box.source_offset, box.target_offset}};
    for (const Factor& factor : box.factors) {
      std::vector<std::pair<uint64_t, uint64_t>> next;
      for (const auto& [from, to] : steps) {
        for (uint64_t i = 0; i < factor.count; ++i) {
          next.emplace_back(from + i * factor.source_stride, to + i * factor.target_stride);
        }
      }
      steps = std::move(next);
    }
    for (const auto& [from, to] : steps) {
      REQUIRE(places.at(from) == kElements);
      places[from] = to;
    }
  }
  return places;
}

TEST_CASE("element runs: what boxes write, and sums and differences of it", "[plan]") {
  std::mt19937_64 random(7);
  for (int round = 0; round < 3000; ++round) {
    std::vector<Box> boxes;
    for (uint64_t i = random() % 5; i > 0; --i) boxes.push_back(RandomBox(random));
    const Box other = RandomBox(random);
    CAPTURE(round);
    const absl::StatusOr<Runs> a = RunsWritten(boxes, 10'000);
    const absl::StatusOr<Runs> b = RunsWritten({other}, 10'000);
    REQUIRE(a.ok());
    REQUIRE(b.ok());
    const Marks a_marks = MarksOf(boxes);
    const Marks b_marks = MarksOf({other});
    Marks both(kElements);
    Marks rest(kElements);
    for (size_t i = 0; i < kElements; ++i) {
      both[i] = a_marks[i] || b_marks[i];
      rest[i] = a_marks[i] && !b_marks[i];
    }
    REQUIRE(*a == RunsOf(a_marks));
    REQUIRE(Union(*a, *b) == RunsOf(both));
    REQUIRE(Without(*a, *b) == RunsOf(rest));

    const uint64_t elements = ElementsOf(*a);
    std::vector<uint64_t> expected;
    for (uint64_t i = 0; i < kElements; ++i) {
      if (a_marks[i]) expected.push_back(i);
    }
    REQUIRE(PlacesOf(BoxesFromPacked(*a), elements) == expected);
    REQUIRE(MarksOf(BoxesInPlace(*a)) == a_marks);
  }
}

TEST_CASE("element runs: rows at even distances are one box", "[plan]") {
  // The first 2 of each 5 columns, in 3 blocks of 4 rows with a row between them.
  const Runs runs = [] {
    Box box;
    box.factors = {{3, 0, 25}, {4, 0, 5}, {2, 0, 1}};
    absl::StatusOr<Runs> written = RunsWritten({box}, 100);
    REQUIRE(written.ok());
    return *std::move(written);
  }();
  CHECK(runs.size() == 12);
  const std::vector<Box> boxes = BoxesFromPacked(runs);
  REQUIRE(boxes.size() == 1);
  CHECK(ElementsOf(boxes[0]) == 24);
}

TEST_CASE("element runs: more than the limit are refused", "[plan]") {
  Box box;
  box.factors = {{11, 0, 2}};
  CHECK(RunsWritten({box}, 11).ok());
  CHECK(MessagesOf(RunsWritten({box}, 10).status()).size() == 1);
  CHECK(MessagesOf(RunsWritten({box, box}, 20).status()).size() == 1);
  // Products that overflow are no way round it.
  box.factors = {{uint64_t{1} << 40, 0, uint64_t{1} << 22}, {uint64_t{1} << 40, 0, 2}};
  CHECK(MessagesOf(RunsWritten({box}, 1000).status()).size() == 1);
}

}  // namespace
}  // namespace weft
