#include "golden/cases.h"

#include <cstdlib>
#include <filesystem>

namespace weft::test {
namespace {

enum class Where { kHere, kShared, kBoth };

struct Row {
  Where where;
  const char* name;    // the folder, in cases/ and in `shared`
  const char* shared;  // below the shared folder
  const char* mapping;
  const char* source;
  const char* expected;
  const char* config;
  const char* expected_bf16 = "";
  const char* lost = "";
};

constexpr Row Transformers(Where where, const char* name, const char* mapping) {
  return {where, name, "transformers", mapping, "src", "expected.safetensors", "src/config.json"};
}

constexpr Row Encodec(const char* name) {
  return {Where::kBoth,    name, "seeds", name, "original.safetensors", "hf/model.safetensors",
          "hf/config.json"};
}

constexpr Row Gemma(const char* name, const char* mapping) {
  return {Where::kBoth,           name,          "hf_scripts", mapping,    "src.safetensors",
          "expected.safetensors", "config.json", "",           "freqs_cis"};
}

constexpr Row InternVl(const char* name, const char* expected, const char* expected_bf16) {
  return {Where::kBoth, name,     "hf_scripts",      "internvl_original",
          "src",        expected, "src/config.json", expected_bf16};
}

constexpr Row kRows[] = {
    Transformers(Where::kBoth, "mixtral", "mixtral"),
    Transformers(Where::kBoth, "minimax", "mixtral"),
    Transformers(Where::kBoth, "qwen2_moe", "qwen2_moe"),
    Transformers(Where::kBoth, "qwen3_moe", "qwen2_moe"),
    Transformers(Where::kBoth, "deepseek_v2", "qwen2_moe"),
    Transformers(Where::kBoth, "deepseek_v3", "qwen2_moe"),
    Transformers(Where::kBoth, "olmoe", "qwen2_moe"),
    Transformers(Where::kBoth, "glm4_moe", "qwen2_moe"),
    Transformers(Where::kHere, "minimax_m2", "mixtral"),
    Transformers(Where::kBoth, "deepseek_v32", "qwen2_moe"),
    Transformers(Where::kBoth, "glm4_moe_lite", "qwen2_moe"),
    Transformers(Where::kHere, "glm_moe_dsa", "qwen2_moe"),
    Transformers(Where::kBoth, "glm4v_moe", "qwen2_moe"),
    Transformers(Where::kBoth, "qwen3_next", "qwen2_moe"),
    Transformers(Where::kShared, "qwen3_omni_moe_text", "qwen2_moe"),
    Transformers(Where::kHere, "flex_olmo", "qwen2_moe"),
    Transformers(Where::kHere, "afmoe", "qwen2_moe"),
    Transformers(Where::kBoth, "beam", "qwen2_moe"),
    Transformers(Where::kHere, "cohere2_moe", "qwen2_moe"),
    Transformers(Where::kHere, "dots1", "qwen2_moe"),
    Transformers(Where::kHere, "hunyuan_v1_moe", "qwen2_moe"),
    Transformers(Where::kHere, "mellum", "qwen2_moe"),
    Transformers(Where::kHere, "solar_open", "qwen2_moe"),
    Transformers(Where::kBoth, "axk1", "axk1"),
    Transformers(Where::kBoth, "axk2", "axk2"),
    Transformers(Where::kBoth, "ernie4_5_moe", "ernie4_5_moe"),
    Transformers(Where::kBoth, "ernie4_5_vl_moe", "ernie4_5_vl_moe"),
    Transformers(Where::kBoth, "granitemoe", "granitemoe"),
    Transformers(Where::kBoth, "granitemoeshared", "granitemoe"),
    Transformers(Where::kShared, "granitemoehybrid", "granitemoe"),
    Transformers(Where::kBoth, "jamba", "jamba"),
    Transformers(Where::kBoth, "laguna", "laguna"),
    Transformers(Where::kBoth, "lfm2_moe", "lfm2_moe"),
    Transformers(Where::kBoth, "longcat_flash", "longcat_flash"),
    Transformers(Where::kBoth, "phimoe", "phimoe"),
    Transformers(Where::kBoth, "qwen3_5_moe_text", "qwen3_5_moe_text"),
    Transformers(Where::kShared, "qwen2_5_omni_thinker", "qwen2_5_omni_thinker"),
    Transformers(Where::kShared, "qwen3_omni_moe_thinker", "qwen3_omni_moe_thinker"),
    Transformers(Where::kBoth, "internvl", "internvl"),
    Transformers(Where::kHere, "internvl_moe", "internvl"),
    Transformers(Where::kBoth, "gemma3", "gemma3"),
    Transformers(Where::kHere, "llava", "llava"),
    Transformers(Where::kBoth, "llava_next", "llava"),
    Transformers(Where::kBoth, "llava_next_video", "llava"),
    Transformers(Where::kBoth, "llava_onevision", "llava"),
    Transformers(Where::kHere, "vipllava", "llava"),
    Transformers(Where::kBoth, "paligemma", "llava"),
    Transformers(Where::kBoth, "aya_vision", "llava"),
    Transformers(Where::kBoth, "mistral3", "mistral3"),
    Transformers(Where::kHere, "llava_pixtral", "mistral3"),
    Transformers(Where::kHere, "got_ocr2", "mistral3"),
    Transformers(Where::kShared, "pp_chart2table", "mistral3"),
    Transformers(Where::kHere, "video_llava", "video_llava"),
    Transformers(Where::kBoth, "shieldgemma2", "shieldgemma2"),
    Transformers(Where::kBoth, "colqwen2", "colqwen2"),
    Transformers(Where::kBoth, "qwen2_audio", "qwen2_audio"),
    Transformers(Where::kHere, "voxtral", "qwen2_audio"),
    Transformers(Where::kBoth, "audioflamingo3", "qwen2_audio"),
    Transformers(Where::kHere, "granite_speech", "granite_speech"),
    Transformers(Where::kShared, "granite_speech_plus", "granite_speech"),
    Encodec("encodec_24khz"),
    Encodec("encodec_32khz"),
    Encodec("encodec_48khz"),
    InternVl("internvl_qwen2", "expected.safetensors", ""),
    InternVl("internvl_internlm2", "expected_nocast.safetensors", "expected.safetensors"),
    InternVl("internvl_internlm2_mqa1", "expected_nocast.safetensors", "expected.safetensors"),
    Gemma("gemma_mqa", "gemma_original"),
    Gemma("gemma_mha", "gemma_original"),
    Gemma("gemma2_gqa", "gemma2_original"),
};

GoldenCase CaseIn(const std::string& parent, const std::string& name, const Row& row) {
  const std::string folder = parent + "/" + row.name + "/";
  const std::string bf16 = row.expected_bf16;
  return {name,
          row.mapping,
          folder + row.source,
          folder + row.expected,
          folder + row.config,
          bf16.empty() ? "" : folder + bf16,
          row.lost};
}

}  // namespace

std::string SharedGoldenFolder() {
  const char* const given = std::getenv("WEFT_GOLDEN");
  if (given != nullptr && *given != '\0') return given;
  const std::filesystem::path beside =
      std::filesystem::path(WEFT_SOURCE_DIR).parent_path() / "shared/golden";
  return std::filesystem::is_directory(beside) ? beside.string() : "";
}

const std::vector<GoldenCase>& GoldenCases() {
  static const auto* const kCases = [] {
    auto* const cases = new std::vector<GoldenCase>;
    const std::string shared = SharedGoldenFolder();
    for (const Row& row : kRows) {
      if (row.where != Where::kShared) {
        cases->push_back(CaseIn(WEFT_SOURCE_DIR "/tests/golden/cases", row.name, row));
      }
      if (row.where != Where::kHere && !shared.empty()) {
        cases->push_back(
            CaseIn(shared + "/" + row.shared, std::string(row.name) + " (shared)", row));
      }
    }
    return cases;
  }();
  return *kCases;
}

}  // namespace weft::test
