// Whole files: keys, other tensors, includes, and the files beside the weights.
#include <catch2/catch.hpp>
#include <filesystem>

#include "language/conversion.h"

namespace weft::test {
namespace {

FileTensor One(float value) { return F32({1}, {value}); }

TEST_CASE("language: every name is one that the mapping lists", "[language]") {
  Conversion run("keys");
  run.ThereAndBack({{"layers.0.q", One(1)}, {"layers.1.k", One(2)}, {"norm", One(3)}},
                   {{"blocks.0.q", One(1)}, {"blocks.1.k", One(2)}, {"norm", One(3)}},
                   R"({"layers": 2})");
  run.Write("more", {{"layers.2.q", One(1)}, {"layers.0.v", One(2)}}, R"({"layers": 2})");
  const std::string said = "UNEXPECTED_TENSOR model.safetensors: tensor '";
  CHECK(run.Convert("more", "out") ==
        Lines{said + "layers.0.v' is none of the keys that mapping \"keys\" lists for its `from` "
                     "side",
              said + "layers.2.q' is none of the keys that mapping \"keys\" lists for its `from` "
                     "side"});
}

TEST_CASE("language: others are an error, or dropped", "[language]") {
  Conversion error("others_error");
  error.Write("left", {{"a.x", One(1)}, {"b.y", One(2)}, {"c.z", One(3)}, {"d", One(4)}});
  const std::string said = "UNEXPECTED_TENSOR model.safetensors: no rule takes tensor '";
  CHECK(error.Convert("left", "out") == Lines{said + "c.z'", said + "d'"});
  error.ThereAndBack({{"a.x", One(1)}}, {{"c.x", One(1)}});

  Conversion drop("others_drop");
  drop.Write("left", {{"a.x", One(1)}, {"c.z", One(3)}});
  drop.Expect("left", "out", Direction::kForward, {{"b.x", One(1)}});
  CHECK(drop.plan().exactness == Exactness::kOneWay);
  REQUIRE(drop.plan().dropped.size() == 1);
  drop.Write("right", {{"b.x", One(1)}, {"c.z", One(3)}});
  drop.Expect("right", "back", Direction::kReverse, {{"a.x", One(1)}});
}

TEST_CASE("language: a mapping is included under prefixes, its config in a part of ours",
          "[language]") {
  Conversion run("include");
  const FileTensors left = {{"vision.blocks.0.wq", F32({8, 1}, {0, 1, 2, 3, 4, 5, 6, 7})},
                            {"vision.norm.old", One(8)},
                            {"vision.other", One(9)},
                            {"audio.blocks.0.wk", F32({8, 1}, {0, 1, 2, 3, 4, 5, 6, 7})},
                            {"audio.norm.kept", One(10)},
                            {"projector.0.w", One(11)},
                            {"blocks.0.wq", One(12)}};
  // Two heads of two pairs; then one head of two fours.
  const FileTensors right = {
      {"model.vision_tower.layers.0.q_proj", F32({8, 1}, {0, 2, 1, 3, 4, 6, 5, 7})},
      {"model.vision_tower.norm.new", One(8)},
      {"model.vision_tower.other", One(9)},
      {"model.audio.layers.0.k_proj", F32({8, 1}, {0, 4, 1, 5, 2, 6, 3, 7})},
      {"model.audio.norm.kept", One(10)},
      {"model.projector.0.w", One(11)},
      {"blocks.0.wq", One(12)}};
  run.Write("left", left, R"({"vision_config": {"num_heads": 2}, "audio_heads": 1})");
  run.Expect("left", "out", Direction::kForward, right);
  run.Expect("out", "back", Direction::kReverse, left);
  run.Write("right", right, R"({"vision_config": {"num_attention_heads": 2}, "audio_heads": 1})");
  run.Set("tower/named", "true").Set("tower#2/named", "false");
  run.Expect("right", "reverse", Direction::kReverse, left);
}

TEST_CASE("language: mappings from memory include each other and those of a directory",
          "[language]") {
  Conversion run("whole");
  run.Add("whole", R"({"weft": 1, "name": "whole", "stages": [
      {"include": "part", "from": "a.", "to": "b."},
      {"include": "tower", "from": "v.", "to": "v.", "params": {"heads": 1}}]})");
  run.Add("part", R"({"weft": 1, "name": "part", "stages": [[{"rename": "x", "to": "y"}]]})");
  run.Write("left", {{"a.x", One(1)}, {"a.z", One(2)}, {"v.blocks.0.wq", Counting({4, 1}, 0)}});
  run.Expect("left", "right", Direction::kForward,
             {{"b.y", One(1)}, {"b.z", One(2)}, {"v.layers.0.q_proj", F32({4, 1}, {0, 2, 1, 3})}});
  run.Expect("right", "back", Direction::kReverse,
             {{"a.x", One(1)}, {"a.z", One(2)}, {"v.blocks.0.wq", Counting({4, 1}, 0)}});
}

TEST_CASE("language: a mapping that includes itself is refused", "[language]") {
  Conversion run("include_itself");
  run.Write("left", {{"a", One(1)}});
  CHECK(run.Convert("left", "out") ==
        Lines{"RECURSIVE_INCLUDE include_other.json:1:61 (/stages/0/include): the mapping includes "
              "itself: include_itself.json → include_other.json → include_itself.json"});
}

TEST_CASE("language: includes are counted, and not walked through by the million", "[language]") {
  // Each mapping includes the next one twice: 2^25 in all.
  Conversion run("include_0");
  constexpr int kDeep = 25;
  for (int i = 0; i < kDeep; ++i) {
    const std::string next = "include_" + std::to_string(i + 1);
    run.Add("include_" + std::to_string(i), R"({"weft": 1, "name": "i", "stages": [{"include": ")" +
                                                next + R"("}, {"include": ")" + next + R"("}]})");
  }
  run.Add("include_" + std::to_string(kDeep), R"({"weft": 1, "name": "i", "stages": []})");
  run.Write("left", {{"a", One(1)}});
  CHECK(run.Convert("left", "out")[0].find("LIMIT_EXCEEDED") == 0);
}

TEST_CASE("language: side files change with the weights, and back", "[language]") {
  Conversion run("side_files");
  run.Write("left", {{"a", One(1)}}, R"({"layers": 12, "model_type": "old", "list": [1, 3]})");
  WriteFile(run.FileOf("left", "generation_config.json"),
            R"({"nested": {"keep": 1, "x": [2]}, "old": true})");
  WriteFile(run.FileOf("left", "tokenizer.json"), "{ }\n");
  run.Expect("left", "out", Direction::kForward, {{"b", One(1)}});
  CHECK(run.JsonOf("out", "config.json") ==
        R"({"list":[1,{"a/b":[true,null]},3],"model_type":"new","num_layers":12})");
  CHECK(run.JsonOf("out", "generation_config.json") == R"({"nested":{"keep":2,"x":[2]},"pad":0})");
  CHECK(ReadFile(run.FileOf("out", "tokenizer.json")) == "{ }\n");

  run.Expect("out", "back", Direction::kReverse, {{"a", One(1)}});
  CHECK(run.JsonOf("back", "config.json") == R"({"layers":12,"list":[1,3],"model_type":"old"})");
  CHECK(run.JsonOf("back", "generation_config.json") ==
        R"({"nested":{"keep":1,"x":[2]},"old":true})");
}

TEST_CASE("language: a side file that is not there is told", "[language]") {
  Conversion run("side_files");
  run.Write("left", {{"a", One(1)}});
  run.Expect("left", "out", Direction::kForward, {{"b", One(1)}});
  CHECK(run.warnings() ==
        Lines{"side_files.json:3:30 (/side_files/config.json/forward): the source has no side file "
              "'config.json' to change; the edit was left out",
              "side_files.json:11:41 (/side_files/generation_config.json/forward): the source has "
              "no side file 'generation_config.json' to change; the edit was left out"});
}

TEST_CASE("language: a patch that does not apply is refused, and nothing is written",
          "[language]") {
  Conversion run("side_files");
  run.Write("left", {{"a", One(1)}}, R"({"layers": 12, "model_type": "other", "list": [1, 3]})");
  const std::string by =
      ", changed by side_files.json:3:30 (/side_files/config.json/forward): operation ";
  CHECK(run.Convert("left", "out") ==
        Lines{"PATCH_REFUSED " + run.FileOf("left", "config.json") + by +
              R"(0, test "/model_type": unsuccessful: )" +
              R"({\"op\":\"test\",\"path\":\"/model_type\",\"value\":\"old\"})"});
  run.Write("short", {{"a", One(1)}}, R"({"layers": 12, "model_type": "old", "list": []})");
  CHECK(run.Convert("short", "out") ==
        Lines{"PATCH_REFUSED " + run.FileOf("short", "config.json") + by +
              R"(3, add "/list/1": array index 1 is out of range)"});
}

}  // namespace
}  // namespace weft::test
