// How much a rank reads of a checkpoint that is large enough for runs to be long.
#include <catch2/catch.hpp>
#include <string>

#include "files/temporary_directory.h"
#include "ranks/ranks.h"

namespace weft::test {
namespace {

constexpr char kMapping[] = R"({"weft": 1,
  "stages": [[
    {"from": {"gate": ["experts.{e}.w1", "f d"], "up": ["experts.{e}.w3", "f d"]},
     "to": ["gate_up", "e [gate:f | up:f] d"]},
    {"from": ["experts.{e}.w2", "d f"], "to": ["down", "e d f"]}]],
  "sharding": {"to": [
    {"names": "gate_up", "layout": "e [gate:f | up:f] d", "split": "f"},
    {"names": "down", "layout": "e d f", "split": "f"},
    {"names": "norm", "replicate": true}]}})";

// Two experts; `inner` rows of w1 and w3, columns of w2.
Model Experts(const TemporaryDirectory& directory, int64_t inner) {
  FileTensors tensors = {{"norm", Counting({64}, 0)}};
  for (const char* e : {"0", "1"}) {
    tensors[std::string("experts.") + e + ".w1"] = Counting({inner, 64}, 1);
    tensors[std::string("experts.") + e + ".w3"] = Counting({inner, 64}, 2);
    tensors[std::string("experts.") + e + ".w2"] = Counting({64, inner}, 3);
  }
  WriteSafetensors(directory / "model.safetensors", tensors);
  Model model;
  const absl::StatusOr<Mapping> mapping = Mapping::FromJson(kMapping, "experts.json");
  REQUIRE(mapping.ok());
  model.mapping = *mapping;
  model.source = directory / "model.safetensors";
  return model;
}

uint64_t BytesOf(const FileTensors& tensors) {
  uint64_t bytes = 0;
  for (const auto& [name, tensor] : tensors) bytes += tensor.data.size();
  return bytes;
}

TEST_CASE("ranks: a rank requests its share and what all have, and no more", "[ranks]") {
  const TemporaryDirectory directory;
  // Of 8 ranks each has 1,280 columns of w2: runs of 5 KiB with gaps of 35.
  const Model model = Experts(directory, 10'240);
  const uint64_t whole = BytesOf(LoadWhole(model));
  for (const int64_t ranks : {1, 2, 4, 8}) {
    for (int64_t rank = 0; rank < ranks; ++rank) {
      CAPTURE(rank, ranks);
      const LoadedRank loaded = LoadRank(model, rank, ranks);
      const uint64_t share = (whole - 256) / static_cast<uint64_t>(ranks) + 256;
      CHECK(BytesOf(loaded.tensors) == share);
      CHECK(loaded.bytes_read <= share + share / 100);
      CHECK(loaded.bytes_read >= share);
      CHECK(loaded.gap_bytes <= share / 100);
    }
  }
}

TEST_CASE("ranks: runs of 4 KiB are read without the gaps between them", "[ranks]") {
  const TemporaryDirectory directory;
  // Of 2 ranks each has 1,024 columns of w2: runs of 4 KiB with gaps as long.
  const Model model = Experts(directory, 2'048);
  const LoadedRank loaded = LoadRank(model, 1, 2);
  CHECK(loaded.gap_bytes == 0);
  CHECK(loaded.bytes_read == BytesOf(loaded.tensors));
}

TEST_CASE("ranks: gaps between short runs are read over, and counted", "[ranks]") {
  const TemporaryDirectory directory;
  // Of 4 ranks each has 64 columns of w2: runs of 256 bytes with gaps of 768.
  const Model model = Experts(directory, 256);
  const LoadedRank loaded = LoadRank(model, 1, 4);
  const uint64_t share = BytesOf(loaded.tensors);
  // Of w2, the 64 rows of each expert are read from the first run to the last.
  const uint64_t gaps = 2 * 63 * 768;
  CHECK(loaded.gap_bytes >= gaps);
  CHECK(loaded.bytes_read == share + loaded.gap_bytes);
}

TEST_CASE("ranks: what one tensor does not need and another does is no gap", "[ranks]") {
  const TemporaryDirectory directory;
  WriteSafetensors(directory / "model.safetensors", {{"w", Counting({64, 64}, 0)}});
  const absl::StatusOr<Mapping> mapping = Mapping::FromJson(R"({"weft": 1,
    "stages": [[{"from": ["w", "r [x:a | y:b | z:c]"],
                 "to": {"x": ["wa", "r a"], "y": ["wb", "r b"], "z": ["wc", "r c"]},
                 "sizes": {"a": 16, "b": 24}}]],
    "sharding": {"to": [{"names": "w{n:a|b|c}", "layout": "r ...", "split": "r"}]}})",
                                                            "columns.json");
  REQUIRE(mapping.ok());
  Model model;
  model.mapping = *mapping;
  model.source = directory / "model.safetensors";
  for (const int64_t rank : {0, 1}) {
    const LoadedRank loaded = LoadRank(model, rank, 2);
    CHECK(loaded.bytes_read == BytesOf(loaded.tensors));
    CHECK(loaded.gap_bytes == 0);
  }
}

}  // namespace
}  // namespace weft::test
