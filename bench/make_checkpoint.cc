// Synthetic checkpoints: make_checkpoint KIND OUT [--layers N] [--experts N] [--shrink N]
// [--dtype DTYPE] [--hollow]
//
// Names and shapes are those of real models, the values random and finite, the same in each run.
// OUT becomes a directory of safetensors shards of at most 2 GiB, their index and config.json.
//
//   mixtral    Mixtral with 6 layers of 8 experts: 189 tensors, 4.3 GiB
//   qwen2moe   Qwen2-MoE with 24 layers of 60 experts: 4,659 tensors, 6.5 GiB
//   keys       Qwen2-MoE with 61 layers of 512 experts, all tiny: 94,553 tensors, 0.2 GiB
//   weights    32 matrices [4096, 4096] of DTYPE
//   matrix     one matrix [28672, 8192] of DTYPE
//
// --shrink divides the sizes of the axes. --hollow writes headers alone: the data are a hole in the
// file, which takes no disk.
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using nlohmann::ordered_json;

constexpr uint64_t kShardBytes = 2ull << 30;

struct Arguments {
  std::string kind;
  std::string out;
  std::string dtype = "BF16";
  int64_t layers = 0;  // 0: of the kind
  int64_t experts = 0;
  int64_t shrink = 1;
  bool is_hollow = false;
};

struct Tensor {
  std::string name;
  std::vector<int64_t> shape;
};

struct Model {
  std::vector<Tensor> tensors;
  ordered_json config;
};

// Of a transformer with experts.
struct Sizes {
  int64_t hidden;
  int64_t expert;  // the inner axis of an expert
  int64_t shared;  // and of the shared expert
  int64_t layers;
  int64_t experts;
  int64_t heads;
  int64_t key_heads;
  int64_t vocabulary;
};

Sizes Adjusted(Sizes sizes, const Arguments& arguments) {
  const auto shrink = [&arguments](int64_t* size) {
    *size = std::max<int64_t>(1, *size / arguments.shrink);
  };
  shrink(&sizes.hidden);
  shrink(&sizes.expert);
  shrink(&sizes.shared);
  shrink(&sizes.vocabulary);
  if (arguments.layers > 0) sizes.layers = arguments.layers;
  if (arguments.experts > 0) sizes.experts = arguments.experts;
  return sizes;
}

ordered_json ConfigOf(const Sizes& sizes) {
  return {{"hidden_size", sizes.hidden},        {"num_hidden_layers", sizes.layers},
          {"num_attention_heads", sizes.heads}, {"num_key_value_heads", sizes.key_heads},
          {"vocab_size", sizes.vocabulary},     {"torch_dtype", "bfloat16"},
          {"tie_word_embeddings", false}};
}

// What both models begin with.
std::vector<Tensor> OutsideLayers(const Sizes& sizes) {
  return {{"model.embed_tokens.weight", {sizes.vocabulary, sizes.hidden}},
          {"lm_head.weight", {sizes.vocabulary, sizes.hidden}},
          {"model.norm.weight", {sizes.hidden}}};
}

void AddAttention(const std::string& layer, const Sizes& sizes, bool has_bias,
                  std::vector<Tensor>* tensors) {
  const int64_t narrow = sizes.hidden / sizes.heads * sizes.key_heads;
  const std::pair<const char*, int64_t> inputs[] = {
      {"q", sizes.hidden}, {"k", narrow}, {"v", narrow}};
  tensors->push_back({layer + "input_layernorm.weight", {sizes.hidden}});
  tensors->push_back({layer + "post_attention_layernorm.weight", {sizes.hidden}});
  for (const auto& [name, rows] : inputs) {
    const std::string projection = layer + "self_attn." + name + "_proj.";
    tensors->push_back({projection + "weight", {rows, sizes.hidden}});
    if (has_bias) tensors->push_back({projection + "bias", {rows}});
  }
  tensors->push_back({layer + "self_attn.o_proj.weight", {sizes.hidden, sizes.hidden}});
}

Model Mixtral(const Sizes& sizes) {
  Model model{OutsideLayers(sizes), ConfigOf(sizes)};
  for (int64_t l = 0; l < sizes.layers; ++l) {
    const std::string layer = "model.layers." + std::to_string(l) + ".";
    AddAttention(layer, sizes, false, &model.tensors);
    const std::string moe = layer + "block_sparse_moe.";
    model.tensors.push_back({moe + "gate.weight", {sizes.experts, sizes.hidden}});
    for (int64_t e = 0; e < sizes.experts; ++e) {
      const std::string expert = moe + "experts." + std::to_string(e) + ".";
      model.tensors.push_back({expert + "w1.weight", {sizes.expert, sizes.hidden}});
      model.tensors.push_back({expert + "w3.weight", {sizes.expert, sizes.hidden}});
      model.tensors.push_back({expert + "w2.weight", {sizes.hidden, sizes.expert}});
    }
  }
  model.config["architectures"] = {"MixtralForCausalLM"};
  model.config["model_type"] = "mixtral";
  model.config["intermediate_size"] = sizes.expert;
  model.config["num_local_experts"] = sizes.experts;
  model.config["num_experts_per_tok"] = 2;
  return model;
}

Model Qwen2Moe(const Sizes& sizes) {
  Model model{OutsideLayers(sizes), ConfigOf(sizes)};
  const auto add_projections = [&](const std::string& prefix, int64_t inner) {
    model.tensors.push_back({prefix + "gate_proj.weight", {inner, sizes.hidden}});
    model.tensors.push_back({prefix + "up_proj.weight", {inner, sizes.hidden}});
    model.tensors.push_back({prefix + "down_proj.weight", {sizes.hidden, inner}});
  };
  for (int64_t l = 0; l < sizes.layers; ++l) {
    const std::string layer = "model.layers." + std::to_string(l) + ".";
    AddAttention(layer, sizes, true, &model.tensors);
    const std::string mlp = layer + "mlp.";
    model.tensors.push_back({mlp + "gate.weight", {sizes.experts, sizes.hidden}});
    model.tensors.push_back({mlp + "shared_expert_gate.weight", {1, sizes.hidden}});
    add_projections(mlp + "shared_expert.", sizes.shared);
    for (int64_t e = 0; e < sizes.experts; ++e) {
      add_projections(mlp + "experts." + std::to_string(e) + ".", sizes.expert);
    }
  }
  model.config["architectures"] = {"Qwen2MoeForCausalLM"};
  model.config["model_type"] = "qwen2_moe";
  model.config["intermediate_size"] = sizes.shared;
  model.config["moe_intermediate_size"] = sizes.expert;
  model.config["shared_expert_intermediate_size"] = sizes.shared;
  model.config["num_experts"] = sizes.experts;
  model.config["num_experts_per_tok"] = 4;
  model.config["mlp_only_layers"] = ordered_json::array();
  model.config["decoder_sparse_step"] = 1;
  return model;
}

Model Matrices(int64_t count, int64_t rows, int64_t columns, int64_t shrink) {
  Model model{{}, ordered_json::object()};
  for (int64_t i = 0; i < count; ++i) {
    model.tensors.push_back(
        {"layers." + std::to_string(i) + ".weight", {rows / shrink, columns / shrink}});
  }
  return model;
}

std::optional<Model> ModelOf(const Arguments& arguments) {
  const int64_t matrices = arguments.layers > 0 ? arguments.layers : 32;
  if (arguments.kind == "mixtral") {
    return Mixtral(Adjusted({2048, 7168, 0, 6, 8, 16, 4, 32000}, arguments));
  }
  if (arguments.kind == "qwen2moe") {
    return Qwen2Moe(Adjusted({1024, 704, 2816, 24, 60, 16, 16, 32000}, arguments));
  }
  if (arguments.kind == "keys") {
    return Qwen2Moe(Adjusted({64, 16, 32, 61, 512, 4, 4, 128}, arguments));
  }
  if (arguments.kind == "weights") return Matrices(matrices, 4096, 4096, arguments.shrink);
  if (arguments.kind == "matrix") return Matrices(1, 28672, 8192, arguments.shrink);
  return std::nullopt;
}

// The bits of a value that are random, and those that are set: together a finite number of about 1.
struct Values {
  uint64_t element_bytes;
  uint64_t random;
  uint64_t set;
};

std::optional<Values> ValuesOf(const std::string& dtype) {
  if (dtype == "BF16") return Values{2, 0x807f'807f'807f'807f, 0x3f00'3f00'3f00'3f00};
  if (dtype == "F16") return Values{2, 0x83ff'83ff'83ff'83ff, 0x3800'3800'3800'3800};
  if (dtype == "F32") return Values{4, 0x807f'ffff'807f'ffff, 0x3f00'0000'3f00'0000};
  if (dtype == "F8_E4M3") return Values{1, 0x8787'8787'8787'8787, 0x3030'3030'3030'3030};
  return std::nullopt;
}

// SplitMix64.
class RandomWords {
 public:
  uint64_t Next() {
    state_ += 0x9e37'79b9'7f4a'7c15;
    uint64_t word = state_;
    word = (word ^ (word >> 30)) * 0xbf58'476d'1ce4'e5b9;
    word = (word ^ (word >> 27)) * 0x94d0'49bb'1331'11eb;
    return word ^ (word >> 31);
  }

 private:
  uint64_t state_ = 0;
};

uint64_t BytesOf(const Tensor& tensor, const Values& values) {
  uint64_t bytes = values.element_bytes;
  for (const int64_t size : tensor.shape) bytes *= static_cast<uint64_t>(size);
  return bytes;
}

std::vector<std::vector<Tensor>> Shards(const std::vector<Tensor>& tensors, const Values& values) {
  std::vector<std::vector<Tensor>> shards(1);
  uint64_t bytes = 0;
  for (const Tensor& tensor : tensors) {
    const uint64_t more = BytesOf(tensor, values);
    if (bytes + more > kShardBytes && !shards.back().empty()) {
      shards.emplace_back();
      bytes = 0;
    }
    shards.back().push_back(tensor);
    bytes += more;
  }
  return shards;
}

// Members of a JSON object, written as they come: an ordered_json looks through all members for
// each that is added. The names need no escaping.
class Members {
 public:
  void Add(const std::string& name, const std::string& value) {
    text_ += (text_.empty() ? "\"" : ",\n\"") + name + "\": " + value;
  }
  std::string text() const { return "{" + text_ + "}"; }

 private:
  std::string text_;
};

std::string HeaderOf(const std::vector<Tensor>& tensors, const std::string& dtype,
                     const Values& values) {
  Members members;
  members.Add("__metadata__", R"({"format": "pt"})");
  uint64_t offset = 0;
  for (const Tensor& tensor : tensors) {
    const uint64_t end = offset + BytesOf(tensor, values);
    members.Add(
        tensor.name,
        ordered_json{{"dtype", dtype}, {"shape", tensor.shape}, {"data_offsets", {offset, end}}}
            .dump());
    offset = end;
  }
  std::string text = members.text();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  return text;
}

// The length of the header in eight bytes, little-endian.
std::string LengthOf(const std::string& header) {
  std::string length;
  for (int shift = 0; shift < 64; shift += 8) {
    length += static_cast<char>((header.size() >> shift) & 0xff);
  }
  return length;
}

void WriteValues(uint64_t bytes, const Values& values, RandomWords* random, std::ofstream* file) {
  std::vector<uint64_t> block((uint64_t{1} << 20) / sizeof(uint64_t));
  while (bytes > 0) {
    for (uint64_t& word : block) word = (random->Next() & values.random) | values.set;
    const uint64_t part = std::min(bytes, uint64_t{1} << 20);
    file->write(reinterpret_cast<const char*>(block.data()), static_cast<std::streamsize>(part));
    bytes -= part;
  }
}

std::string ShardName(size_t number, size_t count) {
  const auto padded = [](size_t n) {
    std::string digits = std::to_string(n);
    return std::string(5 - std::min<size_t>(5, digits.size()), '0') + digits;
  };
  return "model-" + padded(number) + "-of-" + padded(count) + ".safetensors";
}

bool WriteText(const std::filesystem::path& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary);
  file << text;
  return static_cast<bool>(file.flush());
}

bool Write(const Model& model, const Values& values, const Arguments& arguments) {
  const std::filesystem::path out = arguments.out;
  std::filesystem::create_directories(out);
  RandomWords random;
  Members weight_map;
  uint64_t total = 0;
  const std::vector<std::vector<Tensor>> shards = Shards(model.tensors, values);
  for (size_t i = 0; i < shards.size(); ++i) {
    const std::string name = ShardName(i + 1, shards.size());
    const std::string header = HeaderOf(shards[i], arguments.dtype, values);
    uint64_t bytes = 0;
    for (const Tensor& tensor : shards[i]) {
      bytes += BytesOf(tensor, values);
      weight_map.Add(tensor.name, '"' + name + '"');
    }
    total += bytes;
    std::ofstream file(out / name, std::ios::binary);
    file << LengthOf(header) << header;
    if (!arguments.is_hollow) WriteValues(bytes, values, &random, &file);
    if (!file.flush()) return false;
    if (arguments.is_hollow) std::filesystem::resize_file(out / name, 8 + header.size() + bytes);
  }
  Members index;
  index.Add("metadata", ordered_json{{"total_size", total}}.dump());
  index.Add("weight_map", weight_map.text());
  std::cout << arguments.out << ": " << model.tensors.size() << " tensors, " << total
            << " bytes, files: " << shards.size() << '\n';
  return WriteText(out / "model.safetensors.index.json", index.text() + "\n") &&
         WriteText(out / "config.json", model.config.dump(1) + "\n");
}

std::optional<Arguments> Parse(int argc, char** argv) {
  if (argc < 3) return std::nullopt;
  Arguments arguments;
  arguments.kind = argv[1];
  arguments.out = argv[2];
  const std::map<std::string, int64_t*> numbers = {{"--layers", &arguments.layers},
                                                   {"--experts", &arguments.experts},
                                                   {"--shrink", &arguments.shrink}};
  for (int i = 3; i < argc; ++i) {
    const std::string word = argv[i];
    const auto number = numbers.find(word);
    if (word == "--hollow") {
      arguments.is_hollow = true;
      continue;
    }
    if ((number == numbers.end() && word != "--dtype") || ++i == argc) return std::nullopt;
    if (number == numbers.end()) {
      arguments.dtype = argv[i];
    } else {
      *number->second = std::atoll(argv[i]);
    }
  }
  if (arguments.shrink < 1) return std::nullopt;
  return arguments;
}

}  // namespace

int main(int argc, char** argv) {
  const std::optional<Arguments> arguments = Parse(argc, argv);
  const std::optional<Model> model = arguments ? ModelOf(*arguments) : std::nullopt;
  const std::optional<Values> values = arguments ? ValuesOf(arguments->dtype) : std::nullopt;
  if (!model || !values) {
    std::cerr << "usage: make_checkpoint mixtral|qwen2moe|keys|weights|matrix OUT [--layers N] "
                 "[--experts N] [--shrink N] [--dtype BF16|F16|F32|F8_E4M3] [--hollow]\n";
    return 2;
  }
  try {
    if (Write(*model, *values, *arguments)) return 0;
  } catch (const std::filesystem::filesystem_error& error) {
    std::cerr << error.what() << '\n';
    return 3;
  }
  std::cerr << arguments->out << ": cannot write\n";
  return 3;
}
