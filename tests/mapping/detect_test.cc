// Which built-in mapping is chosen for a checkpoint.
#include <catch2/catch.hpp>
#include <string>

#include "plan/compiled.h"
#include "weft/mapping.h"

namespace weft {
namespace {

std::shared_ptr<const Catalog> Names(const std::vector<std::string>& names) {
  std::vector<NamedShape> tensors;
  for (const std::string& name : names) tensors.push_back({name, {2, 2}});
  return CatalogOf(tensors);
}

const std::vector<std::string> kMixtralHub = {
    "model.layers.0.block_sparse_moe.gate.weight",
    "model.layers.0.block_sparse_moe.experts.0.w1.weight",
    "model.layers.0.block_sparse_moe.experts.0.w2.weight",
    "model.layers.0.block_sparse_moe.experts.0.w3.weight"};
const std::vector<std::string> kMixtralFused = {"model.layers.0.mlp.gate.weight",
                                                "model.layers.0.mlp.experts.gate_up_proj",
                                                "model.layers.0.mlp.experts.down_proj"};
const std::vector<std::string> kQwenHub = {"model.layers.0.mlp.experts.0.gate_proj.weight",
                                           "model.layers.0.mlp.experts.0.up_proj.weight",
                                           "model.layers.0.mlp.experts.0.down_proj.weight"};

std::string Detected(const std::vector<std::string>& names, std::string_view config,
                     Direction direction = Direction::kForward) {
  const absl::StatusOr<Mapping> mapping = Mapping::Detect(*Names(names), config, direction);
  return mapping.ok() ? mapping->name() : MessageOf(mapping.status());
}

TEST_CASE("detect: by the model type of the config and the keys", "[mapping]") {
  CHECK(Detected(kMixtralHub, R"({"model_type": "mixtral"})") == "mixtral");
  CHECK(Detected(kQwenHub, R"({"model_type": "qwen2_moe"})") == "qwen2_moe");
  CHECK(Detected(kQwenHub, R"({"model_type": "olmoe", "rope_theta": NaN})") == "qwen2_moe");
}

TEST_CASE("detect: by the keys alone where there is no config", "[mapping]") {
  CHECK(Detected(kMixtralHub, "") == "mixtral");
  CHECK(Detected(kQwenHub, "") == "qwen2_moe");
}

TEST_CASE("detect: back, by the keys of the other side", "[mapping]") {
  CHECK(Detected(kMixtralFused, R"({"model_type": "mixtral"})", Direction::kReverse) == "mixtral");
  CHECK(Detected(kMixtralFused, R"({"model_type": "qwen3_moe"})", Direction::kReverse) ==
        "qwen2_moe");
}

TEST_CASE("detect: a checkpoint that fits several names them", "[mapping]") {
  std::vector<std::string> both = kMixtralHub;
  both.insert(both.end(), kQwenHub.begin(), kQwenHub.end());
  const absl::StatusOr<Mapping> mapping = Mapping::Detect(*Names(both), "", Direction::kForward);
  CHECK(ErrorsOf(mapping.status()) ==
        Lines{"AMBIGUOUS_MAPPING model.safetensors: several built-in mappings fit: mixtral, "
              "qwen2_moe",
              "hint: choose one with --map"});
}

TEST_CASE("detect: a checkpoint that fits none says what speaks against each", "[mapping]") {
  const std::vector<Diagnostic> errors =
      DiagnosticsOf(Mapping::Detect(*Names({"model.norm.weight"}), R"({"model_type": "llama"})",
                                    Direction::kForward)
                        .status());
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].code == ErrorCode::kMappingNotDetected);
  CHECK(TextOf(errors[0]) == "model.safetensors: no built-in mapping fits");
  CHECK(errors[0].hint.rfind("choose one with --map; what speaks against each:\n    ", 0) == 0);
  CHECK(errors[0].hint.find(
            "mixtral: config.json has model_type = \"llama\"; expected \"mixtral\" or "
            "\"minimax\"; the keys do not fit: has "
            "\"{p*}.block_sparse_moe.experts.{e}.w1.weight\"") != std::string::npos);
}

TEST_CASE("detect: the likely candidate stands first among the reasons", "[mapping]") {
  const std::vector<Diagnostic> errors =
      DiagnosticsOf(Mapping::Detect(*Names({"model.norm.weight"}), R"({"model_type": "qwen2_moe"})",
                                    Direction::kForward)
                        .status());
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].hint.rfind("choose one with --map; what speaks against each:\n    qwen2_moe: the "
                             "keys do not fit: ",
                             0) == 0);
}

TEST_CASE("detect: a config that fits another model is no match, whatever the keys", "[mapping]") {
  CHECK(Detected(kMixtralHub, R"({"model_type": "llama"})") ==
        "MAPPING_NOT_DETECTED model.safetensors: no built-in mapping fits");
  CHECK(Detected(kMixtralHub, "{}") ==
        "MAPPING_NOT_DETECTED model.safetensors: no built-in mapping fits");
}

TEST_CASE("detect: a converted checkpoint is told apart from an unknown one", "[mapping]") {
  CHECK(ErrorsOf(Mapping::Detect(*Names(kMixtralFused), R"({"model_type": "mixtral"})",
                                 Direction::kForward)
                     .status()) ==
        Lines{"ALREADY_CONVERTED model.safetensors: the tensors are in the target layout "
              "\"transformers5\" of mapping \"mixtral\" already",
              "hint: use --reverse to convert back"});
  CHECK(
      ErrorsOf(Mapping::Detect(*Names(kQwenHub), R"({"model_type": "olmoe"})", Direction::kReverse)
                   .status()) ==
      Lines{"ALREADY_CONVERTED model.safetensors: the tensors are in the target layout \"hub\" "
            "of mapping \"qwen2_moe\" already",
            "hint: leave --reverse out to convert"});
}

TEST_CASE("detect: a config that is no JSON is an error of its own", "[mapping]") {
  CHECK(Detected(kMixtralHub, "{").rfind("JSON_SYNTAX config.json:1:2: ", 0) == 0);
}

}  // namespace
}  // namespace weft
