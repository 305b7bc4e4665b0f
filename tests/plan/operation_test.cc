// Every named operation: which element goes where, counted out by hand, and back.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "plan/compiled.h"

namespace weft {
namespace {

absl::StatusOr<Plan> Planned(const std::string& rule, std::shared_ptr<const Catalog> catalog,
                             Direction direction = Direction::kForward) {
  CompileOptions options;
  options.direction = direction;
  return Compile({MappingOfRules({rule})}, std::move(catalog), options);
}

// "b [2, 2] a3 a2 a1 a0": the tensor, and the source and place of each of its elements.
Lines ElementLines(const Plan& plan) {
  Lines lines;
  const auto elements = ElementsOf(plan);
  for (const PlannedTensor& tensor : plan.tensors) {
    std::string line = tensor.name + " " + TextOf(tensor.shape);
    for (const Element& element : elements.at(tensor.name)) {
      line +=
          " " + plan.catalog->tensors[element.source].name + ":" + std::to_string(element.place);
    }
    lines.push_back(line);
  }
  return lines;
}

// What the rule makes, forward.
Lines Made(const std::string& rule, std::vector<NamedShape> tensors) {
  const auto plan = Planned(rule, CatalogOf(std::move(tensors)));
  INFO(plan.status());
  REQUIRE(plan.ok());
  return ElementLines(*plan);
}

// The same; fails the test case when the way back does not give the tensors again.
Lines ThereAndBack(const std::string& rule, std::vector<NamedShape> tensors) {
  const auto plan = Planned(rule, CatalogOf(std::move(tensors)));
  INFO(plan.status());
  REQUIRE(plan.ok());
  CHECK(plan->exactness_reasons.empty());
  const auto back = Planned(rule, CatalogOf(*plan), Direction::kReverse);
  INFO(back.status());
  REQUIRE(back.ok());
  CHECK(GivesBack(*plan, *back));
  return ElementLines(*plan);
}

Lines Refused(const std::string& rule, std::vector<NamedShape> tensors,
              Direction direction = Direction::kForward) {
  const auto plan = Planned(rule, CatalogOf(std::move(tensors)), direction);
  CHECK_FALSE(plan.ok());
  return MessagesOf(plan.status());
}

// A rule of one operation.
std::string Rule(const std::string& from, const std::string& to, const std::string& operation) {
  return R"({"convert": )" + from + R"(, "to": )" + to + R"(, "operations": [{"op": )" + operation +
         "}]}";
}

constexpr const char* kRule = "m.json:2:1 (/stages/0/0)";

TEST_CASE("operation: Chunk", "[plan]") {
  CHECK(ThereAndBack(Rule(R"("a")", R"(["x", "y"])", R"("Chunk", "dim": 1)"), {{"a", {2, 4}}}) ==
        Lines{"x [2, 2] a:0 a:1 a:4 a:5", "y [2, 2] a:2 a:3 a:6 a:7"});
  CHECK(Refused(Rule(R"("a")", R"(["x", "y"])", R"("Chunk", "dim": 0)"), {{"a", {3, 4}}}) ==
        Lines{std::string("WRONG_SHAPE ") + kRule +
              ", tensor 'a': Chunk(dim=0): axis 0 of shape [3, 4] cannot be cut into 2 equal "
              "parts"});
}

TEST_CASE("operation: Split", "[plan]") {
  const std::string rule =
      Rule(R"("a")", R"(["x", "y"])", R"("Split", "dim": 0, "sizes": [1, "4 // 2"])");
  CHECK(ThereAndBack(rule, {{"a", {3, 2}}}) ==
        Lines{"x [1, 2] a:0 a:1", "y [2, 2] a:2 a:3 a:4 a:5"});
  CHECK(Refused(rule, {{"a", {4, 2}}}) ==
        Lines{std::string("WRONG_SHAPE ") + kRule +
              ", tensor 'a': Split(dim=0, sizes=[1, 4 // 2]): axis 0 of shape [4, 2] cannot be cut "
              "into parts of sizes [1, 2]"});
}

TEST_CASE("operation: Concatenate", "[plan]") {
  CHECK(ThereAndBack(Rule(R"(["a", "b"])", R"("x")", R"("Concatenate", "dim": 1)"),
                     {{"a", {2, 1}}, {"b", {2, 1}}}) == Lines{"x [2, 2] a:0 b:0 a:1 b:1"});
  CHECK(ThereAndBack(Rule(R"(["b", "a"])", R"("x")", R"("Concatenate", "sizes": [1, 2])"),
                     {{"a", {2, 1}}, {"b", {1, 1}}}) == Lines{"x [3, 1] b:0 a:0 a:1"});
  CHECK(Refused(Rule(R"(["a", "b"])", R"("x")", R"("Concatenate", "dim": -1)"),
                {{"a", {2, 1}}, {"b", {1, 1}}}) ==
        Lines{std::string("WRONG_SHAPE ") + kRule +
              ", tensor 'a': Concatenate(dim=-1): shapes [2, 1] and [1, 1] differ in more than "
              "axis 1"});
}

TEST_CASE("operation: MergeModulelist", "[plan]") {
  const std::string rule =
      Rule(R"("a.{e}")", R"("x")", R"("MergeModulelist", "over": "e", "dim": 1)");
  CHECK(ThereAndBack(rule, {{"a.0", {2}}, {"a.1", {2}}, {"a.2", {2}}}) ==
        Lines{"x [2, 3] a.0:0 a.1:0 a.2:0 a.0:1 a.1:1 a.2:1"});
  CHECK(Refused(rule, {{"a.0", {2}}, {"a.2", {2}}}) ==
        Lines{std::string("INCOMPLETE_LIST ") + kRule +
              ": the list of \"a.{e}\" has a hole: 2 tensors for e=0..2; missing: 'a.1'"});
}

TEST_CASE("operation: SplitModulelist", "[plan]") {
  const std::string rule =
      Rule(R"("a")", R"("x.{e}")", R"("SplitModulelist", "over": "e", "dim": -1)");
  CHECK(ThereAndBack(rule, {{"a", {2, 2}}}) == Lines{"x.0 [2] a:0 a:2", "x.1 [2] a:1 a:3"});
  CHECK(
      Refused(rule, {{"a", {}}}) ==
      Lines{std::string("WRONG_SHAPE ") + kRule +
            ", tensor 'a': SplitModulelist(over=e, dim=-1): axis -1 is out of range; a scalar has "
            "no axes"});
}

TEST_CASE("operation: Transpose and Permute", "[plan]") {
  CHECK(ThereAndBack(Rule(R"("a")", R"("x")", R"("Transpose", "dim0": 0, "dim1": 1)"),
                     {{"a", {2, 3}}}) == Lines{"x [3, 2] a:0 a:3 a:1 a:4 a:2 a:5"});
  CHECK(ThereAndBack(Rule(R"("a")", R"("x")", R"("Permute", "dims": [2, 0, 1])"),
                     {{"a", {1, 2, 3}}}) == Lines{"x [3, 1, 2] a:0 a:3 a:1 a:4 a:2 a:5"});
  CHECK(Refused(Rule(R"("a")", R"("x")", R"("Permute", "dims": [1, 0])"), {{"a", {1, 2, 3}}}) ==
        Lines{std::string("WRONG_SHAPE ") + kRule +
              ", tensor 'a': Permute(dims=[1, 0]): dims names 2 axes; shape [1, 2, 3] has 3"});
}

TEST_CASE("operation: Reshape, Unsqueeze, Squeeze", "[plan]") {
  CHECK(ThereAndBack(Rule(R"("a")", R"("x")", R"("Reshape", "shape": [3, -1], "from": [2, 3])"),
                     {{"a", {2, 3}}}) == Lines{"x [3, 2] a:0 a:1 a:2 a:3 a:4 a:5"});
  CHECK(ThereAndBack(Rule(R"("a")", R"("x")", R"("Unsqueeze", "dim": 1)"), {{"a", {2, 1}}}) ==
        Lines{"x [2, 1, 1] a:0 a:1"});
  CHECK(ThereAndBack(Rule(R"("a")", R"("x")", R"("Squeeze", "dim": -1)"), {{"a", {2, 1}}}) ==
        Lines{"x [2] a:0 a:1"});
  CHECK(Refused(Rule(R"("a")", R"("x")", R"("Reshape", "shape": [3])"), {{"x", {3}}},
                Direction::kReverse) == Lines{std::string("NOT_REVERSIBLE ") + kRule +
                                              ": Reshape does not say the shape it comes from"});
}

TEST_CASE("operation: Interleave", "[plan]") {
  CHECK(ThereAndBack(Rule(R"("a")", R"("x")", R"("Interleave", "dim": 0)"), {{"a", {6}}}) ==
        Lines{"x [6] a:0 a:2 a:4 a:1 a:3 a:5"});
  CHECK(ThereAndBack(Rule(R"("a")", R"("x")", R"("Interleave", "dim": 1, "inverse": true)"),
                     {{"a", {1, 6}}}) == Lines{"x [1, 6] a:0 a:3 a:1 a:4 a:2 a:5"});
}

TEST_CASE("operation: PermuteForRope, with heads and key-value heads", "[plan]") {
  // Two query heads and one key head of four rows: pairs (r0 i0 r1 i1) → halves (r0 r1 i0 i1); the
  // value projection stays.
  const std::string rule = Rule(R"(["q", "k", "v"])", R"(["xq", "xk", "xv"])",
                                R"("PermuteForRope", "heads": ["heads", "kv_heads", 0])");
  const std::string with_params = R"({"heads": 2, "kv_heads": "heads // 2"})";
  const Mapping mapping = MappingOfRules({rule}, R"("params": )" + with_params + ", ");
  const auto plan = Compile({mapping}, CatalogOf({{"q", {8, 1}}, {"k", {4, 2}}, {"v", {4, 1}}}));
  INFO(plan.status());
  REQUIRE(plan.ok());
  CHECK(ElementLines(*plan) == Lines{"xk [4, 2] k:0 k:1 k:4 k:5 k:2 k:3 k:6 k:7",
                                     "xq [8, 1] q:0 q:2 q:1 q:3 q:4 q:6 q:5 q:7",
                                     "xv [4, 1] v:0 v:1 v:2 v:3"});
  CompileOptions reverse;
  reverse.direction = Direction::kReverse;
  const auto back = Compile({mapping}, CatalogOf(*plan), reverse);
  INFO(back.status());
  REQUIRE(back.ok());
  CHECK(GivesBack(*plan, *back));
}

TEST_CASE("operation: PermuteForRope of the rotary part of each head only", "[plan]") {
  CHECK(ThereAndBack(Rule(R"("a")", R"("x")", R"("PermuteForRope", "heads": 2, "rotary": 4)"),
                     {{"a", {10}}}) == Lines{"x [10] a:0 a:2 a:1 a:3 a:4 a:5 a:7 a:6 a:8 a:9"});
  CHECK(ThereAndBack(
            Rule(R"("a")", R"("x")", R"("PermuteForRope", "heads": 1, "dim": 1, "inverse": true)"),
            {{"a", {1, 6}}}) == Lines{"x [1, 6] a:0 a:3 a:1 a:4 a:2 a:5"});
  CHECK(Refused(Rule(R"("a")", R"("x")", R"("PermuteForRope", "heads": 3)"), {{"a", {10}}}) ==
        Lines{std::string("WRONG_SHAPE ") + kRule +
              ", tensor 'a': PermuteForRope(dim=0, heads=[3]): axis 0 of shape [10] has no 3 equal "
              "heads"});
}

TEST_CASE("operation: Slice keeps a part, and nothing brings the rest back", "[plan]") {
  const std::string rule = Rule(R"("a")", R"("x")", R"("Slice", "dim": 1, "start": 1, "end": 3)");
  CHECK(Made(rule, {{"a", {2, 4}}}) == Lines{"x [2, 2] a:1 a:2 a:5 a:6"});
  CHECK(Made(Rule(R"("a")", R"("x")", R"("Slice", "start": 1)"), {{"a", {3}}}) ==
        Lines{"x [2] a:1 a:2"});
  const auto plan = Planned(rule, CatalogOf({{"a", {2, 4}}}));
  REQUIRE(plan.ok());
  CHECK(plan->exactness == Exactness::kOneWay);
  CHECK(Refused(rule, {{"x", {2, 2}}}, Direction::kReverse) ==
        Lines{std::string("NOT_REVERSIBLE ") + kRule + ": Slice leaves elements out"});
  CHECK(Refused(rule, {{"a", {2, 2}}}) ==
        Lines{std::string("WRONG_SHAPE ") + kRule +
              ", tensor 'a': Slice(dim=1, start=1, end=3): axis 1 of shape [2, 2] has no positions "
              "1 to 3"});
}

TEST_CASE("operation: Repeat and Tie", "[plan]") {
  const std::string repeat = Rule(R"("a")", R"(["x", "y"])", R"("Repeat")");
  CHECK(ThereAndBack(repeat, {{"a", {2}}}) == Lines{"x [2] a:0 a:1", "y [2] a:0 a:1"});
  const auto back = Planned(repeat, CatalogOf({{"x", {2}}, {"y", {2}}}), Direction::kReverse);
  REQUIRE(back.ok());
  CHECK(ElementLines(*back) == Lines{"a [2] x:0 x:1"});
  CHECK(ChecksOf(*back) ==
        "what becomes of tensor 'y' must equal what becomes of 'x' F32 2: <- y[0 at 0, 2 by 1/1] "
        "= <- x[0 at 0, 2 by 1/1]\n");

  const std::string tie = Rule(R"(["a", "b"])", R"("x")", R"("Tie")");
  const auto tied = Planned(tie, CatalogOf({{"a", {2}}, {"b", {2}}}));
  REQUIRE(tied.ok());
  CHECK(tied->exactness == Exactness::kExact);
  CHECK(ElementLines(*tied) == Lines{"x [2] a:0 a:1"});
  CHECK(tied->checks.size() == 1);
  const auto untied = Planned(tie, CatalogOf({{"x", {2}}}), Direction::kReverse);
  REQUIRE(untied.ok());
  CHECK(ElementLines(*untied) == Lines{"a [2] x:0 x:1", "b [2] x:0 x:1"});
  CHECK(Refused(tie, {{"a", {2}}, {"b", {3}}}) ==
        Lines{std::string("WRONG_SHAPE ") + kRule +
              ", tensor 'a': Tie(): equal tensors have one shape; got [2] and [3]"});
  CHECK(Refused(tie, {{"a", {2}}, {"b", {2}, DType::kF16}}) ==
        Lines{std::string("DTYPES_DIFFER ") + kRule +
              ": one tensor would mix dtypes: 'a' is F32, 'b' is F16"});
}

TEST_CASE("operation: ERNIE's experts, those for text and those for vision of two widths",
          "[plan]") {
  const std::string rule = Rule(R"(["g.{e}", "u.{e}"])", R"(["text", "vision"])",
                                R"("ErnieFuseAndSplitTextVisionExperts", "over": "e")");
  // Two experts of one row for text, two of two rows for vision.
  CHECK(ThereAndBack(rule, {{"g.0", {1, 1}},
                            {"g.1", {1, 1}},
                            {"g.2", {2, 1}},
                            {"g.3", {2, 1}},
                            {"u.0", {1, 1}},
                            {"u.1", {1, 1}},
                            {"u.2", {2, 1}},
                            {"u.3", {2, 1}}}) ==
        Lines{"text [2, 2, 1] g.0:0 u.0:0 g.1:0 u.1:0",
              "vision [2, 4, 1] g.2:0 g.2:1 u.2:0 u.2:1 g.3:0 g.3:1 u.3:0 u.3:1"});
  // Three: the last run is shorter.
  CHECK(ThereAndBack(Rule(R"("g.{e}")", R"(["text", "vision"])",
                          R"("ErnieFuseAndSplitTextVisionExperts", "over": "e", "stack_dim": 1,
                             "concat_dim": 0)"),
                     {{"g.0", {2}}, {"g.1", {2}}, {"g.2", {2}}}) ==
        Lines{"text [2, 2] g.0:0 g.1:0 g.0:1 g.1:1", "vision [2, 1] g.2:0 g.2:1"});
}

TEST_CASE("operation: ERNIE's experts apart", "[plan]") {
  const std::string rule = Rule(R"(["text", "vision"])", R"(["g.{e}", "u.{e}"])",
                                R"("ErnieSplitAndDecoupleTextVisionExperts", "over": "e")");
  CHECK(ThereAndBack(rule, {{"text", {1, 2, 1}}, {"vision", {1, 4, 1}}}) ==
        Lines{"g.0 [1, 1] text:0", "g.1 [2, 1] vision:0 vision:1", "u.0 [1, 1] text:1",
              "u.1 [2, 1] vision:2 vision:3"});
  const auto plan = Planned(rule, CatalogOf({{"text", {1, 2, 1}}, {"vision", {3, 2, 1}}}));
  REQUIRE(plan.ok());
  CHECK(plan->exactness_reasons ==
        Lines{std::string(kRule) +
              ": ErnieSplitAndDecoupleTextVisionExperts(over=e, stack_dim=0, concat_dim=1): the "
              "runs of experts are not those that the way back makes"});
}

TEST_CASE("operation: ERNIE's experts that do not fit", "[plan]") {
  const std::string operation =
      "ErnieFuseAndSplitTextVisionExperts(over=e, stack_dim=0, concat_dim=1)";
  const std::string fuse = Rule(R"(["g.{e}", "u.{e}"])", R"(["text", "vision"])",
                                R"("ErnieFuseAndSplitTextVisionExperts", "over": "e")");
  CHECK(Refused(fuse, {{"g.0", {1, 1}}, {"g.1", {1, 1}}, {"u.0", {1, 1}}}) ==
        Lines{std::string("INDEX_SETS_DIFFER ") + kRule +
              ": the list of \"u.{e}\" has a hole: 1 tensors for e=0..1; missing: 'u.1'"});
  CHECK(Refused(fuse, {{"g.0", {1, 1}}, {"g.1", {1, 1}}, {"u.0", {1, 1}}, {"u.1", {2, 1}}}) ==
        Lines{std::string("WRONG_SHAPE ") + kRule + ", tensor 'g.0': " + operation +
              ": experts of all sources have one shape; got [1, 1] and [2, 1]"});
  const std::string alone = Rule(R"("g.{e}")", R"(["text", "vision"])",
                                 R"("ErnieFuseAndSplitTextVisionExperts", "over": "e")");
  CHECK(Refused(alone, {{"g.0", {1, 1}}, {"g.1", {2, 1}}, {"g.2", {2, 1}}, {"g.3", {2, 1}}}) ==
        Lines{std::string("WRONG_SHAPE ") + kRule +
              ", tensor 'g.1': all members of a list have one shape; expected [1, 1] as 'g.0', got "
              "[2, 1]"});
  CHECK(Refused(fuse, {{"text", {1, 3, 1}}, {"vision", {1, 2, 1}}}, Direction::kReverse) ==
        Lines{std::string("WRONG_SHAPE ") + kRule +
              ", tensor 'text': ErnieSplitAndDecoupleTextVisionExperts(over=e, stack_dim=0, "
              "concat_dim=1): axis 1 of shape [1, 3, 1] cannot be cut into 2 equal parts"});
}

}  // namespace
}  // namespace weft
