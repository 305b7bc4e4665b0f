// One bit of a converted checkpoint is flipped, and verify says where it came from.
//
// What it must say is worked out here, from the headers of the files and what the rules mean, and
// not from a plan.
#include <catch2/catch.hpp>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "files/temporary_directory.h"
#include "weft/weft.h"

namespace weft::test {
namespace {

struct Stored {
  std::string file;
  uint64_t offset = 0;  // from the start of the file
  std::vector<uint64_t> shape;

  uint64_t elements() const {
    uint64_t product = 1;
    for (const uint64_t size : shape) product *= size;
    return product;
  }
};

// Where the tensors of a safetensors file begin, read from its header.
void ReadHeader(const std::string& directory, const std::string& file,
                std::map<std::string, Stored>& tensors) {
  const std::string bytes = ReadFile(directory + "/" + file);
  REQUIRE(bytes.size() > 8);
  uint64_t length = 0;
  std::memcpy(&length, bytes.data(), 8);
  const auto header = nlohmann::json::parse(bytes.substr(8, length));
  for (const auto& [name, tensor] : header.items()) {
    if (name == "__metadata__") continue;
    REQUIRE(tensor["dtype"] == "BF16");
    tensors[name] = {file, 8 + length + tensor["data_offsets"][0].get<uint64_t>(),
                     tensor["shape"].get<std::vector<uint64_t>>()};
  }
}

struct Element {
  std::string tensor;
  uint64_t number = 0;
};

bool EndsWith(const std::string& text, const std::string& end) {
  return text.size() >= end.size() && text.substr(text.size() - end.size()) == end;
}

// The element of the published Mixtral that the fused one holds there: gate above up, expert behind
// expert.
Element SourceOf(const std::string& tensor, const std::vector<uint64_t>& shape, uint64_t element) {
  const std::string fused = ".mlp.experts.gate_up_proj";
  const std::string down = ".mlp.experts.down_proj";
  const std::string router = ".mlp.gate.weight";
  const auto expert_name = [&](const std::string& end, uint64_t expert, const char* weight) {
    return tensor.substr(0, tensor.size() - end.size()) + ".block_sparse_moe.experts." +
           std::to_string(expert) + "." + weight + ".weight";
  };
  if (EndsWith(tensor, fused)) {
    const uint64_t expert = element / (shape[1] * shape[2]);
    const uint64_t row = element / shape[2] % shape[1];
    const uint64_t column = element % shape[2];
    const uint64_t half = shape[1] / 2;
    return row < half ? Element{expert_name(fused, expert, "w1"), row * shape[2] + column}
                      : Element{expert_name(fused, expert, "w3"), (row - half) * shape[2] + column};
  }
  if (EndsWith(tensor, down)) {
    const uint64_t of_one = shape[1] * shape[2];
    return {expert_name(down, element / of_one, "w2"), element % of_one};
  }
  if (EndsWith(tensor, router)) {
    return {tensor.substr(0, tensor.size() - router.size()) + ".block_sparse_moe.gate.weight",
            element};
  }
  return {tensor, element};
}

void Put(const std::string& path, uint64_t offset, char byte) {
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(static_cast<std::streamoff>(offset));
  file.put(byte);
  REQUIRE(file.good());
}

}  // namespace

TEST_CASE("verify: each of 1,000 flipped bits is found, with tensor, element and source",
          "[end_to_end]") {
  const std::string source_path = WEFT_SOURCE_DIR "/examples/checkpoints/mixtral-tiny";
  const TemporaryDirectory directory;
  const auto source = Checkpoint::Open(source_path);
  REQUIRE(source.ok());
  const auto mapping = Mapping::Builtin("mixtral");
  REQUIRE(mapping.ok());
  const auto plan = Compile({*mapping}, source->catalog());
  REQUIRE(plan.ok());
  const std::string candidate_file = "fused.safetensors";
  const std::string candidate_path = directory / candidate_file;
  REQUIRE(Convert(*plan, *source, candidate_path).ok());

  std::map<std::string, Stored> source_tensors;
  ReadHeader(source_path, "model-00001-of-00002.safetensors", source_tensors);
  ReadHeader(source_path, "model-00002-of-00002.safetensors", source_tensors);
  std::map<std::string, Stored> fused_tensors;
  ReadHeader(directory / "", candidate_file, fused_tensors);
  REQUIRE(fused_tensors.count("model.layers.1.mlp.experts.gate_up_proj") == 1);
  std::vector<Element> elements;  // of the candidate, all of them
  for (const auto& [name, tensor] : fused_tensors) {
    for (uint64_t i = 0; i < tensor.elements(); ++i) elements.push_back({name, i});
  }
  const std::string bytes = ReadFile(candidate_path);

  std::mt19937_64 random(20240607);
  VerifyOptions options;
  options.threads = 1;
  for (int i = 0; i < 1'000; ++i) {
    const Element& flipped = elements[random() % elements.size()];
    const uint64_t byte_of_element = random() % 2;
    const auto mask = static_cast<char>(1 << random() % 8);
    const Stored& stored = fused_tensors.at(flipped.tensor);
    const uint64_t offset = stored.offset + 2 * flipped.number + byte_of_element;
    Put(candidate_path, offset, static_cast<char>(bytes[offset] ^ mask));
    const auto candidate = Checkpoint::Open(candidate_path);
    REQUIRE(candidate.ok());
    const auto report = Verify(*plan, *source, *candidate, options);
    REQUIRE(report.ok());
    Put(candidate_path, offset, bytes[offset]);

    const Element from = SourceOf(flipped.tensor, stored.shape, flipped.number);
    const Stored& source_tensor = source_tensors.at(from.tensor);
    REQUIRE(report->total_findings == 1);
    const Finding& finding = report->findings[0];
    REQUIRE(finding.kind == FindingKind::kData);
    REQUIRE(finding.tensor == flipped.tensor);
    REQUIRE(finding.element == flipped.number);
    REQUIRE(finding.differing_elements == 1);
    REQUIRE(finding.source_tensor == from.tensor);
    REQUIRE(finding.source_file == source_tensor.file);
    REQUIRE(finding.source_offset_bytes == source_tensor.offset + 2 * from.number);
  }
}

}  // namespace weft::test
