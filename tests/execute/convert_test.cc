#include "weft/convert.h"

#include <catch2/catch.hpp>
#include <chrono>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "execute/side_files.h"
#include "files/safetensors_files.h"
#include "io/error_of.h"
#include "io/scratch_directory.h"

namespace weft {
namespace {

using Names = std::vector<std::string>;

// One file: "a" [2, 3] U8 holds abcdef, "b" [2] U16 holds two words.
std::string SmallFile() {
  const std::string header = R"({"a":{"dtype":"U8","shape":[2,3],"data_offsets":[0,6]},)"
                             R"("b":{"dtype":"U16","shape":[2],"data_offsets":[6,10]}})";
  std::string file(8, '\0');
  file[0] = static_cast<char>(header.size());
  return file + header + "abcdefWXYZ";
}

// Renames "b" to "c" and transposes "a".
Plan PlanOf(const Checkpoint& checkpoint) {
  Plan plan;
  plan.catalog = checkpoint.catalog();
  plan.metadata = {{"origin", "test"}};
  Box transposed;
  transposed.source = 0;
  transposed.factors = {{3, 1, 2}, {2, 3, 1}};
  Box whole;
  whole.source = 1;
  whole.factors = {{2, 1, 1}};
  plan.tensors.push_back({"a", DType::kU8, DType::kU8, {3, 2}, {transposed}, {}});
  plan.tensors.push_back({"c", DType::kU16, DType::kU16, {2}, {whole}, {}});
  plan.bytes_written = 10;
  return plan;
}

std::string DataOf(const Checkpoint& checkpoint, size_t index) {
  const TensorInfo& tensor = checkpoint.catalog()->tensors.at(index);
  std::string data(tensor.size_bytes, '\0');
  REQUIRE(checkpoint.ReadAt(tensor.file, tensor.offset_bytes, tensor.size_bytes, data.data()).ok());
  return data;
}

void CheckOutput(const std::string& path) {
  const absl::StatusOr<Checkpoint> output = Checkpoint::Open(path);
  INFO(output.status());
  REQUIRE(output.ok());
  const Catalog& catalog = *output->catalog();
  REQUIRE(catalog.tensors.size() == 2);
  CHECK(catalog.tensors[0].name == "a");
  CHECK(catalog.tensors[0].shape == Shape{3, 2});
  CHECK(DataOf(*output, 0) == "adbecf");
  CHECK(catalog.tensors[1].name == "c");
  CHECK(DataOf(*output, 1) == "WXYZ");
  CHECK(catalog.metadata.at("origin") == "test");
}

TEST_CASE("convert: a file to a file", "[execute]") {
  const ScratchDirectory scratch;
  const auto checkpoint = Checkpoint::Open(scratch.Write("in.safetensors", SmallFile()));
  REQUIRE(checkpoint.ok());
  scratch.Write("config.json", "{}");
  const auto report = Convert(PlanOf(*checkpoint), *checkpoint, scratch.PathOf("out.safetensors"));
  INFO(report.status());
  REQUIRE(report.ok());
  CHECK(report->files == Names{"out.safetensors"});
  CHECK(report->side_files.empty());
  CHECK(report->tensors == 2);
  CHECK(report->bytes_written == 10);
  CHECK(report->bytes_read == 10);
  CheckOutput(scratch.PathOf("out.safetensors"));
  CHECK(scratch.Names() == Names{"config.json", "in.safetensors", "out.safetensors"});
}

TEST_CASE("convert: the file is the same, however the source is read", "[execute]") {
  const ScratchDirectory scratch;
  // "a" is long enough to be left to the system, and ends in the middle of a block.
  std::string a;
  for (int i = 0; i < 9'000'001; ++i) a += static_cast<char>(i * 7 + i / 251);
  test::WriteSafetensors(scratch.PathOf("in.safetensors"),
                         {{"a", {"U8", {9'000'001}, a}}, {"b", test::Counting({300, 200}, 1)}});
  const auto checkpoint = Checkpoint::Open(scratch.PathOf("in.safetensors"));
  REQUIRE(checkpoint.ok());
  Plan plan;
  plan.catalog = checkpoint->catalog();
  Box whole;
  whole.source = 0;
  whole.factors = {{9'000'001, 1, 1}};
  Box transposed;
  transposed.source = 1;
  transposed.factors = {{200, 1, 300}, {300, 200, 1}};
  plan.tensors.push_back({"b", DType::kF32, DType::kF32, {200, 300}, {transposed}, {}});
  plan.tensors.push_back({"renamed", DType::kU8, DType::kU8, {9'000'001}, {whole}, {}});
  plan.bytes_written = 9'240'001;
  std::set<std::string> contents;
  for (const Io io : {Io::kAuto, Io::kPread, Io::kMmap, Io::kDirect}) {
    for (const int threads : {1, 3}) {
      ConvertOptions options;
      options.io = io;
      options.threads = threads;
      options.overwrite = true;
      const std::string path = scratch.PathOf("out.safetensors");
      const auto report = Convert(plan, *checkpoint, path, options);
      INFO(report.status());
      REQUIRE(report.ok());
      CHECK(report->bytes_written == 9'240'001);
      contents.insert(scratch.Read("out.safetensors"));
    }
  }
  CHECK(contents.size() == 1);
  // So that the file system can share blocks.
  const auto output = Checkpoint::Open(scratch.PathOf("out.safetensors"));
  REQUIRE(output.ok());
  CHECK(output->catalog()->tensors.at(1).offset_bytes % 4096 ==
        checkpoint->catalog()->tensors.at(0).offset_bytes % 4096);
  CHECK((test::ReadSafetensors(scratch.PathOf("out.safetensors")).at("renamed").data == a));
}

TEST_CASE("convert: side files are what is neither weights nor hidden nor a directory",
          "[execute]") {
  const ScratchDirectory scratch;
  scratch.Write("in/model.safetensors", SmallFile());
  scratch.Write("in/config.json", "{\"model_type\": \"small\"}");
  scratch.Write("in/tokenizer.model", "tokens");
  scratch.Write("in/.gitattributes", "*.bin filter=lfs");
  scratch.Write("in/onnx/model.onnx", "weights");
  scratch.Write("in/tf_model.h5", "weights");
  scratch.Write("in/flax_model.msgpack", "weights");
  scratch.Write("blobs/1234", "linked");
  std::filesystem::create_symlink("../blobs/1234", scratch.PathOf("in/vocab.txt"));
  std::filesystem::create_symlink("../blobs/none", scratch.PathOf("in/dangling.txt"));
  const auto checkpoint = Checkpoint::Open(scratch.PathOf("in"));
  INFO(checkpoint.status());
  REQUIRE(checkpoint.ok());

  SECTION("all go to a directory") {
    const auto report = Convert(PlanOf(*checkpoint), *checkpoint, scratch.PathOf("out"));
    INFO(report.status());
    REQUIRE(report.ok());
    CHECK(report->files == Names{"model.safetensors"});
    CHECK(report->side_files == Names{"config.json", "tokenizer.model", "vocab.txt"});
    CHECK(scratch.Names("out") ==
          Names{"config.json", "model.safetensors", "tokenizer.model", "vocab.txt"});
    CHECK(scratch.Read("out/config.json") == "{\"model_type\": \"small\"}");
    CHECK(scratch.Read("out/vocab.txt") == "linked");
    CheckOutput(scratch.PathOf("out"));
  }
  SECTION("none go to a file") {
    const auto report =
        Convert(PlanOf(*checkpoint), *checkpoint, scratch.PathOf("out.safetensors"));
    REQUIRE(report.ok());
    CHECK(report->side_files.empty());
  }
  SECTION("none go when the caller does not want them") {
    ConvertOptions options;
    options.copy_side_files = false;
    const auto report = Convert(PlanOf(*checkpoint), *checkpoint, scratch.PathOf("out"), options);
    REQUIRE(report.ok());
    CHECK(report->side_files.empty());
    CHECK(scratch.Names("out") == Names{"model.safetensors"});
  }
}

TEST_CASE("convert: the names of weights of other formats", "[execute]") {
  using execute::IsWeightsName;
  for (const std::string name :
       {"pytorch_model.bin", "model.gguf", "flax_model.msgpack", "tf_model.h5",
        "pytorch_model.bin.index.json", "consolidated.00.pth", "optimizer.pt", "last.ckpt",
        "weights.npz", "model.onnx", "e.th", "model.safetensors", "param_name_map.json"}) {
    CAPTURE(name);
    CHECK(IsWeightsName(name));
  }
  for (const std::string name :
       {"config.json", "tokenizer.model", "README.md", "index.json", "pt"}) {
    CAPTURE(name);
    CHECK_FALSE(IsWeightsName(name));
  }
}

TEST_CASE("convert: a file as the source has no side files", "[execute]") {
  const ScratchDirectory scratch;
  scratch.Write("in/config.json", "{}");
  const auto checkpoint = Checkpoint::Open(scratch.Write("in/model.safetensors", SmallFile()));
  REQUIRE(checkpoint.ok());
  const auto report = Convert(PlanOf(*checkpoint), *checkpoint, scratch.PathOf("out"));
  REQUIRE(report.ok());
  CHECK(report->side_files.empty());
  CHECK(scratch.Names("out") == Names{"model.safetensors"});
}

TEST_CASE("convert: what does not fit one shard goes to several with an index", "[execute]") {
  const ScratchDirectory scratch;
  const auto checkpoint = Checkpoint::Open(scratch.Write("in.safetensors", SmallFile()));
  REQUIRE(checkpoint.ok());
  ConvertOptions options;
  options.max_shard_bytes = 6;
  const auto report = Convert(PlanOf(*checkpoint), *checkpoint, scratch.PathOf("out"), options);
  REQUIRE(report.ok());
  CHECK(report->files == Names{"model-00001-of-00002.safetensors",
                               "model-00002-of-00002.safetensors", "model.safetensors.index.json"});
  CheckOutput(scratch.PathOf("out"));
}

TEST_CASE("convert: an input that changes meanwhile spoils the conversion", "[execute]") {
  const ScratchDirectory scratch;
  const std::string path = scratch.Write("in.safetensors", SmallFile());
  const auto checkpoint = Checkpoint::Open(path);
  REQUIRE(checkpoint.ok());
  ConvertOptions options;
  options.progress = [&](const Progress&) {
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() + std::chrono::hours(1));
    return true;
  };
  const auto report =
      Convert(PlanOf(*checkpoint), *checkpoint, scratch.PathOf("out.safetensors"), options);
  CHECK(ErrorNameOf(report) == "INPUT_CHANGED");
  CHECK(scratch.Names() == Names{"in.safetensors"});
}

TEST_CASE("convert: checks that fail are all told, and nothing is published", "[execute]") {
  const ScratchDirectory scratch;
  scratch.Write("in/config.json", "{}");
  scratch.Write("in/model.safetensors", SmallFile());
  const auto checkpoint = Checkpoint::Open(scratch.PathOf("in"));
  REQUIRE(checkpoint.ok());
  Plan plan = PlanOf(*checkpoint);
  const auto element = [](uint64_t offset) {
    Box box;
    box.source_offset = offset;
    return std::vector<Box>{box};
  };
  plan.checks.push_back({"m.json:1:2", "p", DType::kU8, 1, 0, element(0), element(0)});
  CHECK(Convert(plan, *checkpoint, scratch.PathOf("first")).ok());
  plan.checks.push_back({"m.json:2:2", "q", DType::kU8, 1, 0, element(1), element(2)});
  plan.checks.push_back({"m.json:3:2", "r", DType::kU8, 1, 0, element(5), element(3)});
  const auto report = Convert(plan, *checkpoint, scratch.PathOf("second"));
  const std::vector<Diagnostic> diagnostics = DiagnosticsOf(report.status());
  REQUIRE(diagnostics.size() == 2);
  CHECK(diagnostics[0].code == ErrorCode::kValuesDiffer);
  CHECK(TextOf(diagnostics[0]) == "m.json:2:2: q; element 0 is 98, expected 99");
  CHECK(TextOf(diagnostics[1]) == "m.json:3:2: r; element 0 is 102, expected 100");
  CHECK(scratch.Names() == Names{"first", "in"});
}

TEST_CASE("convert: a cancelled conversion leaves nothing", "[execute]") {
  const ScratchDirectory scratch;
  const auto checkpoint = Checkpoint::Open(scratch.Write("in.safetensors", SmallFile()));
  REQUIRE(checkpoint.ok());
  ConvertOptions options;
  options.progress = [](const Progress&) { return false; };
  CHECK(ErrorNameOf(Convert(PlanOf(*checkpoint), *checkpoint, scratch.PathOf("out"), options)) ==
        "CANCELLED");
  CHECK(scratch.Names() == Names{"in.safetensors"});
}

TEST_CASE("convert: the destination is judged before anything is read", "[execute]") {
  const ScratchDirectory scratch;
  const std::string path = scratch.Write("in.safetensors", SmallFile());
  const auto checkpoint = Checkpoint::Open(path);
  REQUIRE(checkpoint.ok());
  scratch.Write("there.safetensors", "old");
  const Plan plan = PlanOf(*checkpoint);
  // Had reading begun, this would be the error.
  ConvertOptions options;
  options.progress = [](const Progress&) { return false; };
  CHECK(ErrorNameOf(Convert(plan, *checkpoint, scratch.PathOf("there.safetensors"), options)) ==
        "OUTPUT_EXISTS");
  options.overwrite = true;
  CHECK(ErrorNameOf(Convert(plan, *checkpoint, path, options)) == "SAME_FILE");
  CHECK(ErrorNameOf(Convert(plan, *checkpoint, scratch.PathOf("out.gguf"), options)) ==
        "BAD_ARGUMENT");
  CHECK(scratch.Read("there.safetensors") == "old");
  CHECK(scratch.Read("in.safetensors") == SmallFile());
}

TEST_CASE("convert: a plan for another checkpoint is refused", "[execute]") {
  const ScratchDirectory scratch;
  const auto checkpoint = Checkpoint::Open(scratch.Write("in.safetensors", SmallFile()));
  REQUIRE(checkpoint.ok());
  const Plan plan = PlanOf(*checkpoint);
  const auto again = Checkpoint::Open(scratch.PathOf("in.safetensors"));
  REQUIRE(again.ok());
  CHECK(Convert(plan, *again, scratch.PathOf("out.safetensors")).ok());

  std::string other = SmallFile();
  other[other.find("\"b\"") + 1] = 'B';
  const auto renamed = Checkpoint::Open(scratch.Write("other.safetensors", other));
  REQUIRE(renamed.ok());
  CHECK(ErrorNameOf(Convert(plan, *renamed, scratch.PathOf("new.safetensors"))) == "BAD_ARGUMENT");
}

TEST_CASE("convert: a number of threads that is none is refused", "[execute]") {
  const ScratchDirectory scratch;
  const auto checkpoint = Checkpoint::Open(scratch.Write("in.safetensors", SmallFile()));
  REQUIRE(checkpoint.ok());
  ConvertOptions options;
  options.threads = -1;
  CHECK(ErrorNameOf(Convert(PlanOf(*checkpoint), *checkpoint, scratch.PathOf("out"), options)) ==
        "BAD_ARGUMENT");
  CHECK(scratch.Names() == Names{"in.safetensors"});
}

}  // namespace
}  // namespace weft
