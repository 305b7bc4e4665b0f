// Directories that torch.distributed.checkpoint saves.
#include <catch2/catch.hpp>
#include <filesystem>

#include "files/temporary_directory.h"
#include "formats/raw_pickle.h"
#include "training/opened.h"
#include "training/written_dcp.h"
#include "weft/diagnostic.h"

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

// A .metadata with one tensor of 4 x 4 F32, cut as told; each chunk at the beginning of the file.
std::string MetadataOf(
    const std::vector<std::pair<std::vector<int64_t>, std::vector<int64_t>>>& chunks,
    uint64_t chunk_bytes) {
  const std::string module = "torch.distributed.checkpoint.metadata";
  std::vector<std::string> pickled;
  std::vector<std::string> keys;
  std::vector<std::string> infos;
  for (const auto& [begin, sizes] : chunks) {
    pickled.push_back(PickledBuilt(
        module, "ChunkStorageMetadata",
        PickledDict({{"offsets", PickledSizes(begin)}, {"sizes", PickledSizes(sizes)}})));
    keys.push_back(
        PickledBuilt(module, "MetadataIndex",
                     PickledDict({{"fqn", PickledText("w")}, {"offset", PickledSizes(begin)}})));
    infos.push_back(PickledPlace(0, chunk_bytes));
  }
  const std::string tensor = PickledBuilt(module, "TensorStorageMetadata",
                                          PickledDict({{"properties", PickledProperties()},
                                                       {"size", PickledSizes({4, 4})},
                                                       {"chunks", PickledList(pickled)}}));
  return Pickle(PickledBuilt(module, "Metadata",
                             PickledDict({{"state_dict_metadata", PickledDict({{"w", tensor}})},
                                          {"storage_data", PickledItems(keys, infos)}})));
}

struct WrittenMetadata {
  explicit WrittenMetadata(
      const std::vector<std::pair<std::vector<int64_t>, std::vector<int64_t>>>& chunks,
      uint64_t chunk_bytes = 0) {
    WriteFile(directory / ".metadata", MetadataOf(chunks, chunk_bytes));
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

TEST_CASE("dcp: no two chunks or values lie at one place", "[training]") {
  CHECK(Refuses(WrittenMetadata({{{0, 0}, {2, 4}}, {{2, 0}, {2, 4}}}, 8).path(),
                ErrorCode::kOffsetOverlap, "in what 'w' takes"));
  DcpItem second = ValueItem({"b"}, PickledInt(2));
  second.place = {{0, 64}};
  CHECK(Refuses(WrittenDcp({ValueItem({"a"}, PickledInt(1)), second}).path(),
                ErrorCode::kOffsetOverlap, "'a'"));
  // The last byte of the one is the first of the other.
  DcpItem first = ValueItem({"a"}, PickledInt(1));
  first.place = {{0, first.object.size() + 1}};
  CHECK(Refuses(WrittenDcp({first, ValueItem({"b"}, PickledInt(2))}).path(),
                ErrorCode::kOffsetOverlap, "'a'"));
  DcpItem twice = ValueItem({"b"}, PickledInt(2));
  twice.name = "a";
  CHECK(Refuses(WrittenDcp({ValueItem({"a"}, PickledInt(1)), twice}).path(),
                ErrorCode::kDuplicateName, "'a'"));
}

TEST_CASE("dcp: tensors in values keep their names beside those of a model", "[training]") {
  CheckCase("values");
  const Checkpoint checkpoint = Opened(CasePath("dcp/values"));
  CHECK(checkpoint.wrapper().empty());
  CHECK(checkpoint.warnings().empty());
  CheckSame(TensorsOf(checkpoint.Unwrapped()), TensorsOf(checkpoint));
}

TEST_CASE("dcp: metadata that torch 2.2 saved", "[training]") { CheckCase("older"); }

std::string Tensors(int count) {
  std::vector<std::pair<std::string, std::string>> items;
  for (int i = 0; i < count; ++i) {
    items.emplace_back("t" + std::to_string(i), PickledTensor("0", 4, 0, {2, 2}, {2, 1}));
  }
  return PickledDict(items);
}

TEST_CASE("dcp: the wrapper is that of PyTorch's files, and is around values too", "[training]") {
  const auto wrapper = [](const std::vector<DcpItem>& items) {
    const Checkpoint checkpoint = Opened(WrittenDcp(items).path());
    const Checkpoint unwrapped = checkpoint.Unwrapped();
    const size_t taken_bytes = checkpoint.wrapper().size();
    for (size_t i = 0; i < items.size(); ++i) {
      const std::string& name = checkpoint.catalog()->tensors[i].name;
      CHECK(unwrapped.catalog()->tensors[i].name == name.substr(taken_bytes));
    }
    return checkpoint.wrapper();
  };
  CHECK(wrapper({TensorItem({"model", "w"})}) == "model.");
  CHECK(wrapper({TensorItem({"encoder", "w"})}).empty());
  CHECK(wrapper({TensorItem({"model", "state_dict", "w"})}) == "model.state_dict.");
  CHECK(wrapper({TensorItem({"model", "state_dict", "w"}), TensorItem({"model", "v"})}) ==
        "model.");
  CHECK(wrapper({TensorItem({"model", "module.w"})}) == "model.module.");
  CHECK(wrapper({TensorItem({"model.w"})}).empty());
  CHECK(wrapper({TensorItem({"model"})}).empty());
  CHECK(wrapper({TensorItem({"model", "w"}), TensorItem({"v"})}).empty());
  CHECK(wrapper({TensorItem({"model", "w"}), ValueItem({"model", "more"}, Tensors(1))}) ==
        "model.");
  CHECK(wrapper({TensorItem({"model", "w"}), ValueItem({"queue"}, Tensors(1))}).empty());
}

TEST_CASE("dcp: tensors in values count against the limit", "[training]") {
  const WrittenDcp written({TensorItem({"w"}), ValueItem({"a"}, Tensors(3))});
  OpenOptions options;
  options.limits.tensors = 4;
  CHECK(Checkpoint::Open(written.path(), options).ok());
  options.limits.tensors = 3;
  const absl::Status status = Checkpoint::Open(written.path(), options).status();
  REQUIRE_FALSE(status.ok());
  CHECK(DiagnosticsOf(status)[0].code == ErrorCode::kLimitExceeded);
}

TEST_CASE("dcp: a long name before many values is refused", "[training]") {
  std::vector<std::pair<std::string, std::string>> items;
  for (int i = 0; i < 1000; ++i) items.emplace_back("k" + std::to_string(i), PickledInt(i));
  const std::string object = PickledDict(items);
  CHECK(
      Opened(WrittenDcp({TensorItem({"w"}), ValueItem({std::string(10'000, 'x')}, object)}).path())
          .catalog()
          ->metadata.size() == 1000);
  CHECK(Refuses(WrittenDcp({ValueItem({std::string(20'000, 'x')}, object)}).path(),
                ErrorCode::kLimitExceeded, "too long together"));
}

TEST_CASE("dcp: values that use one another often are refused soon", "[training]") {
  // Lists within lists, each ten times the one before: more than 10^4 in every value.
  std::string object = "]q\x01";
  for (char depth = 2; depth < 7; ++depth) {
    const std::string inner = {'h', static_cast<char>(depth - 1)};
    std::string outer = "]q" + std::string(1, depth) + "(";
    outer += object;
    for (int i = 1; i < 10; ++i) outer += inner;
    object = outer + "e";
  }
  std::vector<DcpItem> items;
  for (int i = 0; i < 100; ++i) items.push_back(ValueItem({"v" + std::to_string(i)}, object));
  CHECK(Refuses(WrittenDcp(items).path(), ErrorCode::kLimitExceeded, "too many"));
}

TEST_CASE("dcp: what is known and not read is told", "[training]") {
  const TemporaryDirectory ranks;
  for (const char* const name : {"__0.metadata", "__1.metadata", "__0_0.distcp", "__1_0.distcp"}) {
    WriteFile(ranks / name, "");
  }
  CHECK(Refuses(ranks.path().string(), ErrorCode::kUnsupportedFeature, "use_collectives=False"));
  CHECK(Refuses(CasePath("dcp/single/__0_0.distcp"), ErrorCode::kUnknownFormat,
                "is no checkpoint in itself"));
  // Places of tensors in a file of safetensors: all begin where it does.
  const TemporaryDirectory other;
  WriteSafetensors(other / "w.safetensors", {{"a", Counting({2, 2}, 0)}});
  DcpItem a = TensorItem({"a"});
  a.object = ReadFile(other / "w.safetensors");
  a.place = {{0, 16}};
  CHECK(Refuses(WrittenDcp({a}).path(), ErrorCode::kUnsupportedFeature, "SAFETENSORS"));
  DcpItem b = TensorItem({"b"});
  b.place = a.place;
  CHECK(Refuses(WrittenDcp({a, b}).path(), ErrorCode::kUnsupportedFeature, "SAFETENSORS"));
}

TEST_CASE("dcp: a message about a tensor names it once", "[training]") {
  DcpItem sparse = TensorItem({"w"});
  sparse.object = SavedObject(PickledCall("torch._utils", "_rebuild_sparse_tensor", {}));
  const OpenError error = ErrorOfOpening(WrittenDcp({sparse}).path());
  CHECK(error.message.find("'w'") != std::string::npos);
  CHECK(error.message.find("''") == std::string::npos);
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
