// Checkpoints of training on the command line: what is wrapped, and directories of ranks.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/checkpoint_files.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "formats/raw_pickle.h"
#include "process/process.h"

namespace weft::test {
namespace {

// F32 tensors in a PyTorch file, below the keys of dicts.
void WriteWrapped(const std::string& path, const FileTensors& tensors,
                  const std::vector<std::string>& keys, const std::string& prefix) {
  std::vector<std::pair<std::string, std::string>> storages;
  std::vector<std::pair<std::string, std::string>> items;
  for (const auto& [name, tensor] : tensors) {
    const std::string key = std::to_string(storages.size());
    const auto elements = static_cast<int64_t>(tensor.data.size() / 4);
    std::vector<int64_t> strides(tensor.shape.size(), 1);
    for (size_t axis = strides.size(); axis-- > 1;) {
      strides[axis - 1] = strides[axis] * tensor.shape[axis];
    }
    items.emplace_back(prefix + name, PickledTensor(key, elements, 0, tensor.shape, strides));
    storages.emplace_back(key, tensor.data);
  }
  std::string object = PickledDict(items);
  for (auto key = keys.rbegin(); key != keys.rend(); ++key) {
    object = PickledDict({{"epoch", PickledInt(3)}, {*key, object}});
  }
  WriteFile(path, TorchZip(Pickle(object), storages));
}

std::string CasePath(const std::string& name) {
  return std::string(WEFT_SOURCE_DIR) + "/tests/training/" + name;
}

TEST_CASE("convert: identity takes off what is wrapped around a model, and says so", "[cli]") {
  const TemporaryDirectory directory;
  const FileTensors tensors = {{"a.w", Counting({2, 3}, 0)}, {"b", Counting({4}, 9)}};
  WriteWrapped(directory / "m.pt", tensors, {"state_dict"}, "module.");
  const Outcome outcome =
      Weft({"convert", directory / "m.pt", directory / "out.safetensors", "--map", "identity"});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.find("'state_dict.module.' is taken off the names") != std::string::npos);
  CheckSame(ReadSafetensors(directory / "out.safetensors"), tensors);
  CHECK(ReadMetadata(directory / "out.safetensors").at("epoch") == "3");
  const Outcome verified =
      Weft({"verify", directory / "out.safetensors", directory / "m.pt", "--map", "identity"});
  CHECK(verified.exit_code == 0);
}

TEST_CASE("convert: --reverse takes nothing off, and inspect and diff show what is there",
          "[cli]") {
  const TemporaryDirectory directory;
  const FileTensors tensors = {{"w", Counting({2, 3}, 0)}};
  WriteWrapped(directory / "m.pt", tensors, {"model"}, "");
  const Outcome outcome = Weft({"convert", directory / "m.pt", directory / "out.safetensors",
                                "--map", "identity", "--reverse"});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CheckSame(ReadSafetensors(directory / "out.safetensors"), {{"model.w", tensors.at("w")}});
  CHECK(Weft({"diff", directory / "m.pt", directory / "out.safetensors"}).exit_code == 0);
  const auto document = nlohmann::json::parse(Weft({"inspect", directory / "m.pt", "--json"}).out);
  CHECK(document["tensors"][0]["name"] == "model.w");
}

TEST_CASE("convert: a mapping acts on a wrapped model behind identity, or when it is detected",
          "[cli]") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "m");
  WriteMixtralDirectory(directory / "plain", 2, MixtralLayer(2));
  std::filesystem::copy(directory / "plain/config.json", directory / "m/config.json");
  WriteWrapped(directory / "m/best.pt", MixtralLayer(2), {"model"}, "");
  const std::vector<std::vector<std::string>> ways = {{"--map", "identity", "--map", "mixtral"},
                                                      {}};
  for (const std::vector<std::string>& way : ways) {
    std::vector<std::string> arguments = {"convert", directory / "m/best.pt",
                                          directory / "out.safetensors", "--force"};
    arguments.insert(arguments.end(), way.begin(), way.end());
    const Outcome outcome = Weft(arguments);
    INFO(outcome.err);
    CHECK(outcome.exit_code == 0);
    CheckSame(ReadSafetensors(directory / "out.safetensors"), FusedMixtralLayer(2));
  }
  // A mapping that is named sees the names as they are.
  const Outcome named = Weft({"convert", directory / "m/best.pt", directory / "out.safetensors",
                              "--force", "--map", "mixtral"});
  CHECK(named.exit_code == 0);
  CHECK(ReadSafetensors(directory / "out.safetensors").count("model.model.norm.weight") == 1);
}

TEST_CASE("convert: a directory of DeepSpeed with its side files, but not what leads to it",
          "[cli]") {
  const TemporaryDirectory directory;
  const Outcome outcome =
      Weft({"convert", CasePath("deepspeed/run"), directory / "out", "--map", "identity"});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.find("flags, steps") != std::string::npos);
  CheckSame(ReadDirectory(directory / "out"),
            ReadSafetensors(CasePath("deepspeed/groups_of_bf16.safetensors")));
  CHECK(ListTree(directory / "out") ==
        std::vector<std::string>{"config.json", "model.safetensors"});
}

TEST_CASE("load: a distributed checkpoint", "[cli]") {
  const Outcome outcome =
      Weft({"load", CasePath("dcp/mesh"), "--map", "identity", "--borrow", "--json"});
  INFO(outcome.err);
  CHECK(outcome.exit_code == 0);
  const TemporaryDirectory directory;
  FileTensors expected;
  for (const auto& [name, tensor] : ReadSafetensors(CasePath("dcp/mesh.safetensors"))) {
    expected.emplace(name.substr(std::string("model.").size()), tensor);
  }
  WriteSafetensors(directory / "expected.safetensors", expected);
  const Outcome other =
      Weft({"load", directory / "expected.safetensors", "--map", "identity", "--json"});
  CHECK(nlohmann::json::parse(outcome.out)["digest"] == nlohmann::json::parse(other.out)["digest"]);
}

}  // namespace
}  // namespace weft::test
