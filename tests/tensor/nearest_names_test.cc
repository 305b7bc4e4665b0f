#include <algorithm>
#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "weft/name_report.h"

namespace weft {
namespace {

using Names = std::vector<std::string_view>;

TEST_CASE("nearest names: a misspelled segment", "[tensor]") {
  NameIndex names({"model.norm.weight", "model.embed_tokens.weight", "lm_head.weight"});
  CHECK(names.Nearest("model.embed_token.weight", 1) == Names{"model.embed_tokens.weight"});
  CHECK(names.Nearest("lmhead.weight", 1) == Names{"lm_head.weight"});
}

TEST_CASE("nearest names: a segment more or less", "[tensor]") {
  NameIndex names({"layers.0.attn.q.weight", "layers.0.attn.k.weight", "layers.0.mlp.weight"});
  CHECK(names.Nearest("model.layers.0.attn.k.weight", 1) == Names{"layers.0.attn.k.weight"});
  CHECK(names.Nearest("layers.0.q.weight", 1) == Names{"layers.0.attn.q.weight"});
}

TEST_CASE("nearest names: nearest first, as many as asked for", "[tensor]") {
  NameIndex names({"a.b.d", "a.b.c", "a.b.c.e.f"});
  CHECK(names.Nearest("a.b.c", 3) == Names{"a.b.c", "a.b.d", "a.b.c.e.f"});
  CHECK(names.Nearest("a.b.c", 2) == Names{"a.b.c", "a.b.d"});
  CHECK(names.Nearest("a.b.c", 0).empty());
}

TEST_CASE("nearest names: an index weighs little, its own counts first", "[tensor]") {
  NameIndex names({"layers.0.w_q", "layers.1.w_q", "layers.12.w_q", "layers.1.norm"});
  CHECK(names.Nearest("layers.1.wq", 1) == Names{"layers.1.w_q"});
  CHECK(names.Nearest("layers.12.wq", 1) == Names{"layers.12.w_q"});
  CHECK(names.Nearest("layers.13.w_q", 1) == Names{"layers.12.w_q"});
  CHECK(names.Nearest("layers.5.w_q", 1) == Names{"layers.12.w_q"});
}

TEST_CASE("nearest names: what has nothing in common is no suggestion", "[tensor]") {
  NameIndex names({"vision.patch.weight", "b"});
  CHECK(names.Nearest("lm_head", 3).empty());
  CHECK(NameIndex({}).Nearest("lm_head", 3).empty());
}

TEST_CASE("nearest names: each of 94,553 among 94,553", "[tensor]") {
  std::vector<std::string> missing;
  std::vector<std::string> there;
  for (int layer = 0; layer < 61; ++layer) {
    const std::string place = "model.layers." + std::to_string(layer);
    for (int expert = 0; expert < 516; ++expert) {
      for (const char* part : {"gate", "up", "down"}) {
        const std::string rest = ".experts." + std::to_string(expert) + "." + part + "_proj.weight";
        missing.push_back(place + ".mlp" + rest);
        there.push_back(place + ".ffn" + rest);
      }
    }
  }
  REQUIRE(missing.size() == 94'428);
  NameIndex names(Names(there.begin(), there.end()));
  size_t right = 0;
  for (size_t i = 0; i < missing.size(); ++i) {
    if (names.Nearest(missing[i], 1) == Names{there[i]}) ++right;
  }
  CHECK(right == missing.size());
}

TEST_CASE("nearest names: names without any form in common are answered, too", "[tensor]") {
  // Each name is a form of its own, and all share two segments.
  std::vector<std::string> there;
  for (int i = 0; i < 50'000; ++i) there.push_back("model.x" + std::to_string(i) + "y.weight");
  NameIndex names(Names(there.begin(), there.end()));
  CHECK(names.Nearest("model.x77y.weight", 1) == Names{"model.x77y.weight"});
  for (int i = 0; i < 1'000; ++i) {
    const std::string name = "model.z" + std::to_string(i) + ".weight";
    CHECK(names.Nearest(name, 3).size() == 3);
  }
}

TEST_CASE("nearest names: long names and odd bytes are compared as far as bounds go", "[tensor]") {
  std::string long_name;
  for (int i = 0; i < 5'000; ++i) long_name += "a.";
  const std::string odd("x\0.\xFF", 4);
  NameIndex names({long_name, odd});
  CHECK(names.Nearest(long_name + "b", 1) == Names{long_name});
  CHECK(names.Nearest(odd, 1) == Names{odd});
}

}  // namespace
}  // namespace weft
