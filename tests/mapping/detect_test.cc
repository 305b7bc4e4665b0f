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
  // The model alone, without a prefix.
  CHECK(Detected({"mlp.experts.0.gate_proj.weight"}, "") == "qwen2_moe");
  CHECK(Detected({"mlp.experts.gate_up_proj", "mlp.router.weight"}, "", Direction::kReverse) ==
        "AMBIGUOUS_MAPPING model.safetensors: several mappings fit: phimoe, qwen2_moe");
}

TEST_CASE("detect: back, by the keys of the other side", "[mapping]") {
  CHECK(Detected(kMixtralFused, R"({"model_type": "mixtral"})", Direction::kReverse) == "mixtral");
  CHECK(Detected(kMixtralFused, R"({"model_type": "qwen3_moe"})", Direction::kReverse) ==
        "qwen2_moe");
}

TEST_CASE("detect: back, by the record where names do not tell", "[mapping]") {
  const absl::StatusOr<Mapping> mixtral = Mapping::Builtin("mixtral");
  REQUIRE(mixtral.ok());
  CompileOptions options;
  options.expectation = Expectation{"the base model",
                                    {{"layers.0.mlp.gate.weight"},
                                     {"layers.0.mlp.experts.gate_up_proj"},
                                     {"layers.0.mlp.experts.down_proj"}}};
  const absl::StatusOr<Plan> plan = Compile({*mixtral}, Names(kMixtralHub), options);
  if (!plan.ok()) FAIL(MessageOf(plan.status()));
  const auto detected = [](const std::shared_ptr<const Catalog>& catalog) {
    const absl::StatusOr<Mapping> mapping =
        Mapping::Detect(*catalog, R"({"model_type": "unknown"})", Direction::kReverse);
    return mapping.ok() ? mapping->name() : MessageOf(mapping.status());
  };
  CHECK(detected(CatalogOf(*plan)) == "mixtral");
  // Other rules under the same name are no evidence.
  auto other = std::make_shared<Catalog>(*CatalogOf(*plan));
  other->metadata["weft.digests"] = "0123456789abcdef";
  CHECK(detected(other) == "MAPPING_NOT_DETECTED model.safetensors: no mapping fits");
}

TEST_CASE("detect: keys that one type alone has tell it without a config", "[mapping]") {
  const auto with = [](std::vector<std::string> names, std::string_view name) {
    names.emplace_back(name);
    return names;
  };
  CHECK(Detected(with(kQwenHub, "model.layers.0.mlp.moe_statics.e_score_correction_bias"), "") ==
        "ernie4_5_moe");
  CHECK(Detected(with(kQwenHub, "model.layers.0.mlp.experts.e_score_correction_bias"), "") ==
        "laguna");
  CHECK(Detected(with(kQwenHub, "model.layers.0.post_mlp_layernorm.weight"), "") == "axk1");
  CHECK(Detected(with(kQwenHub, "model.layers.0.input_layernorm.W_down.weight"), "") == "axk2");
  CHECK(Detected(with(kQwenHub, "model.layers.0.mlp.router.classifier.weight"), "") ==
        "longcat_flash");
  CHECK(Detected(with(kMixtralHub, "model.layers.0.input_layernorm.bias"), "") == "phimoe");
}

TEST_CASE("detect: towers tell the families of one language model apart", "[mapping]") {
  const auto with_tower = [](std::string_view tower) {
    return std::vector<std::string>{"language_model.model.norm.weight",
                                    "multi_modal_projector.linear_1.weight", std::string(tower)};
  };
  CHECK(Detected(with_tower("vision_tower.vision_model.post_layernorm.weight"), "") == "llava");
  CHECK(Detected(with_tower("vision_tower.patch_conv.weight"), "") == "mistral3");
  CHECK(Detected(with_tower("vision_tower.encoder.layer.0.lambda_1"), "") == "internvl");
  CHECK(Detected(with_tower("audio_tower.layer_norm.weight"), "") == "qwen2_audio");
  const std::string llava = R"({"model_type": "llava"})";
  CHECK(Detected(with_tower("vision_tower.patch_conv.weight"), llava) == "mistral3");
  CHECK(Detected(with_tower("vision_tower.vision_model.post_layernorm.weight"), llava) == "llava");
}

TEST_CASE("detect: names that many models have need the config", "[mapping]") {
  const std::vector<std::string> names = {"model.embed_tokens.weight",
                                          "model.layers.0.self_attn.q_proj.weight"};
  CHECK(Detected(names, R"({"model_type": "gemma"})", Direction::kReverse) == "gemma_original");
  CHECK(Detected(names, "", Direction::kReverse) ==
        "MAPPING_NOT_DETECTED model.safetensors: no mapping fits");
  CHECK(Detected(names, "") == "MAPPING_NOT_DETECTED model.safetensors: no mapping fits");
}

TEST_CASE("detect: a checkpoint that fits several names them", "[mapping]") {
  std::vector<std::string> both = kMixtralHub;
  both.insert(both.end(), kQwenHub.begin(), kQwenHub.end());
  const absl::StatusOr<Mapping> mapping = Mapping::Detect(*Names(both), "", Direction::kForward);
  CHECK(ErrorsOf(mapping.status()) ==
        Lines{"AMBIGUOUS_MAPPING model.safetensors: several mappings fit: mixtral, "
              "qwen2_moe",
              "hint: choose one with --map"});
}

std::string HintFor(const std::vector<std::string>& names, std::string_view config) {
  const std::vector<Diagnostic> errors =
      DiagnosticsOf(Mapping::Detect(*Names(names), config, Direction::kForward).status());
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].code == ErrorCode::kMappingNotDetected);
  CHECK(TextOf(errors[0]) == "model.safetensors: no mapping fits");
  return errors[0].hint;
}

TEST_CASE("detect: a checkpoint that nothing speaks for is told of the mappings", "[mapping]") {
  for (const std::string_view config : {"", R"({"model_type": "llama"})"}) {
    INFO(config);
    const std::string hint = HintFor({"model.norm.weight"}, config);
    CHECK(hint.rfind("choose one with --map; there are: ", 0) == 0);
    CHECK(hint.find(", mixtral, ") != std::string::npos);
  }
}

TEST_CASE("detect: where the config fits and the keys do not, the keys are told of", "[mapping]") {
  const std::string hint = HintFor({"model.norm.weight"}, R"({"model_type": "jamba"})");
  CHECK(hint ==
        "choose one with --map; what speaks against each:\n    jamba: the keys do not fit: has "
        "\"{p*}.feed_forward.experts.{e}.gate_proj.weight\"");
}

TEST_CASE("detect: where the keys fit and the config does not, the config is told of",
          "[mapping]") {
  CHECK(HintFor(kMixtralHub, R"({"model_type": "llama"})") ==
        "choose one with --map; what speaks against each:\n    mixtral: config.json has model_type "
        "= \"llama\"; expected \"mixtral\" or \"minimax\" or \"minimax_m2\"");
}

TEST_CASE("detect: a config that fits another model is no match, whatever the keys", "[mapping]") {
  CHECK(Detected(kMixtralHub, R"({"model_type": "llama"})") ==
        "MAPPING_NOT_DETECTED model.safetensors: no mapping fits");
  CHECK(Detected(kMixtralHub, "{}") == "MAPPING_NOT_DETECTED model.safetensors: no mapping fits");
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
