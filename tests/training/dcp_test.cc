// Directories that torch.distributed.checkpoint saves.
#include <catch2/catch.hpp>
#include <filesystem>

#include "files/temporary_directory.h"
#include "formats/raw_pickle.h"
#include "training/opened.h"

namespace weft::test {
namespace {

namespace fs = std::filesystem;

void CheckCase(const std::string& name) {
  const Checkpoint checkpoint = Opened(CasePath("dcp/" + name));
  CHECK(checkpoint.catalog()->format == "dcp");
  CheckSame(TensorsOf(checkpoint), ReadSafetensors(CasePath("dcp/" + name + ".safetensors")));
  for (const TensorInfo& tensor : checkpoint.catalog()->tensors) {
    INFO(tensor.name);
    const std::string whole = BytesInSteps(checkpoint, tensor, 1U << 20U);
    for (const uint64_t step_bytes : {uint64_t{1}, uint64_t{5}, uint64_t{16}, uint64_t{33}}) {
      CHECK(BytesInSteps(checkpoint, tensor, step_bytes) == whole);
    }
  }
}

// A copy of a case that a test may spoil.
struct Copy {
  explicit Copy(const std::string& name) {
    fs::copy(CasePath("dcp/" + name), directory.path(), fs::copy_options::recursive);
  }
  std::string path() const { return directory.path().string(); }

  TemporaryDirectory directory;
};

// Replaces all places of a text in a file by another one of the same length.
void Replace(const std::string& path, const std::string& from, const std::string& to) {
  REQUIRE(from.size() == to.size());
  std::string bytes = ReadFile(path);
  size_t at = bytes.find(from);
  REQUIRE(at != std::string::npos);
  for (; at != std::string::npos; at = bytes.find(from, at)) bytes.replace(at, to.size(), to);
  WriteFile(path, bytes);
}

TEST_CASE("dcp: tensors that one process saved", "[training]") {
  CheckCase("single");
  const Checkpoint checkpoint = Opened(CasePath("dcp/single"));
  const std::map<std::string, std::string>& metadata = checkpoint.catalog()->metadata;
  CHECK(metadata.at("epoch") == "3");
  CHECK(metadata.at("note") == "a text");
  CHECK(metadata.at("lr") == "0.5");
  CHECK(metadata.at("sizes") == "[1, 2]");
  const TensorInfo& weight = TensorNamed(checkpoint, "weight");
  CHECK_FALSE(checkpoint.catalog()->files[weight.file].is_decoded());
}

TEST_CASE("dcp: tensors that are split over a mesh along one axis and several", "[training]") {
  CheckCase("mesh");
  CHECK(Opened(CasePath("dcp/mesh")).catalog()->metadata.at("step") == "7");
}

TEST_CASE("dcp: the metadata stands for its directory", "[training]") {
  const Copy copy("single");
  WriteSafetensors(copy.directory / "model.safetensors", {{"w", Counting({2}, 0)}});
  CHECK(ErrorOfOpening(copy.path()).code == ErrorCode::kSeveralCheckpoints);
  CheckSame(TensorsOf(Opened(copy.directory / ".metadata")),
            ReadSafetensors(CasePath("dcp/single.safetensors")));
}

TEST_CASE("dcp: a file that the metadata names must be there", "[training]") {
  const Copy copy("mesh");
  fs::remove(copy.directory / "__2_0.distcp");
  CHECK(Refuses(copy.path(), ErrorCode::kMissingPart, "__2_0.distcp"));
  fs::remove(copy.directory / ".metadata");
  CHECK(Refuses(copy.path(), ErrorCode::kMissingPart, "'.metadata'"));
}

TEST_CASE("dcp: a file that was cut is refused", "[training]") {
  const Copy copy("single");
  fs::resize_file(copy.directory / "__0_0.distcp", 4000);
  CHECK(Refuses(copy.path(), ErrorCode::kTruncated, "__0_0.distcp"));
}

TEST_CASE("dcp: a place outside of the directory is refused", "[training]") {
  const Copy copy("single");
  Replace(copy.directory / ".metadata", "__0_0.distcp", "../0_.distcp");
  CHECK(Refuses(copy.path(), ErrorCode::kUnsafePath, "../0_.distcp"));
}

TEST_CASE("dcp: what lies at a place must be what the metadata says", "[training]") {
  const Copy type("single");
  Replace(type.directory / ".metadata", "float64", "float16");
  CHECK(Refuses(type.path(), ErrorCode::kBadDtype, "F64"));
  const Copy classes("single");
  Replace(classes.directory / ".metadata", "TensorStorageMetadata", "TensorStorageMetaData");
  CHECK(Refuses(classes.path(), ErrorCode::kUnknownGlobal, "TensorStorageMetaData"));
  const Copy name("single");
  Replace(name.directory / ".metadata", "fqn", "fqm");
  CHECK(Refuses(name.path(), ErrorCode::kBadHeaderSyntax, "storage_data"));
  const Copy trailing("single");
  WriteFile(trailing.directory / ".metadata",
            ReadFile(trailing.directory / ".metadata") + std::string(3, '\0'));
  CHECK(Refuses(trailing.path(), ErrorCode::kTrailingData, "3 bytes"));
}

// An object whose attributes are `state`.
std::string PickledBuilt(const std::string& module, const std::string& name,
                         const std::string& state) {
  return PickledGlobal(module, name) + ")\x81" + state + "b";
}

// A dict whose keys are values.
std::string PickledItems(const std::vector<std::string>& keys,
                         const std::vector<std::string>& values) {
  std::string out = "}(";
  for (size_t i = 0; i < keys.size(); ++i) out += keys[i] + values[i];
  return out + "u";
}

// A .metadata with one tensor of 4 x 4 F32, cut as told.
std::string MetadataOf(
    const std::vector<std::pair<std::vector<int64_t>, std::vector<int64_t>>>& chunks) {
  const std::string module = "torch.distributed.checkpoint.metadata";
  std::vector<std::string> pickled;
  std::vector<std::pair<std::string, std::string>> places;
  std::vector<std::string> keys;
  std::vector<std::string> infos;
  for (const auto& [begin, sizes] : chunks) {
    pickled.push_back(PickledBuilt(
        module, "ChunkStorageMetadata",
        PickledDict({{"offsets", PickledSizes(begin)}, {"sizes", PickledSizes(sizes)}})));
    keys.push_back(
        PickledBuilt(module, "MetadataIndex",
                     PickledDict({{"fqn", PickledText("w")}, {"offset", PickledSizes(begin)}})));
    infos.push_back(PickledBuilt("torch.distributed.checkpoint.filesystem", "_StorageInfo",
                                 PickledDict({{"relative_path", PickledText("__0_0.distcp")},
                                              {"offset", PickledInt(0)},
                                              {"length", PickledInt(0)}})));
  }
  const std::string properties =
      PickledBuilt(module, "TensorProperties", PickledTuple({PickledGlobal("torch", "float32")}));
  const std::string tensor = PickledBuilt(module, "TensorStorageMetadata",
                                          PickledDict({{"properties", properties},
                                                       {"size", PickledSizes({4, 4})},
                                                       {"chunks", PickledList(pickled)}}));
  return Pickle(PickledBuilt(module, "Metadata",
                             PickledDict({{"state_dict_metadata", PickledDict({{"w", tensor}})},
                                          {"storage_data", PickledItems(keys, infos)}})));
}

struct WrittenMetadata {
  explicit WrittenMetadata(
      const std::vector<std::pair<std::vector<int64_t>, std::vector<int64_t>>>& chunks) {
    WriteFile(directory / ".metadata", MetadataOf(chunks));
    WriteFile(directory / "__0_0.distcp", "");
  }
  std::string path() const { return directory.path().string(); }

  TemporaryDirectory directory;
};

TEST_CASE("dcp: chunks must fill the tensor and share nothing", "[training]") {
  CHECK(Refuses(WrittenMetadata({{{0, 0}, {4, 4}}}).path(), ErrorCode::kUnknownFormat, "__0_0"));
  CHECK(Refuses(WrittenMetadata({{{0, 0}, {2, 4}}}).path(), ErrorCode::kOffsetHole,
                "8 elements together, and it has 16"));
  CHECK(Refuses(WrittenMetadata({{{0, 0}, {4, 2}}, {{0, 1}, {4, 2}}}).path(),
                ErrorCode::kOffsetOverlap, "shares elements with the chunk at [0, 0]"));
  CHECK(Refuses(WrittenMetadata({{{0, 0}, {3, 4}}, {{1, 0}, {3, 4}}}).path(),
                ErrorCode::kOffsetOverlap, "more elements"));
  CHECK(Refuses(WrittenMetadata({{{0, 2}, {4, 3}}}).path(), ErrorCode::kOffsetRange, "beyond"));
  CHECK(Refuses(WrittenMetadata({{{-1, 0}, {4, 4}}}).path(), ErrorCode::kOffsetRange, "beyond"));
  CHECK(Refuses(WrittenMetadata({{{0}, {4}}}).path(), ErrorCode::kOffsetRange, "beyond"));
  CHECK(Refuses(WrittenMetadata({}).path(), ErrorCode::kOffsetHole, "0 elements together"));
  CHECK(Refuses(WrittenMetadata({{{0, 0}, {4, 4}}, {{0, 0}, {4, 4}}}).path(),
                ErrorCode::kDuplicateName, "twice"));
}

TEST_CASE("dcp: every truncation of the metadata is refused", "[training]") {
  const Copy copy("single");
  const std::string whole = ReadFile(copy.directory / ".metadata");
  for (size_t size = 0; size < whole.size(); ++size) {
    WriteFile(copy.directory / ".metadata", whole.substr(0, size));
    INFO(size);
    CHECK_FALSE(Checkpoint::Open(copy.path()).ok());
  }
}

}  // namespace
}  // namespace weft::test
