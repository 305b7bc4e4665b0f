// Checkpoints of several files, read and written.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "end_to_end/mixtral_tiny.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

// Deals the tensors out, so that the members of every list are in all shards.
std::vector<FileTensors> Dealt(const FileTensors& tensors, size_t shards) {
  std::vector<FileTensors> dealt(shards);
  size_t next = 0;
  for (const auto& [name, tensor] : tensors) dealt[next++ % shards][name] = tensor;
  return dealt;
}

size_t DataBytes(const FileTensors& tensors) {
  size_t bytes = 0;
  for (const auto& entry : tensors) bytes += entry.second.data.size();
  return bytes;
}

void Convert(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"convert", "--no-sync"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  const Outcome outcome = Weft(words);
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
}

// The files of a checkpoint in `directory`, and that no file is larger than `limit` bytes of data,
// but for one tensor that is.
void CheckShards(const std::string& directory, size_t limit, size_t at_least) {
  const auto index = nlohmann::json::parse(ReadFile(directory + "/model.safetensors.index.json"));
  std::vector<std::string> shards;
  for (const std::string& name : ListTree(directory)) {
    if (name.rfind("model-", 0) == 0) shards.push_back(name);
  }
  CHECK(shards.size() >= at_least);
  size_t total = 0;
  for (size_t i = 0; i < shards.size(); ++i) {
    char name[48];
    std::snprintf(name, sizeof(name), "model-%05zu-of-%05zu.safetensors", i + 1, shards.size());
    CHECK(shards[i] == name);
    const FileTensors tensors = ReadSafetensors(directory + "/" + shards[i]);
    total += DataBytes(tensors);
    CHECK((DataBytes(tensors) <= limit || tensors.size() == 1));
  }
  CHECK(index["metadata"]["total_size"] == total);
}

}  // namespace

TEST_CASE("shards: three in, many out, and back, bit for bit", "[end_to_end]") {
  const TemporaryDirectory directory;
  const FileTensors tensors = MixtralTiny();
  WriteMixtral(directory / "one", {tensors});
  WriteMixtral(directory / "three", Dealt(tensors, 3));
  Convert({directory / "one", directory / "fused"});
  const FileTensors fused = ReadDirectory(directory / "fused");
  CHECK(fused.count("model.layers.1.mlp.experts.gate_up_proj") == 1);

  Convert({directory / "three", directory / "shards", "--max-shard-size", "3KB"});
  CheckSame(ReadDirectory(directory / "shards"), fused);
  CheckShards(directory / "shards", 3'000, 4);

  Convert({directory / "shards", directory / "back", "--reverse", "--max-shard-size", "2KB"});
  CheckSame(ReadDirectory(directory / "back"), tensors);
  CheckShards(directory / "back", 2'000, 10);
  CHECK(ReadFile(directory / "back/config.json") == ReadFile(directory / "one/config.json"));
}

TEST_CASE("shards: the index file itself may be the source", "[end_to_end]") {
  const TemporaryDirectory directory;
  WriteMixtral(directory / "three", Dealt(MixtralTiny(), 3));
  Convert({directory / "three/model.safetensors.index.json", directory / "a.safetensors"});
  Convert({directory / "three", directory / "b.safetensors"});
  CHECK(ReadFile(directory / "a.safetensors") == ReadFile(directory / "b.safetensors"));
}

TEST_CASE("shards: threads and memory do not change a byte of them", "[end_to_end]") {
  const TemporaryDirectory directory;
  WriteMixtral(directory / "three", Dealt(MixtralTiny(), 3));
  const auto options = [&](const char* name, const char* threads, const char* memory) {
    return std::vector<std::string>{
        directory / "three", directory / name, "--max-shard-size", "3KB",
        "--threads",         threads,          "--memory",         memory};
  };
  Convert(options("first", "1", "64MiB"));
  Convert(options("second", "4", "1MiB"));
  const std::vector<std::string> files = ListTree(directory / "first");
  CHECK(ListTree(directory / "second") == files);
  for (const std::string& file : files) {
    INFO(file);
    CHECK(ReadFile(directory / ("first/" + file)) == ReadFile(directory / ("second/" + file)));
  }
}

}  // namespace weft::test
