// Each form of a shared tensor by itself, on a checkpoint and a mapping made for it.
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "files/temporary_directory.h"
#include "ranks/ranks.h"

namespace weft::test {
namespace {

// A checkpoint of these tensors, and a mapping of these rules and entries.
class Form {
 public:
  Form(const FileTensors& tensors, const std::string& rules, const std::string& entries) {
    WriteSafetensors(directory_ / "model.safetensors", tensors);
    model_.source = directory_ / "model.safetensors";
    const absl::StatusOr<Mapping> mapping = Mapping::FromJson(
        R"({"weft": 1, "stages": [[)" + rules + R"(]], "sharding": {"to": [)" + entries + "]}}",
        "form.json");
    INFO(mapping.status());
    REQUIRE(mapping.ok());
    model_.mapping = *mapping;
  }

  Model& model() { return model_; }

  void Check(const Listing& listing, const std::vector<int64_t>& ranks = {1, 2, 3, 4, 8}) {
    CheckRanks(model_, LoadWhole(model_), listing, ranks);
  }

 private:
  TemporaryDirectory directory_;
  Model model_;
};

Rows Along(size_t axis, const Share& share, int64_t size = 1) {
  return {axis, Blocks(share.first, share.last, size)};
}

TEST_CASE("ranks: a column-parallel linear layer has its bias cut as well", "[ranks]") {
  Form form({{"fc.bias", Counting({24}, 500)}, {"fc.weight", Counting({24, 5}, 0)}},
            R"({"rename": "fc.{w:weight|bias}", "to": "up.{w:weight|bias}"})",
            R"({"names": "up.{w:weight|bias}", "layout": "o ...", "split": "o"})");
  form.Check([](const std::string&, int64_t rank, int64_t ranks) {
    return std::optional(Along(0, Of(24, rank, ranks)));
  });
}

TEST_CASE("ranks: a row-parallel linear layer has its bias whole", "[ranks]") {
  Form form({{"fc.bias", Counting({5}, 500)}, {"fc.weight", Counting({5, 24}, 0)}},
            R"({"rename": "fc.{w:weight|bias}", "to": "down.{w:weight|bias}"})",
            R"({"names": "down.weight", "layout": "o i", "split": "i"},
               {"names": "down.bias", "replicate": true})");
  form.Check([](const std::string& name, int64_t rank, int64_t ranks) {
    return std::optional(name == "down.bias" ? Whole() : Along(1, Of(24, rank, ranks)));
  });
}

TEST_CASE("ranks: heads of keys go to several ranks where there are fewer", "[ranks]") {
  // 8 heads of queries, 2 of keys and values, of 3 elements: one fused tensor of both.
  Form form(
      {{"k", Counting({6, 4}, 1000)}, {"q", Counting({24, 4}, 0)}, {"v", Counting({6, 4}, 2000)}},
      R"({"from": {"q": ["q", "qd d"], "k": ["k", "kd d"], "v": ["v", "kd d"]},
                "to": ["qkv", "[q:qd | k:kd | v:kd] d"]})",
      R"({"names": "qkv", "layout": "[q:(h c) | k:(kv c) | v:(kv c)] d", "uneven": true,
                "sizes": {"h": 8, "kv": 2}, "split": ["h", {"axis": "kv", "shared": true}]})");
  form.Check([](const std::string&, int64_t rank, int64_t ranks) {
    const Share queries = Of(8, rank, ranks);
    const Share keys = SharedOf(2, rank, ranks);
    return std::optional(Rows{0, Blocks(queries.first, queries.last, 3) +
                                     Blocks(keys.first, keys.last, 3, 24) +
                                     Blocks(keys.first, keys.last, 3, 30)});
  });
  // By hand: of 4 ranks the third has the queries 4 and 5, which belong to the second head of keys.
  const FileTensors whole = LoadWhole(form.model());
  CHECK(LoadRank(form.model(), 2, 4).tensors.at("qkv") ==
        Take(whole.at("qkv"), {0, {12, 13, 14, 15, 16, 17, 27, 28, 29, 33, 34, 35}}));
}

TEST_CASE("ranks: a transposed weight is cut along either axis", "[ranks]") {
  for (const bool by_rows : {true, false}) {
    Form form({{"w", Counting({24, 7}, 0)}}, R"({"from": ["w", "a b"], "to": ["t", "b a"]})",
              by_rows ? R"({"names": "t", "layout": "b a", "split": "b", "uneven": true})"
                      : R"({"names": "t", "layout": "b a", "split": "a", "uneven": true})");
    form.Check([by_rows](const std::string&, int64_t rank, int64_t ranks) {
      return std::optional(by_rows ? Along(0, Of(7, rank, ranks)) : Along(1, Of(24, rank, ranks)));
    });
  }
}

TEST_CASE("ranks: an interleaved weight is cut by heads, and within them", "[ranks]") {
  // Pairs become halves in each of 4 heads of 6 rows.
  const std::string rule =
      R"({"convert": "w", "to": "t", "operations": [{"op": "PermuteForRope", "heads": 4}]})";
  Form heads({{"w", Counting({24, 3}, 0)}}, rule,
             R"({"names": "t", "layout": "(h c) d", "split": "h", "uneven": true,
                 "sizes": {"h": 4}})");
  heads.Check([](const std::string&, int64_t rank, int64_t ranks) {
    return std::optional(Along(0, Of(4, rank, ranks), 6));
  });
  Form pairs({{"w", Counting({24, 3}, 0)}}, rule,
             R"({"names": "t", "layout": "(h half c) d", "split": "c", "uneven": true,
                 "sizes": {"h": 4, "half": 2}})");
  pairs.Check([](const std::string&, int64_t rank, int64_t ranks) {
    const Share share = Of(3, rank, ranks);
    Rows rows;
    for (int64_t block = 0; block < 8; ++block) {
      rows.rows = rows.rows + Blocks(share.first, share.last, 1, 3 * block);
    }
    return std::optional(rows);
  });
}

TEST_CASE("ranks: a vocabulary is filled up so that all parts are equal", "[ranks]") {
  const FileTensor words = Counting({10, 3}, 1);
  Form form(
      {{"embed", words}}, R"({"rename": "embed", "to": "words"})",
      R"({"names": "words", "layout": "v d", "split": {"axis": "v", "pad": "4 * world_size"}})");
  for (const int64_t ranks : {1, 2, 3, 4, 8}) {
    FileTensor together;
    together.dtype = "F32";
    for (int64_t rank = 0; rank < ranks; ++rank) {
      const LoadedRank loaded = LoadRank(form.model(), rank, ranks);
      const FileTensor& part = loaded.tensors.at("words");
      CAPTURE(rank, ranks);
      // 10 words become 12 for up to 3 ranks, 16 for 4, 32 for 8.
      const int64_t padded = ranks == 2 ? 16 : ranks < 4 ? 12 : ranks == 4 ? 16 : 32;
      CHECK(part.shape == std::vector<int64_t>{padded / ranks, 3});
      together.data += part.data;
    }
    REQUIRE(together.data.size() >= words.data.size());
    CHECK((together.data.substr(0, words.data.size()) == words.data));
    CHECK(together.data.find_first_not_of('\0', words.data.size()) == std::string::npos);
  }
}

TEST_CASE("ranks: experts that stay apart are dealt out whole", "[ranks]") {
  FileTensors tensors = {{"router", Counting({6, 2}, 0)}};
  for (int e = 0; e < 6; ++e) {
    tensors["moe." + std::to_string(e) + ".w"] = Counting({2, 2}, static_cast<float>(10 * e));
  }
  Form form(tensors, R"({"rename": "moe.{e}.w", "to": "experts.{e}.weight"})",
            R"({"names": "experts.{e}.weight", "split": "e", "sizes": {"e": 6}, "uneven": true},
               {"names": "{x*}", "replicate": true, "otherwise": true})");
  form.Check([](const std::string& name, int64_t rank, int64_t ranks) -> std::optional<Rows> {
    if (name == "router") return Whole();
    const int64_t expert = name[8] - '0';
    const Share share = Of(6, rank, ranks);
    if (expert < share.first || expert >= share.last) return std::nullopt;
    return Whole();
  });
}

TEST_CASE("ranks: cutting the sources before the operations would be wrong", "[ranks]") {
  // gate and up lie in one tensor, and are wanted apart, each shared by rows.
  const FileTensor fused = Counting({8, 2}, 0);
  Form form({{"gate_up", fused}},
            R"({"convert": "gate_up", "to": ["gate", "up"], "operations": [{"op": "Chunk"}]})",
            R"({"names": ["gate", "up"], "layout": "f d", "split": "f"})");
  form.Check([](const std::string&, int64_t rank,
                int64_t ranks) { return std::optional(Along(0, Of(4, rank, ranks))); },
             {1, 2, 4});
  // What rank 1 of 2 would have if its rows of the source were taken first and halved then: of
  // "gate" two rows of up.
  const FileTensor sliced = Take(fused, {0, {4, 5, 6, 7}});
  const FileTensor wrong_gate = Take(sliced, {0, {0, 1}});
  const FileTensors part = LoadRank(form.model(), 1, 2).tensors;
  CHECK(part.at("gate") == Take(fused, {0, {2, 3}}));
  CHECK(part.at("up") == Take(fused, {0, {6, 7}}));
  CHECK(part.at("gate") != wrong_gate);
}

TEST_CASE("ranks: a part is cast like the whole", "[ranks]") {
  Form form({{"w", Counting({8, 3}, 0.5)}}, R"({"rename": "w", "to": "v"})",
            R"({"names": "v", "layout": "f d", "split": "f"})");
  form.model().options.dtype = DType::kF16;
  const FileTensors whole = LoadWhole(form.model());
  const FileTensors part = LoadRank(form.model(), 1, 2).tensors;
  CHECK(part.at("v").dtype == "F16");
  CHECK(part.at("v") == Take(whole.at("v"), {0, {4, 5, 6, 7}}));
}

}  // namespace
}  // namespace weft::test
