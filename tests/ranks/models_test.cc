// Models of the golden cases, cut as their mappings say.
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "files/temporary_directory.h"
#include "ranks/ranks.h"

namespace weft::test {
namespace {

const std::string kCases = WEFT_SOURCE_DIR "/tests/golden/cases/";

bool EndsIn(const std::string& name, const std::string& end) {
  return name.size() >= end.size() && name.compare(name.size() - end.size(), end.size(), end) == 0;
}

bool Holds(const std::string& name, const std::string& part) {
  return name.find(part) != std::string::npos;
}

Model BuiltinModel(const std::string& mapping, const std::string& source) {
  Model model;
  const absl::StatusOr<Mapping> builtin = Mapping::Builtin(mapping);
  REQUIRE(builtin.ok());
  model.mapping = *builtin;
  model.source = source;
  model.config = source + "/config.json";
  return model;
}

// The numbers of a language model that decide its parts.
struct Sizes {
  int64_t heads = 0;
  int64_t kv_heads = 0;
  int64_t head_dim = 0;
  int64_t vocab = 0;
  int64_t inner = 0;  // of its experts, or of its layers
};

Rows Along(size_t axis, const Share& share, int64_t size) {
  return {axis, Blocks(share.first, share.last, size)};
}

// What tensor parallelism cuts of a language model.
std::optional<Rows> AttentionRows(const std::string& name, const Sizes& sizes, int64_t rank,
                                  int64_t ranks) {
  if (Holds(name, "self_attn.q_proj."))
    return Along(0, Of(sizes.heads, rank, ranks), sizes.head_dim);
  if (Holds(name, "self_attn.k_proj.") || Holds(name, "self_attn.v_proj.")) {
    return Along(0, SharedOf(sizes.kv_heads, rank, ranks), sizes.head_dim);
  }
  if (Holds(name, "self_attn.o_proj."))
    return Along(1, Of(sizes.heads, rank, ranks), sizes.head_dim);
  if (EndsIn(name, "embed_tokens.weight") || EndsIn(name, "lm_head.weight")) {
    return Along(0, Of(sizes.vocab, rank, ranks), 1);
  }
  return std::nullopt;
}

// The experts' two tensors, split within each expert: gate and up each.
std::optional<Rows> ExpertRows(const std::string& name, int64_t inner, int64_t rank,
                               int64_t ranks) {
  const Share share = Of(inner, rank, ranks);
  if (EndsIn(name, "experts.gate_up_proj")) {
    return Rows{1, Blocks(share.first, share.last, 1) + Blocks(share.first, share.last, 1, inner)};
  }
  if (EndsIn(name, "experts.down_proj")) return Along(2, share, 1);
  return std::nullopt;
}

constexpr Sizes kMixtral = {4, 2, 4, 32, 24};

std::optional<Rows> MixtralRows(const std::string& name, int64_t rank, int64_t ranks) {
  if (const auto rows = AttentionRows(name, kMixtral, rank, ranks)) return rows;
  if (const auto rows = ExpertRows(name, kMixtral.inner, rank, ranks)) return rows;
  return Whole();
}

Model MixtralTinyModel() {
  return BuiltinModel("mixtral", WEFT_SOURCE_DIR "/examples/checkpoints/mixtral-tiny");
}

TEST_CASE("ranks: Mixtral, every rank", "[ranks]") {
  const Model model = MixtralTinyModel();
  const FileTensors whole = LoadWhole(model);
  REQUIRE(whole.at("model.layers.1.mlp.experts.gate_up_proj").shape ==
          std::vector<int64_t>{4, 48, 16});
  CheckRanks(model, whole, MixtralRows);
}

TEST_CASE("ranks: rank 1 of 2 of Mixtral, row by row", "[ranks]") {
  const FileTensors whole = LoadWhole(MixtralTinyModel());
  const FileTensors part = LoadRank(MixtralTinyModel(), 1, 2).tensors;
  // Rows 12 … 23 of gate, and of up, which begins at row 24.
  const std::string name = "model.layers.0.mlp.experts.gate_up_proj";
  CHECK(part.at(name) ==
        Take(whole.at(name), {1, {12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23,
                                  36, 37, 38, 39, 40, 41, 42, 43, 44, 45, 46, 47}}));
  const std::string keys = "model.layers.0.self_attn.k_proj.weight";
  CHECK(part.at(keys) == Take(whole.at(keys), {0, {4, 5, 6, 7}}));
}

TEST_CASE("ranks: Mixtral with whole experts", "[ranks]") {
  Model model = MixtralTinyModel();
  model.options.set = {{"expert_parallel", "true"}};
  const auto listing = [](const std::string& name, int64_t rank, int64_t ranks) {
    if (Holds(name, ".experts.")) return std::optional(Along(0, Of(4, rank, ranks), 1));
    return MixtralRows(name, rank, ranks);
  };
  CheckRanks(model, LoadWhole(MixtralTinyModel()), listing);
}

TEST_CASE("ranks: Mixtral in reverse, experts cut within and dealt out whole", "[ranks]") {
  Model model = MixtralTinyModel();
  const FileTensors published = ReadDirectory(model.source);
  const TemporaryDirectory directory;
  WriteSafetensors(directory / "fused.safetensors", LoadWhole(model));
  model.source = directory / "fused.safetensors";
  model.options.direction = Direction::kReverse;
  CheckRanks(model, published,
             [](const std::string& name, int64_t rank, int64_t ranks) -> std::optional<Rows> {
               if (const auto rows = AttentionRows(name, kMixtral, rank, ranks)) return rows;
               const Share share = Of(kMixtral.inner, rank, ranks);
               if (EndsIn(name, "w1.weight") || EndsIn(name, "w3.weight"))
                 return Along(0, share, 1);
               if (EndsIn(name, "w2.weight")) return Along(1, share, 1);
               return Whole();
             });
  model.options.set = {{"expert_parallel", "true"}};
  CheckRanks(model, published,
             [](const std::string& name, int64_t rank, int64_t ranks) -> std::optional<Rows> {
               if (const auto rows = AttentionRows(name, kMixtral, rank, ranks)) return rows;
               const size_t at = name.find(".experts.");
               if (at == std::string::npos) return Whole();
               const int64_t expert = name[at + 9] - '0';
               const Share share = Of(4, rank, ranks);
               if (expert < share.first || expert >= share.last) return std::nullopt;
               return Whole();
             });
}

TEST_CASE("ranks: Qwen2-MoE, as the original program fuses it", "[ranks]") {
  const std::string folder = kCases + "qwen2_moe";
  const Sizes sizes = {4, 2, 4, 64, 12};
  CheckRanks(BuiltinModel("qwen2_moe", folder + "/src"),
             ReadSafetensors(folder + "/expected.safetensors"),
             [&](const std::string& name, int64_t rank, int64_t ranks) -> std::optional<Rows> {
               if (const auto rows = AttentionRows(name, sizes, rank, ranks)) return rows;
               if (const auto rows = ExpertRows(name, sizes.inner, rank, ranks)) return rows;
               const Share shared = Of(10, rank, ranks);
               if (EndsIn(name, "shared_expert.gate_proj.weight") ||
                   EndsIn(name, "shared_expert.up_proj.weight")) {
                 return Along(0, shared, 1);
               }
               if (EndsIn(name, "shared_expert.down_proj.weight")) return Along(1, shared, 1);
               return Whole();
             });
}

Listing InternVLRows(const Sizes& sizes) {
  return [sizes](const std::string& name, int64_t rank, int64_t ranks) -> std::optional<Rows> {
    if (Holds(name, "vision_tower") || Holds(name, "projector")) return Whole();
    if (const auto rows = AttentionRows(name, sizes, rank, ranks)) return rows;
    const Share share = Of(sizes.inner, rank, ranks);
    if (EndsIn(name, "gate_proj.weight") || EndsIn(name, "up_proj.weight")) {
      return Along(0, share, 1);
    }
    if (EndsIn(name, "mlp.down_proj.weight")) return Along(1, share, 1);
    return Whole();
  };
}

TEST_CASE("ranks: InternVL, whose wqkv is grouped by heads of keys", "[ranks]") {
  const std::string folder = kCases + "internvl_internlm2";
  CheckRanks(BuiltinModel("internvl_original", folder + "/src"),
             ReadSafetensors(folder + "/expected_nocast.safetensors"),
             InternVLRows({4, 2, 3, 24, 20}));
}

TEST_CASE("ranks: InternVL with one head of keys for all ranks", "[ranks]") {
  const std::string folder = kCases + "internvl_internlm2_mqa1";
  CheckRanks(BuiltinModel("internvl_original", folder + "/src"),
             ReadSafetensors(folder + "/expected_nocast.safetensors"),
             InternVLRows({4, 1, 3, 24, 20}));
}

TEST_CASE("ranks: InternVL of the hub, whose language model's entries are included", "[ranks]") {
  const std::string folder = kCases + "internvl";
  CheckRanks(BuiltinModel("internvl", folder + "/src"),
             ReadSafetensors(folder + "/expected.safetensors"), InternVLRows({2, 1, 4, 32, 12}));
}

}  // namespace
}  // namespace weft::test
