// Guards and params: what is recorded on the way, and what is said by hand.
#include <catch2/catch.hpp>

#include "language/conversion.h"

namespace weft::test {
namespace {

FileTensor One(float value) { return F32({1}, {value}); }

TEST_CASE("language: norms move up if they begin at 0, and back by what was recorded",
          "[language]") {
  Conversion run("guarded_shift");
  const FileTensors from_zero = {{"layers.0.norm0.weight", One(1)},
                                 {"layers.0.norm1.weight", One(2)},
                                 {"layers.1.norm0.weight", One(3)},
                                 {"layers.1.norm1.weight", One(4)}};
  const FileTensors from_one = {{"layers.0.norm1.weight", One(1)},
                                {"layers.0.norm2.weight", One(2)},
                                {"layers.1.norm1.weight", One(3)},
                                {"layers.1.norm2.weight", One(4)}};
  run.Write("zero", from_zero);
  run.Expect("zero", "shifted", Direction::kForward, from_one);
  CHECK(run.MetadataOf("shifted").at("weft.stages.guarded_shift") ==
        R"({"from_zero":true,"half":false,"stage2":false})");
  run.Expect("shifted", "back", Direction::kReverse, from_zero);

  run.Write("one", from_one);
  run.Expect("one", "kept", Direction::kForward, from_one);
  run.Expect("kept", "kept_back", Direction::kReverse, from_one);
}

TEST_CASE("language: evidence that nobody recorded is asked for, and can be set", "[language]") {
  Conversion run("guarded_shift");
  run.Write("right", {{"layers.0.norm1.weight", One(1)}, {"lm_head", One(2)}});
  const std::string at = "UNKNOWN_PARAM guarded_shift.json:6:28 (/stages/1/when): ";
  CHECK(run.Convert("right", "out", Direction::kReverse) ==
        Lines{at + "whether stage 'half' ran is not recorded in the checkpoint's metadata"});
  run.Set("half", "true").Set("from_zero", "true");
  run.Expect("right", "yes", Direction::kReverse,
             {{"layers.0.norm0.weight", One(1)}, {"head", One(2)}});
  run.Set("half", "false").Set("from_zero", "false");
  run.Expect("right", "no", Direction::kReverse,
             {{"layers.0.norm1.weight", One(1)}, {"lm_head", One(2)}});
}

TEST_CASE("language: evidence of dtype, shape and params", "[language]") {
  Conversion run("guarded_shift");
  run.ThereAndBackRecorded({{"head", F32({6}, {1, 2, 3, 4, 5, 6})}, {"embed", One(1)}},
                           {{"lm_head", F32({6}, {1, 2, 3, 4, 5, 6})}, {"shared", One(1)}},
                           R"({"tie_word_embeddings": true})");
  run.Write("half", {{"head", BF16({1}, {0x3F80})}, {"embed", One(1)}});
  run.Expect("half", "half_out", Direction::kForward,
             {{"lm_head", BF16({1}, {0x3F80})}, {"embed", One(1)}});
}

TEST_CASE("language: evidence is judged again on the tensors that reach the stage", "[language]") {
  Conversion run("guarded_shift");
  run.Write("left", {{"head", One(1)}}).Set("half", "true").Set("n", "7");
  run.Expect("left", "out", Direction::kForward, {{"lm_head", One(1)}});
}

TEST_CASE("language: a param stands in the config of either side, or in neither", "[language]") {
  Conversion run("params");
  const FileTensors left = {
      {"q", Counting({6}, 0)}, {"g", Counting({10}, 0)}, {"wide.0", One(1)}, {"tall.0", One(2)}};
  // heads = 2: one group of two and eight; the second layer's kind is not looked at.
  const FileTensors right = {{"query", F32({6}, {0, 3, 1, 4, 2, 5})},
                             {"g.a", F32({1, 2}, {0, 1})},
                             {"g.b", F32({8}, {2, 3, 4, 5, 6, 7, 8, 9})},
                             {"first.0", One(1)},
                             {"tall.0", One(2)}};
  run.Write("left", left, R"({"model": {"n_heads": 2}, "n_heads": 5})");
  run.Expect("left", "out", Direction::kForward, right);
  CHECK(run.MetadataOf("out").at("weft.params.params") ==
        R"({"groups":1,"heads":2,"kinds":["wide","tall"]})");
  run.Write("right", right, R"({"text_config": {"num_attention_heads": 2}, "n_heads": 5})");
  run.Expect("right", "back", Direction::kReverse, left);

  // Four heads: two groups, [0 1 | 2 3 4] and [5 6 | 7 8 9], and the tall one goes along.
  run.Set("heads", "4").Set("kinds", R"(["narrow", "tall"])");
  run.Write(
      "four",
      {{"q", Counting({4}, 0)}, {"g", Counting({10}, 0)}, {"wide.0", One(1)}, {"tall.0", One(2)}});
  run.Expect("four", "four_out", Direction::kForward,
             {{"query", F32({4}, {0, 1, 2, 3})},
              {"g.a", F32({2, 2}, {0, 1, 5, 6})},
              {"g.b", F32({6}, {2, 7, 3, 8, 4, 9})},
              {"wide.0", One(1)},
              {"second.0", One(2)}});
}

TEST_CASE("language: what is set is used, or refused", "[language]") {
  Conversion run("params");
  run.Write("left", {{"q", Counting({6}, 0)}});
  run.Set("haeds", "2");
  CHECK(run.Convert("left", "out") ==
        Lines{"BAD_PARAM param 'haeds': it is set, and the mapping never uses it"});
  run.Unset().Set("heads", "4");
  CHECK(run.Convert("left", "out") ==
        Lines{"WRONG_SHAPE params.json:5:3 (/stages/0/0), tensor 'q': axis 0 of layout \"(h c)\" "
              "is 4 * c, which no size of c makes 6; got shape [6]"});
  run.Set("heads", "\"two\"");
  CHECK(run.Convert("left", "out") ==
        Lines{"BAD_PARAM params.json:5:69 (/stages/0/0/sizes/h): expected an integer, got \"two\" "
              "in expression \"heads\""});
  run.Set("heads", "-1");
  CHECK(run.Convert("left", "out") ==
        Lines{"BAD_PARAM params.json:5:3 (/stages/0/0): the size of axis h is -1"});
  run.Set("heads", "0");
  CHECK(run.Convert("left", "out") ==
        Lines{"SIZE_UNKNOWN params.json:5:3 (/stages/0/0): the size of axis c is unknown: no shape "
              "tells it, and no param gives it"});
}

}  // namespace
}  // namespace weft::test
