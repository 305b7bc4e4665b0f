#include "cli/checkpoint_files.h"

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/process.h"

namespace weft::test {
namespace {

const std::string kLayer = "model.layers.0.";

std::string LengthPrefix(size_t length) {
  std::string prefix;
  for (int byte = 0; byte < 8; ++byte) {
    prefix += static_cast<char>(length & 0xFF);
    length >>= 8;
  }
  return prefix;
}

std::string HeaderFor(const nlohmann::ordered_json& header) {
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return LengthPrefix(text.size()) + text;
}

std::string ExpertName(int expert, const std::string& weight) {
  return kLayer + "block_sparse_moe.experts." + std::to_string(expert) + "." + weight + ".weight";
}

// What mixtral calls w1 is the gate, w3 the up and w2 the down projection.
FileTensor Gate(int expert) { return Counting({2, 3}, 100.0f * static_cast<float>(expert)); }
FileTensor Up(int expert) { return Counting({2, 3}, 100.0f * static_cast<float>(expert) + 20); }
FileTensor Down(int expert) { return Counting({3, 2}, 100.0f * static_cast<float>(expert) + 40); }

}  // namespace

FileTensor Counting(const std::vector<int64_t>& shape, float first) {
  int64_t elements = 1;
  for (const int64_t size : shape) elements *= size;
  FileTensor tensor{"F32", shape, ""};
  for (int64_t i = 0; i < elements; ++i) {
    const float value = first + static_cast<float>(i);
    char bytes[sizeof(value)];
    std::memcpy(bytes, &value, sizeof(value));
    tensor.data.append(bytes, sizeof(bytes));
  }
  return tensor;
}

void WriteSafetensors(const std::string& path, const FileTensors& tensors,
                      const std::map<std::string, std::string>& metadata) {
  nlohmann::ordered_json header = nlohmann::ordered_json::object();
  if (!metadata.empty()) header["__metadata__"] = metadata;
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const size_t begin = data.size();
    data += tensor.data;
    header[name] = {
        {"dtype", tensor.dtype}, {"shape", tensor.shape}, {"data_offsets", {begin, data.size()}}};
  }
  WriteFile(path, HeaderFor(header) + data);
}

void WriteSparseSafetensors(const std::string& path, const std::string& name, int64_t rows,
                            int64_t columns) {
  const int64_t bytes = rows * columns * 4;
  const std::string header = HeaderFor(
      {{name, {{"dtype", "F32"}, {"shape", {rows, columns}}, {"data_offsets", {0, bytes}}}}});
  WriteFile(path, header);
  std::filesystem::resize_file(path, header.size() + static_cast<uintmax_t>(bytes));
}

FileTensors ReadSafetensors(const std::string& path) {
  const std::string content = ReadFile(path);
  uint64_t length = 0;
  std::memcpy(&length, content.data(), sizeof(length));
  const auto header = nlohmann::json::parse(content.substr(8, length));
  FileTensors tensors;
  for (const auto& [name, entry] : header.items()) {
    if (name == "__metadata__") continue;
    const auto begin = entry["data_offsets"][0].get<size_t>();
    const auto end = entry["data_offsets"][1].get<size_t>();
    tensors[name] = {entry["dtype"].get<std::string>(), entry["shape"].get<std::vector<int64_t>>(),
                     content.substr(8 + length + begin, end - begin)};
  }
  return tensors;
}

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

void WriteMixtralDirectory(const std::string& path, const FileTensors& tensors) {
  std::filesystem::create_directory(path);
  WriteSafetensors(path + "/model.safetensors", tensors);
  WriteFile(path + "/config.json",
            R"({"model_type": "mixtral", "architectures": ["MixtralForCausalLM"]})");
}

}  // namespace weft::test
