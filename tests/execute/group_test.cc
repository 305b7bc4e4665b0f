#include "execute/group.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <vector>

#include "execute/tile.h"

namespace weft::execute {
namespace {

ByteBox BoxAt(uint64_t target_offset, const Loops& loops) {
  ByteBox box;
  box.target_offset = target_offset;
  box.loops = loops;
  return box;
}

Group GroupOf(const std::vector<ByteBox>& members, uint64_t element_bytes = 2) {
  Group group;
  group.element = {element_bytes, element_bytes, nullptr};
  group.members = members;
  return group;
}

// A transpose of [rows, columns] with two bytes each.
Group TransposeOf(uint64_t rows, uint64_t columns) {
  Group group = GroupOf({BoxAt(0, {{columns, 2, rows * 2}, {rows, columns * 2, 2}})});
  REQUIRE(FormCells(group, 1000));
  return group;
}

TEST_CASE("group: matrices joined along their columns share their rows", "[execute]") {
  // [8, 3] and [8, 5] of two bytes → [8, 8]
  Group group =
      GroupOf({BoxAt(100, {{8, 6, 16}, {3, 2, 2}}), BoxAt(106, {{8, 10, 16}, {5, 2, 2}})});
  REQUIRE(FormCells(group, 1000));
  CHECK(group.rank == 1);
  CHECK(group.cell_bytes == 16);
  CHECK(group.target_offset == 100);
}

TEST_CASE("group: elements that take turns share all their loops", "[execute]") {
  Group group = GroupOf({BoxAt(0, {{7, 2, 20}, {5, 14, 4}}), BoxAt(2, {{7, 2, 20}, {5, 14, 4}})});
  REQUIRE(FormCells(group, 1000));
  CHECK(group.rank == 2);
  CHECK(group.cell_bytes == 4);
}

TEST_CASE("group: a loop is cut where another box has two", "[execute]") {
  // Both have 6 rows of 8 bytes in the target; the second takes them from 2 × 3 places.
  Group group =
      GroupOf({BoxAt(0, {{6, 4, 8}, {2, 2, 2}}), BoxAt(4, {{2, 100, 24}, {3, 4, 8}, {2, 2, 2}})});
  REQUIRE(FormCells(group, 1000));
  CHECK(group.rank == 2);
  CHECK(group.cell_bytes == 8);
  CHECK(group.members[0].loops == Loops{{2, 12, 24}, {3, 4, 8}, {2, 2, 2}});
}

TEST_CASE("group: boxes that share no loop fill one cell if it is small", "[execute]") {
  // 12 elements: one box takes two runs of 2, the other what is between and after.
  const std::vector<ByteBox> boxes = {BoxAt(0, {{2, 40, 12}, {2, 2, 2}}),
                                      BoxAt(4, {{2, 8, 12}, {4, 2, 2}})};
  Group group = GroupOf(boxes);
  REQUIRE(FormCells(group, 1000));
  CHECK(group.rank == 1);
  CHECK(group.cell_bytes == 12);
  const std::vector<ByteBox> uneven = {BoxAt(0, {{3, 40, 8}, {2, 2, 2}}), BoxAt(4, {{2, 8, 2}}),
                                       BoxAt(12, {{2, 8, 2}})};
  group = GroupOf(uneven);
  REQUIRE(FormCells(group, 1000));
  CHECK(group.rank == 0);
  CHECK(group.cell_bytes == 20);
  group = GroupOf(uneven);
  CHECK_FALSE(FormCells(group, 19));
}

TEST_CASE("group: boxes that leave a hole stay apart", "[execute]") {
  Group group = GroupOf({BoxAt(0, {{8, 6, 16}, {3, 2, 2}}), BoxAt(8, {{8, 8, 16}, {4, 2, 2}})});
  CHECK_FALSE(FormCells(group, 1000));
  const Group alone = Alone(group, group.members[1]);
  CHECK(alone.target_offset == 8);
  CHECK(alone.rank == 2);
  CHECK(alone.cell_bytes == 2);
}

TEST_CASE("tile: what fits is one tile", "[execute]") {
  Group group = GroupOf({BoxAt(0, {{1000, 2, 2}})});
  REQUIRE(FormCells(group, 1000));
  const TileShape shape = ChooseTile(group, 1 << 20);
  CHECK(shape.whole);
  CHECK(shape.dense);
  CHECK(shape.sizes == Sizes{1000});
}

TEST_CASE("tile: tiles fit the memory and are of about one size", "[execute]") {
  const Group group = TransposeOf(28672, 8192);
  for (const uint64_t memory : {1ull << 16, 1ull << 20, 32ull << 20}) {
    CAPTURE(memory);
    const TileShape shape = ChooseTile(group, memory);
    CHECK(shape.memory_bytes <= memory);
    CHECK(shape.memory_bytes >= memory / 4);
    CHECK_FALSE(shape.whole);
    // Neither reads nor writes are much shorter than the others.
    CHECK(shape.sizes[0] <= shape.sizes[1] * 4);
    CHECK(shape.sizes[1] <= shape.sizes[0] * 4);
    for (size_t k = 0; k < 2; ++k) {
      const uint64_t last = (AxisOf(group, k).count - 1) % shape.sizes[k] + 1;
      CHECK(last >= shape.sizes[k] / 2);
    }
  }
}

TEST_CASE("tile: tiles begin and end with whole cache lines of the output", "[execute]") {
  const Group group = TransposeOf(5000, 8192);
  for (const uint64_t memory : {1ull << 16, 1ull << 20, 32ull << 20}) {
    const TileShape shape = ChooseTile(group, memory);
    CHECK(shape.sizes[1] < 5000);
    CHECK(shape.sizes[1] % 64 == 0);
  }
}

TEST_CASE("tile: boxes are done apart where their cells are too large to share", "[execute]") {
  // 24 matrices [8192, 4096] → [4096, 24, 8192], two bytes each.
  constexpr uint64_t kRow = 16384;
  constexpr uint64_t kCell = 24 * kRow;
  std::vector<ByteBox> boxes;
  boxes.reserve(24);
  for (uint64_t i = 0; i < 24; ++i) {
    boxes.push_back(BoxAt(i * kRow, {{4096, 2, kCell}, {8192, 8192, 2}}));
  }
  Group group = GroupOf(boxes);
  REQUIRE(FormCells(group, 32 << 20));
  CHECK(group.cell_bytes == kCell);
  CHECK(IsBetterApart(group, ChooseTile(group, 32 << 20), 32 << 20));
  // Cells of three elements are better together.
  Group pairs =
      GroupOf({BoxAt(0, {{4096, 2, 6}}), BoxAt(2, {{4096, 2, 6}}), BoxAt(4, {{4096, 2, 6}})});
  REQUIRE(FormCells(pairs, 32 << 20));
  CHECK_FALSE(IsBetterApart(pairs, ChooseTile(pairs, 16 << 10), 16 << 10));
}

}  // namespace
}  // namespace weft::execute
