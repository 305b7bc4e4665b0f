#include "cli/checkpoint_files.h"

#include <filesystem>
#include <nlohmann/json.hpp>

#include "files/temporary_directory.h"

namespace weft::test {
namespace {

const std::string kLayer = "model.layers.0.";

std::string ExpertName(int expert, const std::string& weight) {
  return kLayer + "block_sparse_moe.experts." + std::to_string(expert) + "." + weight + ".weight";
}

// What mixtral calls w1 is the gate, w3 the up and w2 the down projection.
FileTensor Gate(int expert) { return Counting({2, 3}, 100.0f * static_cast<float>(expert)); }
FileTensor Up(int expert) { return Counting({2, 3}, 100.0f * static_cast<float>(expert) + 20); }
FileTensor Down(int expert) { return Counting({3, 2}, 100.0f * static_cast<float>(expert) + 40); }

}  // namespace

FileTensors MixtralLayer(int experts) {
  FileTensors tensors;
  for (int expert = 0; expert < experts; ++expert) {
    tensors[ExpertName(expert, "w1")] = Gate(expert);
    tensors[ExpertName(expert, "w2")] = Down(expert);
    tensors[ExpertName(expert, "w3")] = Up(expert);
  }
  tensors[kLayer + "block_sparse_moe.gate.weight"] = Counting({experts, 3}, 7000);
  tensors["model.norm.weight"] = Counting({3}, 8000);
  return tensors;
}

FileTensors FusedMixtralLayer(int experts) {
  FileTensor gate_up{"F32", {experts, 4, 3}, ""};
  FileTensor down{"F32", {experts, 3, 2}, ""};
  for (int expert = 0; expert < experts; ++expert) {
    gate_up.data += Gate(expert).data + Up(expert).data;
    down.data += Down(expert).data;
  }
  FileTensors tensors;
  tensors[kLayer + "mlp.experts.gate_up_proj"] = gate_up;
  tensors[kLayer + "mlp.experts.down_proj"] = down;
  tensors[kLayer + "mlp.gate.weight"] = Counting({experts, 3}, 7000);
  tensors["model.norm.weight"] = Counting({3}, 8000);
  return tensors;
}

void WriteMixtralDirectory(const std::string& path, int experts, const FileTensors& tensors) {
  std::filesystem::create_directory(path);
  WriteSafetensors(path + "/model.safetensors", tensors);
  const nlohmann::json config = {{"model_type", "mixtral"}, {"num_local_experts", experts}};
  WriteFile(path + "/config.json", config.dump());
}

}  // namespace weft::test
