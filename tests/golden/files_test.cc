// Files that PyTorch and MindSpore wrote, read as those programs read them.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "golden/cases.h"
#include "io/error_of.h"
#include "weft/weft.h"

namespace weft::test {
namespace {

struct Opened {
  Checkpoint checkpoint;
  Plan plan;
};

Opened OpenWith(const std::string& path, const std::vector<Mapping>& mappings,
                const std::string& config = "", Direction direction = Direction::kForward,
                const std::map<std::string, std::string>& set = {}) {
  OpenOptions open;
  if (direction == Direction::kForward && !mappings.empty() &&
      mappings.front().part_files() != nullptr) {
    open.part_files = *mappings.front().part_files();
  }
  absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(path, open);
  INFO(checkpoint.status());
  REQUIRE(checkpoint.ok());
  CompileOptions compile;
  compile.direction = direction;
  compile.set = set;
  if (!config.empty()) compile.config_json = ReadFile(config);
  absl::StatusOr<Plan> plan = Compile(mappings, checkpoint->catalog(), compile);
  INFO(plan.status());
  REQUIRE(plan.ok());
  return {*std::move(checkpoint), *std::move(plan)};
}

FileTensors LoadTensors(const Opened& opened) {
  const absl::StatusOr<LoadedCheckpoint> loaded = Load(opened.plan, opened.checkpoint);
  INFO(loaded.status());
  REQUIRE(loaded.ok());
  FileTensors tensors;
  for (const LoadedTensor& tensor : loaded->tensors) {
    FileTensor& copy = tensors[tensor.name];
    copy.dtype = NameOf(tensor.dtype);
    copy.shape.assign(tensor.shape.begin(), tensor.shape.end());
    if (tensor.size_bytes > 0) copy.data.assign(tensor.data, tensor.size_bytes);
  }
  return tensors;
}

FileTensors LoadTensors(const std::string& path) { return LoadTensors(OpenWith(path, {})); }

void Write(const Opened& opened, const std::string& destination, const std::string& format = "") {
  ConvertOptions options;
  options.format = format;
  options.sync = false;
  const absl::StatusOr<ConvertReport> report =
      Convert(opened.plan, opened.checkpoint, destination, options);
  INFO(report.status());
  REQUIRE(report.ok());
}

// A file, and what its own program reads from it.
struct GoldenFile {
  std::string file;
  std::string expected;
};

std::vector<GoldenFile> FilesIn(const std::string& folder, const std::vector<GoldenFile>& names) {
  std::vector<GoldenFile> files;
  for (const GoldenFile& name : names) {
    files.push_back({folder + name.file, folder + name.expected + ".expected.safetensors"});
  }
  return files;
}

std::vector<GoldenFile> TorchFiles() {
  std::vector<GoldenFile> files =
      FilesIn(WEFT_SOURCE_DIR "/tests/golden/files/", {{"views.pt", "views"},
                                                       {"views_legacy.pt", "views"},
                                                       {"dtypes.pt", "dtypes"},
                                                       {"dtypes_legacy.pt", "dtypes_legacy"},
                                                       {"nested.pt", "nested"},
                                                       {"nested_protocol5.pt", "nested"}});
  if (SharedGoldenFolder().empty()) return files;
  for (GoldenFile& file :
       FilesIn(SharedGoldenFolder() + "/seeds/torch_files/", {{"views.pt", "views"},
                                                              {"views_legacy.pt", "views"},
                                                              {"views_protocol4.pt", "views"},
                                                              {"dtypes.pt", "dtypes"},
                                                              {"dtypes_legacy.pt", "dtypes"},
                                                              {"new_dtypes.pt", "new_dtypes"},
                                                              {"nested.pt", "nested"},
                                                              {"nested_legacy.pt", "nested"},
                                                              {"nested_protocol5.pt", "nested"}})) {
    files.push_back(std::move(file));
  }
  return files;
}

// `folder` with all that is below it, whatever the shared folder has.
std::vector<GoldenFile> MindSporeFiles() {
  std::vector<GoldenFile> files;
  const std::string shared = SharedGoldenFolder();
  if (shared.empty()) return files;
  files = FilesIn(shared + "/seeds/mindspore/", {{"all_dtypes.ckpt", "all_dtypes"},
                                                 {"crc.ckpt", "crc"},
                                                 {"sliced.ckpt", "sliced"},
                                                 {"sliced_numpy_path.ckpt", "sliced"}});
  for (const auto& entry : std::filesystem::directory_iterator(shared + "/mindformers")) {
    const std::string folder = entry.path().string() + "/";
    if (!std::filesystem::exists(folder + "expected.ckpt")) continue;
    files.push_back({folder + "expected.ckpt", folder + "expected.safetensors"});
  }
  return files;
}

}  // namespace

TEST_CASE("golden files: what PyTorch wrote is read as PyTorch reads it", "[golden]") {
  for (const GoldenFile& golden : TorchFiles()) {
    INFO(golden.file);
    const FileTensors expected = ReadSafetensors(golden.expected);
    REQUIRE(expected.size() > 5);
    const Opened opened = OpenWith(golden.file, {});
    CheckSame(LoadTensors(opened), expected);
    const TemporaryDirectory directory;
    for (const std::string file : {"out.safetensors", "out.pt"}) {
      Write(opened, directory / file);
      CheckSame(LoadTensors(directory / file), expected);
    }
    CheckSame(ReadSafetensors(directory / "out.safetensors"), expected);
  }
}

TEST_CASE("golden files: what MindSpore wrote is read as MindSpore reads it, and written back",
          "[golden]") {
  const std::vector<GoldenFile> files = MindSporeFiles();
  CHECK((files.empty() || files.size() > 40));
  for (const GoldenFile& golden : files) {
    INFO(golden.file);
    const FileTensors expected = ReadSafetensors(golden.expected);
    const Opened opened = OpenWith(golden.file, {});
    CheckSame(LoadTensors(opened), expected);
    const TemporaryDirectory directory;
    Write(opened, directory / "out.ckpt", "mindspore");
    Write(opened, directory / "out.safetensors", "mindspore-safetensors");
    CheckSame(LoadTensors(directory / "out.ckpt"), expected);
    CheckSame(ReadSafetensors(directory / "out.safetensors"), expected);
  }
}

TEST_CASE("golden files: texts beside the tensors become metadata", "[golden]") {
  const auto metadata = [](const std::string& path) {
    const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(path);
    REQUIRE(checkpoint.ok());
    return checkpoint->catalog()->metadata;
  };
  const auto own = metadata(WEFT_SOURCE_DIR "/tests/golden/files/nested.pt");
  CHECK(own.at("epoch") == "3");
  CHECK(own.at("name") == "\xE5\xB1\xA4");
  if (SharedGoldenFolder().empty()) return;
  const auto nested = metadata(SharedGoldenFolder() + "/seeds/torch_files/nested.pt");
  CHECK(nested.at("epoch") == "3");
  CHECK(nested.at("global_step") == "1099511627776");
  CHECK(nested.at("neg") == "-5");
  CHECK(nested.at("lr") == "0.0001");
  CHECK(nested.at("name") == "\xCF\x84\xE8\xAF\xAD\xE9\x9F\xB3");
  CHECK(nested.at("none") == "None");
  CHECK(nested.at("flag") == "True");
  CHECK(nested.at("betas") == "(0.9, 0.98)");
  CHECK(nested.at("long") == "1180591620717411303424");
  CHECK(nested.at("dtype") == "torch.bfloat16");
  const auto mindspore = metadata(SharedGoldenFolder() + "/seeds/mindspore/all_dtypes.ckpt");
  CHECK(mindspore.at("network") == "tiny \xE7\xBD\x91\xE7\xBB\x9C");
}

TEST_CASE("golden files: odd files of PyTorch are handled or refused as documented", "[golden]") {
  if (SharedGoldenFolder().empty()) return;
  const std::string folder = SharedGoldenFolder() + "/seeds/torch_files/";
  for (const std::string file : {"conj.pt", "sparse.pt", "quantized.pt", "meta.pt"}) {
    CAPTURE(file);
    CHECK(ErrorNameOf(Checkpoint::Open(folder + file)) == "UNSUPPORTED_FEATURE");
  }
  const FileTensors space = LoadTensors(folder + "namespace.pt");
  REQUIRE(space.size() == 1);
  CHECK(space.at("w").shape == std::vector<int64_t>{2, 2});
  const FileTensors bare = LoadTensors(folder + "bare_tensor.pt");
  REQUIRE(bare.size() == 1);
  CHECK(bare.at("").shape == std::vector<int64_t>{2, 3});
  const FileTensors list = LoadTensors(folder + "list.pt");
  REQUIRE(list.size() == 2);
  CHECK(list.at("0").shape == std::vector<int64_t>{2});
  CHECK(list.at("1").shape == std::vector<int64_t>{3});
}

TEST_CASE("golden files: EnCodec's own .th files, there and back", "[golden]") {
  if (SharedGoldenFolder().empty()) return;
  for (const std::string name : {"encodec_24khz", "encodec_32khz", "encodec_48khz"}) {
    CAPTURE(name);
    const std::string folder = SharedGoldenFolder() + "/seeds/" + name + "/";
    const std::string config = folder + "hf/config.json";
    const Mapping mapping = *Mapping::Builtin(name);
    const Opened there = OpenWith(folder + "original.th", {mapping}, config);
    const FileTensors expected = ReadSafetensors(folder + "hf/model.safetensors");
    CheckSame(LoadTensors(there), expected);
    const TemporaryDirectory directory;
    Write(there, directory / "hf.bin");
    const Opened back = OpenWith(directory / "hf.bin", {mapping}, config, Direction::kReverse);
    Write(back, directory / "back.th");
    CheckSame(LoadTensors(directory / "back.th"), ReadSafetensors(folder + "original.safetensors"));
  }
}

TEST_CASE("golden files: Gemma's own .ckpt files", "[golden]") {
  if (SharedGoldenFolder().empty()) return;
  // The release holds its state in a dict of its own.
  const absl::StatusOr<Mapping> state = Mapping::FromJson(
      R"({"weft": 1, "stages": [[{"rename": "model_state_dict.{p*}", "to": "{p*}"}]]})", "state");
  INFO(state.status());
  REQUIRE(state.ok());
  for (const std::string name : {"gemma_mqa", "gemma_mha", "gemma2_gqa"}) {
    CAPTURE(name);
    const std::string folder = SharedGoldenFolder() + "/hf_scripts/" + name + "/";
    const Mapping mapping =
        *Mapping::Builtin(name == "gemma2_gqa" ? "gemma2_original" : "gemma_original");
    const Opened opened =
        OpenWith(folder + "src/model.ckpt", {*state, mapping}, folder + "config.json");
    const FileTensors expected = ReadSafetensors(folder + "expected.safetensors");
    CheckSame(LoadTensors(opened), expected);
    const TemporaryDirectory directory;
    Write(opened, directory / "out", "pytorch");
    Write(opened, directory / "out.npz");
    CheckSame(LoadTensors(directory / "out"), expected);
    CheckSame(LoadTensors(directory / "out.npz"), expected);
  }
}

TEST_CASE("golden files: Meta's part files of Llama, there and back", "[golden]") {
  if (SharedGoldenFolder().empty()) return;
  const Mapping mapping = *Mapping::Builtin("llama_original");
  for (const auto& [name, parts] :
       std::map<std::string, int>{{"llama1_single", 1}, {"llama1_tp4", 4}, {"llama3_gqa_tp2", 2}}) {
    CAPTURE(name);
    const std::string folder = SharedGoldenFolder() + "/hf_scripts/" + name + "/";
    const FileTensors expected = ReadSafetensors(folder + "expected_nocast.safetensors");
    // Either config tells the heads: that of the release, and that of Transformers.
    const Opened there = OpenWith(folder + "src", {mapping}, folder + "src/params.json");
    CheckSame(LoadTensors(there), expected);
    CheckSame(LoadTensors(OpenWith(folder + "src", {mapping}, folder + "config.json")), expected);

    const TemporaryDirectory directory;
    Write(there, directory / "hf");
    const Opened back = OpenWith(directory / "hf", {mapping}, folder + "config.json",
                                 Direction::kReverse, {{"parts", std::to_string(parts)}});
    Write(back, directory / "parts");
    for (int part = 0; part < parts; ++part) {
      const std::string file = "/consolidated.0" + std::to_string(part) + ".pth";
      FileTensors source = LoadTensors(folder + "src" + file);
      source.erase("rope.freqs");  // which the mapping drops
      CheckSame(LoadTensors(directory / ("parts" + file)), source);
    }
  }
}

}  // namespace weft::test
