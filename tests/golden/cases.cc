#include "golden/cases.h"

#include <cstdlib>
#include <filesystem>

namespace weft::test {
namespace {

struct Row {
  const char* name;           // folder of cases/
  const char* shared_folder;  // below the shared folder
  const char* mapping;
  const char* source;
  const char* expected;
  const char* config;
};

constexpr Row Transformers(const char* name, const char* shared_folder, const char* mapping) {
  return {name, shared_folder, mapping, "src", "expected.safetensors", "src/config.json"};
}

constexpr Row Encodec(const char* name, const char* shared_folder) {
  return {
      name, shared_folder, name, "original.safetensors", "hf/model.safetensors", "hf/config.json"};
}

constexpr Row kRows[] = {
    Transformers("mixtral", "transformers/mixtral", "mixtral"),
    Transformers("minimax", "transformers/minimax", "mixtral"),
    Transformers("qwen2_moe", "transformers/qwen2_moe", "qwen2_moe"),
    Transformers("qwen3_moe", "transformers/qwen3_moe", "qwen2_moe"),
    Transformers("deepseek_v2", "transformers/deepseek_v2", "qwen2_moe"),
    Transformers("deepseek_v3", "transformers/deepseek_v3", "qwen2_moe"),
    Transformers("olmoe", "transformers/olmoe", "qwen2_moe"),
    Transformers("glm4_moe", "transformers/glm4_moe", "qwen2_moe"),
    Encodec("encodec_24khz", "seeds/encodec_24khz"),
    Encodec("encodec_32khz", "seeds/encodec_32khz"),
    Encodec("encodec_48khz", "seeds/encodec_48khz"),
};

GoldenCase CaseIn(const std::string& folder, const std::string& name, const Row& row) {
  return {name, row.mapping, folder + "/" + row.source, folder + "/" + row.expected,
          folder + "/" + row.config};
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
      const std::string committed = std::string(WEFT_SOURCE_DIR "/tests/golden/cases/") + row.name;
      cases->push_back(CaseIn(committed, row.name, row));
      if (shared.empty()) continue;
      cases->push_back(
          CaseIn(shared + "/" + row.shared_folder, std::string(row.name) + " (shared)", row));
    }
    return cases;
  }();
  return *kCases;
}

}  // namespace weft::test
