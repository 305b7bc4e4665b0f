#include "mapping/operation_table.h"

#include <catch2/catch.hpp>
#include <limits>
#include <string>

#include "mapping/errors_of.h"

namespace weft {
namespace {

// The shapes that come out, "[4, 3] [4, 3]", or what is wrong.
std::string ShapesOf(const ConversionOp& operation, const std::vector<Shape>& inputs,
                     const ShapeContext& context = {}) {
  const auto shapes = RowOf(operation).shapes(operation, inputs, context);
  if (!shapes.ok()) {
    const std::vector<Diagnostic> errors = DiagnosticsOf(shapes.status());
    REQUIRE(errors.size() == 1);
    CHECK(errors[0].code == ErrorCode::kWrongShape);
    CHECK(errors[0].where.empty());
    return errors[0].what;
  }
  std::string text;
  for (const Shape& shape : *shapes) text += (text.empty() ? "" : " ") + TextOf(shape);
  return text;
}

ShapeContext Parts(uint64_t parts, std::vector<int64_t> sizes = {}) {
  ShapeContext context;
  context.parts = parts;
  context.sizes = std::move(sizes);
  return context;
}

ShapeContext Sizes(std::vector<int64_t> sizes) { return Parts(0, std::move(sizes)); }

ShapeContext ListOf(uint64_t size) {
  ShapeContext context;
  context.list_size = size;
  return context;
}

std::string ReverseOf(const ConversionOp& operation) {
  const absl::StatusOr<ConversionOp> reverse = RowOf(operation).reverse(operation);
  return reverse.ok() ? TextOf(*reverse) : MessageOf(reverse.status());
}

TEST_CASE("operations: Chunk cuts into equal parts", "[mapping]") {
  CHECK(ShapesOf(Chunk{0}, {{8, 3}}, Parts(2)) == "[4, 3] [4, 3]");
  CHECK(ShapesOf(Chunk{-1}, {{8, 3}}, Parts(3)) == "[8, 1] [8, 1] [8, 1]");
  CHECK(ShapesOf(Chunk{0}, {{0, 3}}, Parts(2)) == "[0, 3] [0, 3]");
  CHECK(ReverseOf(Chunk{1}) == "Concatenate(dim=1)");
  CHECK(ShapesOf(Chunk{0}, {{8, 3}}, Parts(3)) ==
        "axis 0 of shape [8, 3] cannot be cut into 3 equal parts");
  CHECK(ShapesOf(Chunk{2}, {{8, 3}}, Parts(2)) == "axis 2 is out of range; expected -2..1");
  CHECK(ShapesOf(Chunk{-3}, {{8, 3}}, Parts(2)) == "axis -3 is out of range; expected -2..1");
  CHECK(ShapesOf(Chunk{0}, {{}}, Parts(2)) == "axis 0 is out of range; a scalar has no axes");
  CHECK(ShapesOf(Chunk{0}, {{8}}, Parts(0)) ==
        "axis 0 of shape [8] cannot be cut into 0 equal parts");
}

TEST_CASE("operations: Split cuts into parts of given sizes", "[mapping]") {
  CHECK(ShapesOf(Split{0, {"a", "b"}}, {{8, 3}}, Parts(2, {5, 3})) == "[5, 3] [3, 3]");
  CHECK(ShapesOf(Split{-1, {"a", "b"}}, {{8, 3}}, Parts(2, {0, 3})) == "[8, 0] [8, 3]");
  CHECK(ReverseOf(Split{1, {"q", "2 * k"}}) == "Concatenate(dim=1, sizes=[q, 2 * k])");
  CHECK(ShapesOf(Split{0, {}}, {{8, 3}}, Parts(2, {5, 2})) ==
        "axis 0 of shape [8, 3] cannot be cut into parts of sizes [5, 2]");
  CHECK(ShapesOf(Split{0, {}}, {{8, 3}}, Parts(2, {9, -1})) ==
        "axis 0 of shape [8, 3] cannot be cut into parts of sizes [9, -1]");
  const int64_t most = std::numeric_limits<int64_t>::max();
  CHECK(ShapesOf(Split{0, {}}, {{8, 3}}, Parts(2, {most, most})) ==
        "axis 0 of shape [8, 3] cannot be cut into parts of sizes [9223372036854775807, "
        "9223372036854775807]");
  CHECK(ShapesOf(Split{0, {}}, {{8, 3}}, Parts(2, {4, 2, 2})) == "3 sizes for 2 tensors");
  CHECK(ShapesOf(Split{5, {}}, {{8, 3}}, Parts(2, {4, 4})) ==
        "axis 5 is out of range; expected -2..1");
}

TEST_CASE("operations: Concatenate joins shapes that differ in its axis only", "[mapping]") {
  CHECK(ShapesOf(Concatenate{0, {}}, {{4, 3}, {5, 3}}) == "[9, 3]");
  CHECK(ShapesOf(Concatenate{-1, {}}, {{4, 3}, {4, 0}, {4, 2}}) == "[4, 5]");
  CHECK(ShapesOf(Concatenate{0, {}}, {{4, 3}}) == "[4, 3]");
  CHECK(ShapesOf(Concatenate{0, {"a", "b"}}, {{4, 3}, {5, 3}}, Sizes({4, 5})) == "[9, 3]");
  CHECK(ReverseOf(Concatenate{1, {}}) == "Chunk(dim=1)");
  CHECK(ReverseOf(Concatenate{1, {"q", "k"}}) == "Split(dim=1, sizes=[q, k])");
  CHECK(ShapesOf(Concatenate{0, {}}, {{4, 3}, {4, 2}}) ==
        "shapes [4, 3] and [4, 2] differ in more than axis 0");
  CHECK(ShapesOf(Concatenate{0, {}}, {{4, 3}, {4, 3, 1}}) ==
        "shapes [4, 3] and [4, 3, 1] differ in more than axis 0");
  CHECK(ShapesOf(Concatenate{2, {}}, {{4, 3}, {4, 3}}) == "axis 2 is out of range; expected -2..1");
  CHECK(ShapesOf(Concatenate{0, {"a", "b"}}, {{4, 3}, {5, 3}}, Sizes({5, 4})) ==
        "axis 0 of part 0 is 4; expected 5, got shape [4, 3]");
  CHECK(ShapesOf(Concatenate{0, {"a"}}, {{4, 3}, {5, 3}}, Sizes({9})) == "1 sizes for 2 tensors");
  const int64_t most = std::numeric_limits<int64_t>::max();
  CHECK(ShapesOf(Concatenate{0, {}}, {{most, 0}, {1, 0}}) == "the joined axis is beyond 64 bits");
}

TEST_CASE("operations: MergeModulelist adds the list as an axis", "[mapping]") {
  CHECK(ShapesOf(MergeModulelist{"e", 0}, {{4, 3}}, ListOf(60)) == "[60, 4, 3]");
  CHECK(ShapesOf(MergeModulelist{"e", 2}, {{4, 3}}, ListOf(60)) == "[4, 3, 60]");
  CHECK(ShapesOf(MergeModulelist{"e", -1}, {{4, 3}}, ListOf(60)) == "[4, 3, 60]");
  CHECK(ShapesOf(MergeModulelist{"e", 0}, {{}}, ListOf(2)) == "[2]");
  CHECK(ReverseOf(MergeModulelist{"e", -1}) == "SplitModulelist(over=e, dim=-1)");
  CHECK(ShapesOf(MergeModulelist{"e", 3}, {{4, 3}}, ListOf(2)) ==
        "axis 3 is out of range; expected -3..2");
  CHECK(ShapesOf(MergeModulelist{"e", -4}, {{4, 3}}, ListOf(2)) ==
        "axis -4 is out of range; expected -3..2");
  CHECK(ShapesOf(MergeModulelist{"e", 1}, {{}}, ListOf(2)) ==
        "axis 1 is out of range; expected -1..0");
}

TEST_CASE("operations: SplitModulelist takes an axis away", "[mapping]") {
  CHECK(ShapesOf(SplitModulelist{"e", 0}, {{60, 4, 3}}) == "[4, 3]");
  CHECK(ShapesOf(SplitModulelist{"e", -1}, {{60, 4, 3}}) == "[60, 4]");
  CHECK(ReverseOf(SplitModulelist{"e", 1}) == "MergeModulelist(over=e, dim=1)");
  CHECK(ShapesOf(SplitModulelist{"e", 3}, {{60, 4, 3}}) ==
        "axis 3 is out of range; expected -3..2");
  CHECK(ShapesOf(SplitModulelist{"e", -4}, {{60, 4, 3}}) ==
        "axis -4 is out of range; expected -3..2");
  CHECK(ShapesOf(SplitModulelist{"e", 0}, {{}}) == "axis 0 is out of range; a scalar has no axes");
}

TEST_CASE("operations: Transpose swaps two axes", "[mapping]") {
  CHECK(ShapesOf(Transpose{0, 1}, {{4, 3}, {5, 6}}) == "[3, 4] [6, 5]");
  CHECK(ShapesOf(Transpose{-1, 0}, {{4, 3, 2}}) == "[2, 3, 4]");
  CHECK(ShapesOf(Transpose{1, 1}, {{4, 3}}) == "[4, 3]");
  CHECK(ReverseOf(Transpose{0, -1}) == "Transpose(dim0=0, dim1=-1)");
  CHECK(ShapesOf(Transpose{0, 1}, {{4}}) == "axis 1 is out of range; expected -1..0");
  CHECK(ShapesOf(Transpose{2, 0}, {{4, 3}}) == "axis 2 is out of range; expected -2..1");
  CHECK(ShapesOf(Transpose{0, 1}, {{}}) == "axis 0 is out of range; a scalar has no axes");
}

TEST_CASE("operations: Permute reorders the axes", "[mapping]") {
  CHECK(ShapesOf(Permute{{2, 0, 1}}, {{4, 3, 2}}) == "[2, 4, 3]");
  CHECK(ShapesOf(Permute{{-1, 0, 1}}, {{4, 3, 2}}) == "[2, 4, 3]");
  CHECK(ShapesOf(Permute{{}}, {{}}) == "[]");
  CHECK(ReverseOf(Permute{{2, 0, 1}}) == "Permute(dims=[1, 2, 0])");
  CHECK(ReverseOf(Permute{{-1, 0, 1}}) == "Permute(dims=[1, 2, 0])");
  CHECK(ReverseOf(Permute{{0, 3}}) == "NOT_REVERSIBLE Permute: dims is no permutation");
  CHECK(ReverseOf(Permute{{0, 0}}) == "NOT_REVERSIBLE Permute: dims is no permutation");
  CHECK(ReverseOf(Permute{{1, -1}}) == "NOT_REVERSIBLE Permute: dims is no permutation");
  CHECK(ShapesOf(Permute{{0, 0}}, {{4, 3}}) == "axis 0 stands twice in dims");
  CHECK(ShapesOf(Permute{{1, -1}}, {{4, 3}}) == "axis -1 stands twice in dims");
  CHECK(ShapesOf(Permute{{1, 0}}, {{4, 3, 2}}) == "dims names 2 axes; shape [4, 3, 2] has 3");
  CHECK(ShapesOf(Permute{{0, 2}}, {{4, 3}}) == "axis 2 is out of range; expected -2..1");
}

TEST_CASE("operations: Reshape keeps the number of elements", "[mapping]") {
  CHECK(ShapesOf(Reshape{}, {{4, 3}}, Sizes({2, 6})) == "[2, 6]");
  CHECK(ShapesOf(Reshape{}, {{4, 3}}, Sizes({-1})) == "[12]");
  CHECK(ShapesOf(Reshape{}, {{4, 3}}, Sizes({2, -1, 1})) == "[2, 6, 1]");
  CHECK(ShapesOf(Reshape{}, {{1, 1}}, Sizes({})) == "[]");
  CHECK(ShapesOf(Reshape{}, {{0, 4}}, Sizes({4, -1})) == "[4, 0]");
  CHECK(ReverseOf(Reshape{{"2", "-1"}, {"h", "d"}}) == "Reshape(shape=[h, d], from=[2, -1])");
  CHECK(ReverseOf(Reshape{{"2", "-1"}, {}}) ==
        "NOT_REVERSIBLE Reshape does not say the shape it comes from");
  CHECK(ShapesOf(Reshape{}, {{4, 3}}, Sizes({5, 2})) ==
        "shape [4, 3] with 12 elements cannot become [5, 2]");
  CHECK(ShapesOf(Reshape{}, {{4, 3}}, Sizes({5, -1})) ==
        "shape [4, 3] with 12 elements cannot become [5, -1]");
  CHECK(ShapesOf(Reshape{}, {{0, 3}}, Sizes({0, -1})) ==
        "shape [0, 3] with 0 elements cannot become [0, -1]");
  CHECK(ShapesOf(Reshape{}, {{4, 3}}, Sizes({-1, -1})) == "[-1, -1] is no shape to reshape to");
  CHECK(ShapesOf(Reshape{}, {{4, 3}}, Sizes({-2, -6})) == "[-2, -6] is no shape to reshape to");
  const int64_t large = int64_t{1} << 40;
  CHECK(ShapesOf(Reshape{}, {{4, 3}}, Sizes({large, large})) ==
        "[1099511627776, 1099511627776] is no shape to reshape to");
}

TEST_CASE("operations: Unsqueeze and Squeeze add and remove an axis of size 1", "[mapping]") {
  CHECK(ShapesOf(Unsqueeze{0}, {{4, 3}}) == "[1, 4, 3]");
  CHECK(ShapesOf(Unsqueeze{-1}, {{4, 3}}) == "[4, 3, 1]");
  CHECK(ShapesOf(Unsqueeze{0}, {{}}) == "[1]");
  CHECK(ReverseOf(Unsqueeze{-1}) == "Squeeze(dim=-1)");
  CHECK(ShapesOf(Unsqueeze{3}, {{4, 3}}) == "axis 3 is out of range; expected -3..2");
  CHECK(ShapesOf(Unsqueeze{-4}, {{4, 3}}) == "axis -4 is out of range; expected -3..2");
  CHECK(ShapesOf(Unsqueeze{1}, {{}}) == "axis 1 is out of range; expected -1..0");

  CHECK(ShapesOf(Squeeze{1}, {{4, 1, 3}}) == "[4, 3]");
  CHECK(ShapesOf(Squeeze{-1}, {{1}}) == "[]");
  CHECK(ReverseOf(Squeeze{2}) == "Unsqueeze(dim=2)");
  CHECK(ShapesOf(Squeeze{0}, {{4, 1}}) == "axis 0 of shape [4, 1] is 4; expected 1");
  CHECK(ShapesOf(Squeeze{0}, {{0, 1}}) == "axis 0 of shape [0, 1] is 0; expected 1");
  CHECK(ShapesOf(Squeeze{2}, {{4, 1}}) == "axis 2 is out of range; expected -2..1");
}

TEST_CASE("operations: Interleave needs pairs", "[mapping]") {
  CHECK(ShapesOf(Interleave{0, false}, {{4, 3}}) == "[4, 3]");
  CHECK(ShapesOf(Interleave{-1, true}, {{3, 0}}) == "[3, 0]");
  CHECK(ReverseOf(Interleave{1, false}) == "Interleave(dim=1, inverse=true)");
  CHECK(ReverseOf(Interleave{1, true}) == "Interleave(dim=1)");
  CHECK(ShapesOf(Interleave{1, false}, {{4, 3}}) ==
        "axis 1 of shape [4, 3] is odd; pairs need an even size");
  CHECK(ShapesOf(Interleave{2, false}, {{4, 3}}) == "axis 2 is out of range; expected -2..1");
  CHECK(ShapesOf(Interleave{0, true}, {{}}) == "axis 0 is out of range; a scalar has no axes");
}

TEST_CASE("operations: PermuteForRope needs whole heads and pairs", "[mapping]") {
  const PermuteForRope rope{{"h", "kv"}, 0, {}, false};
  const auto context = [](size_t slot, std::vector<int64_t> heads, std::vector<int64_t> rotary) {
    ShapeContext result = Sizes(std::move(heads));
    result.slot = slot;
    result.extra_sizes = std::move(rotary);
    return result;
  };
  CHECK(ShapesOf(rope, {{8, 3}}, context(0, {2, 1}, {})) == "[8, 3]");
  CHECK(ShapesOf(rope, {{4, 3}}, context(1, {2, 1}, {})) == "[4, 3]");
  CHECK(ShapesOf(rope, {{4, 3}}, context(7, {2}, {})) == "[4, 3]");
  CHECK(ShapesOf(rope, {{7, 3}}, context(0, {0}, {})) == "[7, 3]");
  CHECK(ShapesOf(rope, {{10}}, context(0, {2}, {4})) == "[10]");
  CHECK(ShapesOf(rope, {{10}}, context(0, {2}, {0})) == "[10]");
  CHECK(ReverseOf(PermuteForRope{{"h", "kv"}, -1, {"r"}, false}) ==
        "PermuteForRope(dim=-1, heads=[h, kv], rotary=r, inverse=true)");
  CHECK(ReverseOf(PermuteForRope{{"h"}, 0, {}, true}) == "PermuteForRope(dim=0, heads=[h])");
  CHECK(ShapesOf(rope, {{8}}, context(2, {2, 1}, {})) == "heads of 2 tensors for tensor 3");
  CHECK(ShapesOf(rope, {{8}}, context(0, {3}, {})) == "axis 0 of shape [8] has no 3 equal heads");
  CHECK(ShapesOf(rope, {{8}}, context(0, {-2}, {})) == "axis 0 of shape [8] has no -2 equal heads");
  CHECK(ShapesOf(rope, {{6}}, context(0, {2}, {})) ==
        "3 of the 3 elements of a head cannot rotate in pairs");
  CHECK(ShapesOf(rope, {{8}}, context(0, {2}, {6})) ==
        "6 of the 4 elements of a head cannot rotate in pairs");
  CHECK(ShapesOf(rope, {{8}}, context(0, {2}, {-2})) ==
        "-2 of the 4 elements of a head cannot rotate in pairs");
  CHECK(ShapesOf(rope, {{}}, context(0, {2}, {})) ==
        "axis 0 is out of range; a scalar has no axes");
}

TEST_CASE("operations: Slice keeps positions that are there", "[mapping]") {
  CHECK(ShapesOf(Slice{0, "1", "3"}, {{4, 3}}, Sizes({1, 3})) == "[2, 3]");
  CHECK(ShapesOf(Slice{-1, "1", ""}, {{4, 3}}, Sizes({1})) == "[4, 2]");
  CHECK(ShapesOf(Slice{0, "2", "2"}, {{4, 3}}, Sizes({2, 2})) == "[0, 3]");
  CHECK(ShapesOf(Slice{0, "4", ""}, {{4, 3}}, Sizes({4})) == "[0, 3]");
  CHECK(ReverseOf(Slice{0, "1", "3"}) == "NOT_REVERSIBLE Slice leaves elements out");
  CHECK(ShapesOf(Slice{}, {{4, 3}}, Sizes({0, 5})) ==
        "axis 0 of shape [4, 3] has no positions 0 to 5");
  CHECK(ShapesOf(Slice{}, {{4, 3}}, Sizes({3, 2})) ==
        "axis 0 of shape [4, 3] has no positions 3 to 2");
  CHECK(ShapesOf(Slice{}, {{4, 3}}, Sizes({-1, 2})) ==
        "axis 0 of shape [4, 3] has no positions -1 to 2");
  CHECK(ShapesOf(Slice{}, {{4, 3}}, Sizes({5})) ==
        "axis 0 of shape [4, 3] has no positions 5 to 4");
  CHECK(ShapesOf(Slice{2, "0", ""}, {{4, 3}}, Sizes({0})) ==
        "axis 2 is out of range; expected -2..1");
}

TEST_CASE("operations: Repeat gives one shape to all, Tie wants one shape of all", "[mapping]") {
  CHECK(ShapesOf(Repeat{}, {{4, 3}}, Parts(3)) == "[4, 3] [4, 3] [4, 3]");
  CHECK(ShapesOf(Repeat{}, {{}}, Parts(1)) == "[]");
  CHECK(ReverseOf(Repeat{}) == "Tie()");
  CHECK(ShapesOf(Tie{}, {{4, 3}, {4, 3}}) == "[4, 3]");
  CHECK(ReverseOf(Tie{}) == "Repeat()");
  CHECK(ShapesOf(Tie{}, {{4, 3}, {4, 3}, {3, 4}}) ==
        "equal tensors have one shape; got [4, 3] and [3, 4]");
  CHECK(ShapesOf(Tie{}, {{4}, {4, 1}}) == "equal tensors have one shape; got [4] and [4, 1]");
  CHECK(ShapesOf(Tie{}, {{}, {1}}) == "equal tensors have one shape; got [] and [1]");
}

TEST_CASE("operations: ERNIE's experts are stacked by runs, and taken apart", "[mapping]") {
  const auto experts = [](uint64_t parts, uint64_t list_size) {
    ShapeContext context = Parts(parts);
    context.list_size = list_size;
    return context;
  };
  const ErnieFuseAndSplitTextVisionExperts fuse{"e", 0, 1};
  // Of each run one expert of each source: runs may differ.
  CHECK(ShapesOf(fuse, {{4, 3}, {4, 3}, {2, 3}, {2, 3}}, experts(2, 6)) == "[3, 8, 3] [3, 4, 3]");
  CHECK(ShapesOf(fuse, {{4, 3}, {4, 3}}, experts(2, 5)) == "[3, 4, 3] [2, 4, 3]");
  CHECK(ShapesOf(fuse, {{4, 3}, {4, 3}, {4, 3}}, experts(3, 4)) == "[2, 4, 3] [2, 4, 3] [0, 4, 3]");
  CHECK(ShapesOf(ErnieFuseAndSplitTextVisionExperts{"e", -1, 0}, {{4, 3}, {4, 3}}, experts(1, 5)) ==
        "[8, 3, 5]");
  CHECK(ReverseOf(fuse) ==
        "ErnieSplitAndDecoupleTextVisionExperts(over=e, stack_dim=0, concat_dim=1)");
  CHECK(ShapesOf(fuse, {{4, 3}, {4, 2}}, experts(1, 2)) ==
        "experts of all sources have one shape; got [4, 3] and [4, 2]");
  CHECK(ShapesOf(ErnieFuseAndSplitTextVisionExperts{"e", 1, 1}, {{4, 3}}, experts(1, 2)) ==
        "stack_dim and concat_dim are one axis");
  CHECK(ShapesOf(ErnieFuseAndSplitTextVisionExperts{"e", 3, 1}, {{4, 3}}, experts(1, 2)) ==
        "axis 3 is out of range; expected -3..2");
  CHECK(ShapesOf(ErnieFuseAndSplitTextVisionExperts{"e", 0, 3}, {{4, 3}}, experts(1, 2)) ==
        "axis 3 is out of range; expected -3..2");
  const int64_t most = std::numeric_limits<int64_t>::max();
  CHECK(ShapesOf(fuse, {{most, 0}, {most, 0}}, experts(1, 2)) ==
        "the joined axis is beyond 64 bits");

  const ErnieSplitAndDecoupleTextVisionExperts apart{"e", 0, 1};
  CHECK(ShapesOf(apart, {{3, 8, 3}, {3, 4, 3}}, Parts(2)) == "[4, 3] [4, 3] [2, 3] [2, 3]");
  CHECK(ReverseOf(apart) ==
        "ErnieFuseAndSplitTextVisionExperts(over=e, stack_dim=0, concat_dim=1)");
  CHECK(ShapesOf(apart, {{3, 5, 3}}, Parts(2)) ==
        "axis 1 of shape [3, 5, 3] cannot be cut into 2 equal parts");
  CHECK(ShapesOf(apart, {{3, 4, 3}, {3}}, Parts(2)) == "axis 1 is out of range; expected -1..0");
  CHECK(ShapesOf(ErnieSplitAndDecoupleTextVisionExperts{"e", -2, 1}, {{3, 4, 3}}, Parts(2)) ==
        "stack_dim and concat_dim are one axis");
  CHECK(ExpertsInRun(6, 2) == 3);
  CHECK(ExpertsInRun(5, 2) == 3);
  CHECK(ExpertsInRun(0, 2) == 0);
}

TEST_CASE("operations: an operation on each tensor stops at the first that does not fit",
          "[mapping]") {
  CHECK(ShapesOf(Squeeze{0}, {{1, 3}, {2, 3}}) == "axis 0 of shape [2, 3] is 2; expected 1");
}

TEST_CASE("operations: every row is found by its name and says what it does", "[mapping]") {
  const std::vector<OperationRow>& rows = OperationRows();
  CHECK(rows.size() == std::variant_size_v<ConversionOp>);
  for (const OperationRow& row : rows) {
    CHECK(FindOperation(row.name) == &row);
    CHECK(&RowOf(row.initial) == &row);
    CHECK(NameOf(row.initial) == row.name);
    CHECK(DocOf(row.initial) == row.doc);
    CHECK(row.doc.back() == '.');
  }
  CHECK(FindOperation("concatenate") == nullptr);
  CHECK(FindOperation("") == nullptr);
}

TEST_CASE("operations: sizes and list variables are where they belong", "[mapping]") {
  CHECK(SizesOf(Split{0, {"a"}}) == std::vector<std::string>{"a"});
  CHECK(SizesOf(Concatenate{0, {"b"}}) == std::vector<std::string>{"b"});
  CHECK(SizesOf(Reshape{{"c"}, {"d"}}) == std::vector<std::string>{"c"});
  CHECK(SizesOf(Chunk{0}).empty());
  CHECK(OverOf(MergeModulelist{"e", 0}) == "e");
  CHECK(OverOf(SplitModulelist{"f", 0}) == "f");
  CHECK(OverOf(Chunk{0}).empty());
}

}  // namespace
}  // namespace weft
