#include "mapping/lint/index_set.h"

#include <catch2/catch.hpp>
#include <random>
#include <set>

namespace weft {
namespace {

using Values = std::vector<int64_t>;

ResolvedIndex Index(int64_t slope, int64_t offset, std::vector<ResolvedIndex::Range> ranges = {}) {
  ResolvedIndex index;
  index.slope = slope;
  index.offset = offset;
  index.ranges = std::move(ranges);
  return index;
}

TEST_CASE("index sets: what a token can write bounds its index", "[lint]") {
  CHECK(IndexSet::Of(Index(1, 0), 0).IsAll());
  CHECK(IndexSet::Of(Index(-1, 3), 0).Members(10) == Values{0, 1, 2, 3});
  CHECK(IndexSet::Of(Index(-2, 5), 0).Members(10) == Values{0, 1, 2});
  CHECK(IndexSet::Of(Index(-1, -1), 0).empty());
  CHECK(IndexSet::Of(Index(30, 7), 2).Members(10) == Values{0, 1, 2, 3});
  CHECK(IndexSet::Of(Index(1, -4, {{0, 6, 1, false}}), 0).Members(10) == Values{4, 5, 6});
  CHECK(IndexSet::Of(Index(1, 0, {{-7, 8, 5, false}, {8, 8, 1, false}}), 0).Members(10) ==
        Values{3, 8});
  // −2^63 + (2^63 − 1) = −1 is none, and one step more is beyond 18 digits.
  CHECK(IndexSet::Of(Index(1, 0, {{INT64_MIN, INT64_MAX, INT64_MAX, false}}), 0).empty());
  CHECK_FALSE(IndexSet::Of(Index(1, 0, {{5, 0, 1, true}}), 0).Members(1000).has_value());
}

TEST_CASE("index sets: intersections are those of their members", "[lint]") {
  std::mt19937_64 random(1);
  const auto below = [&random](int64_t bound) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(bound));
  };
  int not_empty = 0;
  for (int round = 0; round < 3000; ++round) {
    IndexSet sets[2];
    std::set<int64_t> members[2];
    for (int s = 0; s < 2; ++s) {
      std::vector<ResolvedIndex::Range> ranges;
      for (int64_t n = 1 + below(2); n > 0; --n) {
        const int64_t first = below(40) - 10;
        ranges.push_back({first, first + below(60), 1 + below(7), below(4) == 0});
      }
      const ResolvedIndex index = Index(1 + below(3), below(9) - 4, ranges);
      sets[s] = IndexSet::Of(index, 0);
      for (int64_t value = 0; value < 200; ++value) {
        if (index.Contains(static_cast<uint64_t>(value)) &&
            index.offset + index.slope * value >= 0) {
          members[s].insert(value);
        }
      }
    }
    const auto both = IndexSet::Intersection(sets[0], sets[1]);
    REQUIRE(both.has_value());
    const auto only = Index(1, 0, {{0, 199, 1, false}});
    const auto found = IndexSet::Intersection(*both, IndexSet::Of(only, 0))->Members(1000);
    REQUIRE(found.has_value());
    Values expected;
    for (const int64_t value : members[0]) {
      if (members[1].count(value) > 0) expected.push_back(value);
    }
    if (*found != expected) FAIL("round " << round);
    not_empty += expected.empty() ? 0 : 1;
  }
  CHECK(not_empty > 1000);
}

TEST_CASE("index sets: the numbers that are written", "[lint]") {
  const ResolvedIndex index = Index(3, 1, {{2, 6, 2, false}});
  CHECK(IndexSet::Written(IndexSet::Of(index, 0), index).Members(10) == Values{7, 13, 19});
  const ResolvedIndex falling = Index(-2, 9);
  CHECK(IndexSet::Written(IndexSet::Of(falling, 0), falling).Members(10) == Values{1, 3, 5, 7, 9});
}

}  // namespace
}  // namespace weft
