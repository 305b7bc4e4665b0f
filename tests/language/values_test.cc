// Several names of one value, and dtypes.
#include <catch2/catch.hpp>

#include "language/conversion.h"

namespace weft::test {
namespace {

FileTensor One(float value) { return F32({1}, {value}); }

TEST_CASE("language: copies are written, and read as one value", "[language]") {
  Conversion run("copies");
  run.ThereAndBack({{"embed.weight", Counting({2, 2}, 1)},
                    {"shared.0", One(5)},
                    {"alias.0", One(5)},
                    {"again.0", One(5)},
                    {"pair.a", F32({2}, {1, 2})},
                    {"pair.b", F32({2}, {3, 4})},
                    {"pair.second", F32({2}, {3, 4})},
                    {"heads.0.w", One(6)},
                    {"heads.1.w", One(6)},
                    {"heads.2.w", One(6)},
                    {"freqs", One(7)}},
                   {{"model.embed.weight", Counting({2, 2}, 1)},
                    {"lm_head.weight", Counting({2, 2}, 1)},
                    {"one.0", One(5)},
                    {"pair", F32({4}, {1, 2, 3, 4})},
                    {"pair.copy", F32({4}, {1, 2, 3, 4})},
                    {"head.w", One(6)},
                    {"layers.0.freqs", One(7)},
                    {"layers.1.freqs", One(7)}},
                   R"({"layers": 2})");
}

TEST_CASE("language: the first copy that is there is read", "[language]") {
  Conversion run("copies");
  run.Write(
      "left",
      {{"again.3", One(1)}, {"heads.1.w", One(2)}, {"pair.a", One(3)}, {"pair.second", One(4)}});
  run.Expect("left", "out", Direction::kForward,
             {{"one.3", One(1)},
              {"head.w", One(2)},
              {"pair", F32({2}, {3, 4})},
              {"pair.copy", F32({2}, {3, 4})}});
  CHECK(run.plan().exactness == Exactness::kOneWay);
  run.Write("right", {{"lm_head.weight", One(5)}});
  run.Expect("right", "back", Direction::kReverse, {{"embed.weight", One(5)}});
}

TEST_CASE("language: copies that differ in any bit are refused, and nothing is written",
          "[language]") {
  Conversion run("copies");
  run.Write("left", {{"shared.0", F32({3}, {1, 2, 3})},
                     {"alias.0", F32({3}, {1, 2, 4})},
                     {"heads.0.w", F32({1}, {0.0F})},
                     {"heads.2.w", F32({1}, {-0.0F})}});
  const std::string at = "VALUES_DIFFER copies.json:";
  CHECK(run.Convert("left", "out") ==
        Lines{at + "4:3 (/stages/0/1), i=0: tensor 'alias.0' must equal 'shared.0'; element 2 is "
                   "4 (0x40800000), expected 3 (0x40400000)",
              at + "7:3 (/stages/0/3), x=w: tensor 'heads.2.w' must equal 'heads.0.w'; element 0 "
                   "is -0 (0x80000000), expected 0 (0x00000000)"});
  run.Write("right", {{"model.embed.weight", One(1)}, {"lm_head.weight", One(2)}});
  CHECK(run.Convert("right", "back", Direction::kReverse) ==
        Lines{at + "3:3 (/stages/0/0): tensor 'lm_head.weight' must equal 'model.embed.weight'; "
                   "element 0 is 2 (0x40000000), expected 1 (0x3F800000)"});
}

TEST_CASE("language: tensors are cast by their names", "[language]") {
  const FileTensors left = {{"layers.0.norm.weight", BF16({2}, {0x3F80, 0xC040})},
                            {"layers.0.q", BF16({1}, {0x4000})},
                            {"head", BF16({1}, {0x3E80})},
                            {"steps", {"I64", {1}, std::string("\1\0\0\0\0\0\0\0", 8)}}};
  const FileTensors right = {{"model.0.norm.weight", F32({2}, {1, -3})},
                             {"model.0.q", BF16({1}, {0x4000})},
                             {"lm_head", F32({1}, {0.25F})},
                             {"steps", {"I64", {1}, std::string("\1\0\0\0\0\0\0\0", 8)}}};
  Conversion run("cast");
  run.Write("left", left);
  run.Expect("left", "out", Direction::kForward, right);
  CHECK(run.plan().exactness == Exactness::kExact);
  run.Expect("out", "back", Direction::kReverse, left);
  CHECK(run.plan().exactness == Exactness::kRounding);
}

TEST_CASE("language: a cast that rounds is told, and ties go to the even neighbour", "[language]") {
  // 1 + 2⁻⁸ lies between 0x3F80 and 0x3F81, 1 + 3 · 2⁻⁸ between 0x3F81 and 0x3F82.
  Conversion run("cast");
  run.Write("right", {{"lm_head", F32({2}, {1.00390625F, 1.01171875F})}});
  run.Expect("right", "left", Direction::kReverse, {{"head", BF16({2}, {0x3F80, 0x3F82})}});
  CHECK(run.plan().exactness == Exactness::kRounding);
  CHECK(run.plan().exactness_reasons == Lines{"tensor 'head' is rounded from F32 to BF16"});
}

TEST_CASE("language: the caller's dtype wins over the mapping's", "[language]") {
  Conversion kept("cast");
  kept.KeepDTypes().Write("left", {{"head", BF16({1}, {0x3E80})}});
  kept.Expect("left", "out", Direction::kForward, {{"lm_head", BF16({1}, {0x3E80})}});
  Conversion given("cast");
  given.DTypeOfOutput(DType::kF32)
      .Write("left", {{"layers.0.q", BF16({1}, {0x4000})}, {"steps", {"U8", {1}, "\x07"}}});
  given.Expect("left", "out", Direction::kForward,
               {{"model.0.q", F32({1}, {2})}, {"steps", {"U8", {1}, "\x07"}}});
}

}  // namespace
}  // namespace weft::test
