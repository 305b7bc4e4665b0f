// Patterns, conditions and directions: which name becomes which.
#include <catch2/catch.hpp>

#include "language/conversion.h"

namespace weft::test {
namespace {

// A tensor of one element that tells the names apart.
FileTensor One(float value) { return F32({1}, {value}); }

TEST_CASE("language: indexes that are affine, padded, in a segment, in a set", "[language]") {
  Conversion run("indexes");
  run.ThereAndBack({{"shifted.0.w", One(1)},
                    {"shifted.9.w", One(2)},
                    {"shifted.01.w", One(3)},
                    {"encoder.1.w", One(4)},
                    {"encoder.31.w", One(5)},
                    {"encoder.2.w", One(6)},
                    {"decoder.4.w", One(7)},
                    {"decoder.14.w", One(8)},
                    {"part00.w", One(9)},
                    {"part11.w", One(10)},
                    {"part7.w", One(11)},
                    {"part123.w", One(12)},
                    {"linear_0.h12_attn.bias", One(13)},
                    {"linear_0.h12_attn.scale", One(14)},
                    {"odd.3.w", One(15)},
                    {"odd.2.w", One(16)},
                    {"odd.9.w", One(17)},
                    {"few.0.w", One(18)},
                    {"few.15.w", One(19)},
                    {"few.3.w", One(20)},
                    {"tail.4.w", One(21)},
                    {"tail.3.w", One(22)},
                    {"a.b.twice.5.x.5", One(23)},
                    {"twice.6.x.6", One(24)},
                    {"a.twice.5.x.6", One(25)}},
                   {{"layers.1.w", One(1)},
                    {"layers.10.w", One(2)},
                    {"shifted.01.w", One(3)},
                    {"enc.0.w", One(4)},
                    {"enc.10.w", One(5)},
                    {"encoder.2.w", One(6)},
                    {"dec.0.w", One(7)},
                    {"dec.10.w", One(8)},
                    {"rank.0.w", One(9)},
                    {"rank.11.w", One(10)},
                    {"part7.w", One(11)},
                    {"part123.w", One(12)},
                    {"h12.linear.0.bias", One(13)},
                    {"linear_0.h12_attn.scale", One(14)},
                    {"set.3.w", One(15)},
                    {"odd.2.w", One(16)},
                    {"odd.9.w", One(17)},
                    {"set.0.w", One(18)},
                    {"set.15.w", One(19)},
                    {"few.3.w", One(20)},
                    {"end.4.w", One(21)},
                    {"tail.3.w", One(22)},
                    {"once.a.b.5", One(23)},
                    {"once.6", One(24)},
                    {"a.twice.5.x.6", One(25)}},
                   R"({"encoder_layers": 4})");
}

TEST_CASE("language: an index below the first that a pattern can write has no name", "[language]") {
  Conversion run("indexes");
  run.Set("k", "4").Write("left", {{"decoder.3.w", One(1)}});
  CHECK(run.Convert("left", "out") ==
        Lines{"NO_TARGET_NAME indexes.json:6:3 (/stages/0/2), i=3: tensor 'decoder.3.w' gets no "
              "name from pattern \"dec.{i-k}.w\""});
}

TEST_CASE("language: numbers that the other side cannot count are left alone on the way back",
          "[language]") {
  Conversion run("indexes");
  run.Set("k", "4").Write(
      "right",
      {{"layers.0.w", One(1)}, {"rank.100.w", One(2)}, {"rank.5.w", One(3)}, {"end.3.w", One(4)}});
  run.Expect(
      "right", "out", Direction::kReverse,
      {{"layers.0.w", One(1)}, {"rank.100.w", One(2)}, {"part05.w", One(3)}, {"end.3.w", One(4)}});
}

TEST_CASE("language: tables, regular expressions, unless and otherwise", "[language]") {
  Conversion run("names");
  run.ThereAndBack({{"layers.0.attn.q.weight", One(1)},
                    {"layers.0.attn.o.weight", One(2)},
                    {"layers.0.attn.x.weight", One(3)},
                    {"left.ls1", One(4)},
                    {"right.ls2", One(5)},
                    {"right.ls3", One(6)},
                    {"re.ab.w", One(7)},
                    {"re.c.d.w", One(8)},
                    {"re.abb.w", One(9)},
                    {"any", One(10)},
                    {"any.thing.at.all", One(11)},
                    {"deep.a.b.c", One(13)},
                    {"deep.c", One(14)},
                    {"deep.a.skip", One(15)},
                    {"deep.keep.a", One(16)},
                    {"rest.a.b", One(17)},
                    {"rest.7.named", One(18)},
                    {"rest.07.named", One(19)},
                    {"maybe.x", One(20)}},
                   {{"model.0.self_attn.q_proj.weight", One(1)},
                    {"model.0.attn.q.weight", One(2)},
                    {"layers.0.attn.x.weight", One(3)},
                    {"right.lambda_1", One(4)},
                    {"left.lambda_2", One(5)},
                    {"right.ls3", One(6)},
                    {"regex.ab.w", One(7)},
                    {"regex.c.d.w", One(8)},
                    {"re.abb.w", One(9)},
                    {"every", One(10)},
                    {"every.thing.at.all", One(11)},
                    {"c.of.a.b", One(13)},
                    {"c.of", One(14)},
                    {"deep.a.skip", One(15)},
                    {"deep.keep.a", One(16)},
                    {"other.a.b", One(17)},
                    {"named.7", One(18)},
                    {"other.07.named", One(19)},
                    {"surely.x", One(20)}},
                   R"({"model_type": "new", "old": false})");
}

TEST_CASE("language: a rule whose `when` is false takes nothing", "[language]") {
  Conversion run("names");
  run.Write("left", {{"maybe.x", One(1)}}, R"({"model_type": "new", "old": true})");
  run.Expect("left", "out", Direction::kForward, {{"maybe.x", One(1)}});
}

TEST_CASE("language: names that `otherwise` would not have given stay on the way back",
          "[language]") {
  Conversion run("names");
  run.Write("right", {{"other.7.named", One(1)}, {"other.8", One(2)}, {"skip.of.a", One(3)}},
            R"({"model_type": "old", "old": false})");
  run.Expect("right", "out", Direction::kReverse,
             {{"other.7.named", One(1)}, {"rest.8", One(2)}, {"skip.of.a", One(3)}});
}

TEST_CASE("language: each direction has its own rules", "[language]") {
  Conversion run("directions");
  run.Write("left", {{"w.a", One(1)},
                     {"legacy.a", F32({2, 1}, {1, 2})},
                     {"modern.b", One(3)},
                     {"rope.freqs", One(4)}});
  run.Expect("left", "right", Direction::kForward,
             {{"weights.a", One(1)}, {"values.a", F32({2, 1}, {1, 2})}, {"values.b", One(3)}});
  CHECK(run.plan().exactness == Exactness::kOneWay);
  run.Expect("right", "back", Direction::kReverse,
             {{"w.a", One(1)}, {"modern.a", F32({2, 1}, {1, 2})}, {"modern.b", One(3)}});
  run.Write("other", {{"values.b.t", F32({2, 3}, {1, 2, 3, 4, 5, 6})}, {"rope.freqs", One(4)}});
  run.Expect("other", "turned", Direction::kReverse,
             {{"modern.b", F32({3, 2}, {1, 4, 2, 5, 3, 6})}, {"rope.freqs", One(4)}});
}

}  // namespace
}  // namespace weft::test
