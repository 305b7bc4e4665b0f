// Layouts: where each element goes, counted out by hand.
#include <catch2/catch.hpp>

#include "language/conversion.h"

namespace weft::test {
namespace {

TEST_CASE("language: grouped attention is cut apart, group by group", "[language]") {
  // Two groups of two query heads, one key and one value head, each of two rows.
  Conversion run("grouped_attention");
  run.ThereAndBack({{"model.layers.0.attention.wqkv.weight", Counting({16, 2}, 0)},
                    {"model.layers.10.attention.wqkv.bias", Counting({16}, 0)},
                    {"model.norm", Counting({3}, 0)}},
                   {{"layers.0.q_proj.weight",
                     F32({8, 2}, {0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23})},
                    {"layers.0.k_proj.weight", F32({4, 2}, {8, 9, 10, 11, 24, 25, 26, 27})},
                    {"layers.0.v_proj.weight", F32({4, 2}, {12, 13, 14, 15, 28, 29, 30, 31})},
                    {"layers.10.q_proj.bias", F32({8}, {0, 1, 2, 3, 8, 9, 10, 11})},
                    {"layers.10.k_proj.bias", F32({4}, {4, 5, 12, 13})},
                    {"layers.10.v_proj.bias", F32({4}, {6, 7, 14, 15})},
                    {"model.norm", Counting({3}, 0)}},
                   R"({"llm_config": {"num_attention_heads": 4, "num_key_value_heads": 2}})");
}

TEST_CASE("language: sizes that nothing gives are named, and --set gives them", "[language]") {
  Conversion run("grouped_attention");
  run.Write("left", {{"model.layers.0.attention.wqkv.bias", Counting({6}, 0)}});
  CHECK(run.Convert("left", "out") ==
        Lines{"UNKNOWN_PARAM grouped_attention.json:9:3 (/stages/0/1), param "
              "'config.llm_config.num_key_value_heads': nothing gives its value, and there is no "
              "config"});
  run.Set("kv_heads", "1").Set("num_heads", "4");
  run.Expect("left", "out", Direction::kForward,
             {{"layers.0.q_proj.bias", F32({4}, {0, 1, 2, 3})},
              {"layers.0.k_proj.bias", F32({1}, {4})},
              {"layers.0.v_proj.bias", F32({1}, {5})}});
  run.Unset();
  run.Expect("out", "back", Direction::kReverse,
             {{"model.layers.0.attention.wqkv.bias", Counting({6}, 0)}});
}

TEST_CASE("language: only the rotary part of a head is reordered", "[language]") {
  // Two heads of two pairs and one row that passes; then one key head more.
  Conversion run("partial_rotary");
  run.ThereAndBack({{"h.0.query", Counting({10, 1}, 0)}, {"h.3.query_key", Counting({15, 1}, 0)}},
                   {{"layers.0.query", F32({10, 1}, {0, 2, 1, 3, 4, 5, 7, 6, 8, 9})},
                    {"layers.3.q", F32({10, 1}, {0, 2, 1, 3, 4, 5, 7, 6, 8, 9})},
                    {"layers.3.k", F32({5, 1}, {10, 12, 11, 13, 14})}},
                   R"({"heads": 2, "kv_heads": 1, "rotary_dim": 4})");
}

TEST_CASE("language: a padded vocabulary of two tables and constants", "[language]") {
  Conversion run("padded_vocabulary");
  const FileTensors left = {{"text.embedding", F32({3, 2}, {1, 2, 3, 4, 5, 6})},
                            {"speech.embedding", F32({2, 2}, {7, 8, 9, 10})},
                            {"text.bias", BF16({3}, {0x3F80, 0x4000, 0x4040})},
                            {"speech.bias", BF16({2}, {0x4080, 0x40A0})},
                            {"positions", BF16({1, 2}, {0x4000, 0x4040})}};
  const FileTensors right = {
      {"embedding", F32({8, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 0, 0, 0, 0, 0, 0})},
      {"bias", BF16({8}, {0x3F80, 0x4000, 0x4040, 0x4080, 0x40A0, 0xFF80, 0xFF80, 0xFF80})},
      {"padded_positions", BF16({3, 2}, {0x3F80, 0x3F80, 0x3F80, 0x3F80, 0x4000, 0x4040})}};
  // On the way back of a checkpoint that weft has not written, 8 = 3 + s + pad has many solutions.
  run.Set("s", "2").ThereAndBack(left, right, R"({"text_vocab": 3})");
}

TEST_CASE("language: a padding of other values is refused, and nothing is written", "[language]") {
  Conversion run("padded_vocabulary");
  run.Write("right", {{"embedding", F32({4, 1}, {1, 2, 3, 0.5})}}, R"({"text_vocab": 2})");
  run.Set("s", "1");
  CHECK(run.Convert("right", "left", Direction::kReverse) ==
        Lines{"VALUES_DIFFER padded_vocabulary.json:3:3 (/stages/0/0): the padding of tensor "
              "'embedding', \"[text:t | speech:s | ~0:pad] d\", must be 0; element 0 is 0.5 "
              "(0x3F000000), expected 0 (0x00000000)"});
}

TEST_CASE("language: a language model in stages, with temporary tensors", "[language]") {
  // wqkv: two query heads, one key and one value head of four rows: pairs in each head.
  Conversion run("multi_stage");
  run.ThereAndBack({{"layers.0.wqkv", Counting({16, 1}, 0)},
                    {"layers.0.feed_forward.w1.weight", F32({2, 2}, {1, 2, 3, 4})},
                    {"layers.0.feed_forward.w3.weight", F32({2, 2}, {5, 6, 7, 8})},
                    {"layers.0.feed_forward.w2.weight", F32({1, 2}, {9, 10})},
                    {"layers.0.norm.weight", F32({1}, {11})},
                    {"tok_embeddings.weight", F32({1}, {12})},
                    {"output.weight", F32({1}, {13})}},
                   {{"model.layers.0.q_proj.weight", F32({8, 1}, {0, 2, 1, 3, 4, 6, 5, 7})},
                    {"model.layers.0.k_proj.weight", F32({4, 1}, {8, 10, 9, 11})},
                    {"model.layers.0.v_proj.weight", F32({4, 1}, {12, 13, 14, 15})},
                    {"model.layers.0.mlp.gate_up_proj", F32({2, 4}, {1, 3, 5, 7, 2, 4, 6, 8})},
                    {"model.layers.0.feed_forward.w2.weight", F32({1, 2}, {9, 10})},
                    {"model.layers.0.norm.weight", F32({1}, {11})},
                    {"model.embed_tokens.weight", F32({1}, {12})},
                    {"lm_head.weight", F32({1}, {13})}},
                   R"({"n_heads": 2, "n_kv_heads": 1})");
}

TEST_CASE("language: lists become axes, by the number of their index", "[language]") {
  Conversion run("lists");
  FileTensors left = {{"layers.0.q", Counting({4}, 0)},
                      {"layers.1.q", Counting({8}, 0)},
                      {"m.experts.0.w1", F32({1, 2}, {1, 2})},
                      {"m.experts.1.w1", F32({1, 2}, {3, 4})},
                      {"m.experts.0.w3", F32({1, 2}, {5, 6})},
                      {"m.experts.1.w3", F32({1, 2}, {7, 8})},
                      {"grid.0.0", F32({}, {1})},
                      {"grid.0.1", F32({}, {2})},
                      {"grid.0.2", F32({}, {3})},
                      {"grid.1.0", F32({}, {4})},
                      {"grid.1.1", F32({}, {5})},
                      {"grid.1.2", F32({}, {6})}};
  FileTensor router{"F32", {2, 11}, ""};
  // 10 stands behind 9, not behind 1.
  for (int e = 0; e < 11; ++e) {
    left["router." + std::to_string(e) + ".weight"] =
        F32({2}, {static_cast<float>(e), static_cast<float>(100 + e)});
  }
  for (const float first : {0.0F, 100.0F}) router.data += Counting({11}, first).data;
  run.ThereAndBack(left,
                   {{"blocks.0.q", F32({4}, {0, 2, 1, 3})},
                    {"blocks.1.q", F32({8}, {0, 2, 1, 3, 4, 6, 5, 7})},
                    {"m.experts.gate_up", F32({2, 2, 2}, {1, 5, 3, 7, 2, 6, 4, 8})},
                    {"grid", F32({3, 2}, {1, 4, 2, 5, 3, 6})},
                    {"router.weight", router}},
                   R"({"heads_per_layer": [1, 2]})");
}

TEST_CASE("language: a list with a hole is refused", "[language]") {
  Conversion run("lists");
  run.Write("left", {{"grid.0.0", F32({}, {1})}, {"grid.1.1", F32({}, {2})}});
  CHECK(run.Convert("left", "out") ==
        Lines{"INCOMPLETE_LIST lists.json:8:3 (/stages/0/2): the list of \"grid.{y}.{x}\" has a "
              "hole: 2 tensors for y=0..1, x=0..1; missing: 'grid.0.1', 'grid.1.0'"});
}

TEST_CASE("language: a list of the config that is too short for a layer", "[language]") {
  Conversion run("lists");
  run.Write("left", {{"layers.2.q", Counting({4}, 0)}}, R"({"heads_per_layer": [1, 2]})");
  CHECK(run.Convert("left", "out") ==
        Lines{"BAD_PARAM lists.json:5:19 (/stages/0/0/sizes/h): index 2 is outside a list of 2 "
              "entries in expression \"at(heads, i)\""});
}

}  // namespace
}  // namespace weft::test
