#include "end_to_end/mixtral_tiny.h"

#include <filesystem>

#include "files/temporary_directory.h"

namespace weft::test {
namespace {

const std::string kExample = WEFT_SOURCE_DIR "/examples/checkpoints/mixtral-tiny";

}  // namespace

FileTensors MixtralTiny() { return ReadDirectory(kExample); }

std::string ExpertName(int layer, int expert, const std::string& weight) {
  return "model.layers." + std::to_string(layer) + ".block_sparse_moe.experts." +
         std::to_string(expert) + "." + weight + ".weight";
}

void EraseExpert(FileTensors& tensors, int layer, int expert) {
  for (const char* weight : {"w1", "w2", "w3"}) tensors.erase(ExpertName(layer, expert, weight));
}

void WriteMixtral(const std::string& directory, const std::vector<FileTensors>& shards) {
  std::filesystem::create_directories(directory);
  if (shards.size() == 1) {
    WriteSafetensors(directory + "/model.safetensors", shards.front());
  } else {
    WriteShards(directory, shards);
  }
  WriteFile(directory + "/config.json", ReadFile(kExample + "/config.json"));
}

}  // namespace weft::test
