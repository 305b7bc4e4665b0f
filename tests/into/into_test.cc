// Files that a model was exported to, written with other values.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "formats/byte_reader.h"
#include "formats/zip/member_stream.h"
#include "formats/zip/zip_directory.h"
#include "into/job.h"
#include "io/error_of.h"
#include "weft/weft.h"

namespace weft {
namespace {

using test::FileTensors;
using test::Holds;
using test::Job;
using test::MappingOf;
using test::MustRun;
using test::PathOf;
using test::ProblemOf;
using test::ReadFile;
using test::ReadSafetensors;
using test::TemporaryDirectory;
using test::TensorsOf;
using test::Written;

// The members of a zip, whose checksums are compared.
std::map<std::string, std::string> MembersOf(const std::string& path) {
  const std::string bytes = ReadFile(path);
  const TextReader reader(bytes, path);
  const absl::StatusOr<zip::Directory> directory = zip::ReadDirectory(reader, {});
  INFO(directory.status());
  REQUIRE(directory.ok());
  std::map<std::string, std::string> members;
  for (const zip::Member& member : directory->members) {
    absl::StatusOr<std::string> content =
        zip::ReadMember(reader, member, zip::Checksum::kAlways, 1U << 20U);
    INFO(member.name << ": " << content.status());
    REQUIRE(content.ok());
    members[member.name] = *std::move(content);
  }
  return members;
}

TEST_CASE("into: a model with other weights is what an export of them is, byte for byte",
          "[into]") {
  TemporaryDirectory directory;
  const std::string before = ReadFile(PathOf("net_a.onnx"));
  const Written written =
      MustRun({PathOf("net_b.safetensors"), PathOf("net_a.onnx"), directory / "out/net.onnx"});
  CHECK(ReadFile(directory / "out/net.onnx") == ReadFile(PathOf("net_b.onnx")));
  CHECK(ReadFile(PathOf("net_a.onnx")) == before);
  CHECK(written.report.files == std::vector<std::string>{"net.onnx"});
  REQUIRE(written.warnings.size() == 1);
  CHECK(Holds(written.warnings[0], "4 weights are taken transposed, by the names of nodes"));
}

TEST_CASE("into: names of layers come from the nodes that use their weights", "[into]") {
  const absl::StatusOr<Template> model = Template::Open(PathOf("net_a.onnx"));
  REQUIRE(model.ok());
  std::map<std::string, TemplateTensor> tensors;
  for (const TemplateTensor& tensor : model->tensors()) tensors[tensor.name] = tensor;
  CHECK(tensors.size() == 12);
  const TemplateTensor& weight = tensors.at("onnx::MatMul_34");
  CHECK(weight.sources == std::vector<std::string>{"layers.1.ff.0.weight"});
  CHECK(weight.axes == std::vector<int>{1, 0});
  CHECK(weight.shape == Shape{4, 6});
  CHECK(weight.required);
  CHECK(tensors.at("head.weight").sources == std::vector<std::string>{"head.weight"});
  CHECK(tensors.at("head.weight").axes.empty());
}

TEST_CASE("into: the mapping may run backwards", "[into]") {
  TemporaryDirectory directory;
  Stage stage;
  stage.emplace_back(WeightRenaming{"{p*}.weight", "{p*}.w"});
  MustRun({PathOf("net_b.safetensors"), PathOf("net_b.onnx"), directory / "same.onnx"});
  const absl::StatusOr<Checkpoint> source = Checkpoint::Open(PathOf("net_b.safetensors"));
  REQUIRE(source.ok());
  const absl::StatusOr<Plan> plan = Compile({MappingOf(stage)}, source->catalog());
  REQUIRE(plan.ok());
  REQUIRE(Convert(*plan, *source, directory / "renamed.safetensors").ok());
  CompileOptions compile;
  compile.direction = Direction::kReverse;
  MustRun({directory / "renamed.safetensors",
           PathOf("net_a.onnx"),
           directory / "net.onnx",
           {MappingOf(stage)},
           compile});
  CHECK(ReadFile(directory / "net.onnx") == ReadFile(PathOf("net_b.onnx")));
}

TEST_CASE("into: a model takes the initializers of another model", "[into]") {
  TemporaryDirectory directory;
  MustRun({PathOf("net_b.onnx"), PathOf("net_a.onnx"), directory / "net.onnx"});
  CHECK(ReadFile(directory / "net.onnx") == ReadFile(PathOf("net_b.onnx")));
}

TEST_CASE("into: external data are written beside the model, under the same name", "[into]") {
  TemporaryDirectory directory;
  const Written written = MustRun(
      {PathOf("net_b.safetensors"), PathOf("external_a/net.onnx"), directory / "out/my.onnx"});
  CHECK(ReadFile(directory / "out/my.onnx") == ReadFile(PathOf("external_b/net.onnx")));
  CHECK(ReadFile(directory / "out/net.data") == ReadFile(PathOf("external_b/net.data")));
  CHECK(written.report.files == std::vector<std::string>{"my.onnx", "net.data"});
  CHECK(test::ListTree(directory / "out") == std::vector<std::string>{"my.onnx", "net.data"});
}

TEST_CASE("into: external data never replace those of the template, or anything unasked",
          "[into]") {
  TemporaryDirectory directory;
  std::filesystem::copy(PathOf("external_a"), directory / "there");
  Job job = {PathOf("net_b.safetensors"), directory / "there/net.onnx", directory / "there/b.onnx"};
  job.overwrite = true;
  CHECK(Holds(ProblemOf(job), "[SAME_FILE]"));
  CHECK(ReadFile(directory / "there/net.data") == ReadFile(PathOf("external_a/net.data")));
  CHECK(test::ListTree(directory / "there") == std::vector<std::string>{"net.data", "net.onnx"});

  std::filesystem::create_directory(directory / "out");
  test::WriteFile(directory / "out/net.data", "mine");
  job.destination = directory / "out/b.onnx";
  job.overwrite = false;
  CHECK(Holds(ProblemOf(job), "[OUTPUT_EXISTS]"));
  CHECK(test::ListTree(directory / "out") == std::vector<std::string>{"net.data"});
  job.overwrite = true;
  MustRun(job);
  CHECK(ReadFile(directory / "out/net.data") == ReadFile(PathOf("external_b/net.data")));
}

TEST_CASE("into: external data in a directory of the output's name are refused, and none written",
          "[into]") {
  TemporaryDirectory directory;
  std::string model = ReadFile(PathOf("external_a/net.onnx"));
  const std::string location = "n.onnx/w";  // as long as that of the model
  for (size_t at = 0; (at = model.find("net.data", at)) != std::string::npos;) {
    model.replace(at, location.size(), location);
  }
  std::filesystem::create_directories(directory / "in/n.onnx");
  test::WriteFile(directory / "in/net.onnx", model);
  std::filesystem::copy(PathOf("external_a/net.data"), directory / "in/n.onnx/w");

  Job job = {PathOf("net_b.safetensors"), directory / "in/net.onnx", directory / "out/n.onnx"};
  const std::string problem = ProblemOf(job);
  CHECK(Holds(problem, "[BAD_ARGUMENT] n.onnx: its external data would be in 'n.onnx/w'"));
  CHECK(!std::filesystem::exists(directory / "out/n.onnx"));

  job.destination = directory / "out/net.onnx";
  MustRun(job);
  CHECK(ReadFile(directory / "out/n.onnx/w") == ReadFile(PathOf("external_b/net.data")));
}

TEST_CASE("into: merged initializers are followed where their values agree again", "[into]") {
  TemporaryDirectory directory;
  MustRun({PathOf("merged.safetensors"), PathOf("merged.onnx"), directory / "net.onnx"});
  CHECK(ReadFile(directory / "net.onnx") == ReadFile(PathOf("merged.onnx")));
}

TEST_CASE("into: merged initializers refuse values that differ, and name both", "[into]") {
  TemporaryDirectory directory;
  const std::string problem =
      ProblemOf({PathOf("net_b.safetensors"), PathOf("merged.onnx"), directory / "net.onnx"});
  CHECK(Holds(problem, "[VALUES_DIFFER]"));
  CHECK(Holds(problem, "'layers.1.ff.2.weight' must equal 'layers.0.ff.2.weight'"));
  CHECK(Holds(problem, "'layers.1.norm.bias' must equal 'layers.0.norm.bias'"));
  CHECK(Holds(problem, "merged.onnx, which has equal tensors once"));
  CHECK(!std::filesystem::exists(directory / "net.onnx"));
}

TEST_CASE("into: what gets no value and what has no place are named", "[into]") {
  TemporaryDirectory directory;
  Stage stage;
  stage.emplace_back(WeightRenaming{"head.bias", "header.bias"});
  stage.emplace_back(WeightDrop{"layers.0.ff.0.weight", "for the test"});
  Job job = {PathOf("net_b.safetensors"),
             PathOf("net_a.onnx"),
             directory / "net.onnx",
             {MappingOf(stage)}};
  const std::string problem = ProblemOf(job);
  CHECK(Holds(problem, "[MISSING_TENSOR]"));
  CHECK(Holds(problem, "'layers.0.ff.0.weight' gets no value"));
  CHECK(Holds(problem, "'head.bias' gets no value"));
  CHECK(Holds(problem, "[UNEXPECTED_TENSOR]"));
  CHECK(Holds(problem, "no tensor for 'header.bias'"));

  job.compile.lenient = true;
  const Written written = MustRun(job);
  CHECK(written.warnings.size() >= 3);
  const FileTensors a = TensorsOf(PathOf("net_a.onnx"));
  FileTensors expected = TensorsOf(PathOf("net_b.onnx"));
  expected["head.bias"] = a.at("head.bias");
  expected["onnx::MatMul_32"] = a.at("onnx::MatMul_32");
  test::CheckSame(TensorsOf(directory / "net.onnx"), expected);
}

TEST_CASE("into: shapes and dtypes must be those of the model", "[into]") {
  TemporaryDirectory directory;
  Stage stage;
  WeightConverter transpose;
  transpose.from = {{"", "head.weight", "a b"}};
  transpose.to = {{"", "head.weight", "b a"}};
  stage.emplace_back(transpose);
  Job job = {PathOf("net_b.safetensors"),
             PathOf("net_a.onnx"),
             directory / "net.onnx",
             {MappingOf(stage)}};
  const std::string shape = ProblemOf(job);
  CHECK(Holds(shape, "[WRONG_SHAPE]"));
  CHECK(Holds(shape, "'head.weight' would be F32 [4, 3]; the file has F32 [3, 4]"));

  job.mappings = {Mapping::Identity()};
  job.compile.dtype = DType::kF16;
  const std::string dtype = ProblemOf(job);
  CHECK(Holds(dtype, "[DTYPES_DIFFER]"));
  CHECK(Holds(dtype, "its graph says the dtype, too"));
}

TEST_CASE("into: numbers of variable size are refused where they would change", "[into]") {
  TemporaryDirectory directory;
  test::WriteSafetensors(directory / "w.safetensors", {{"w", {"F16", {2}, "abcd"}}});
  const std::string problem =
      ProblemOf({directory / "w.safetensors", PathOf("numbers.onnx"), directory / "w.onnx"});
  CHECK(Holds(problem, "[UNSUPPORTED_FEATURE]"));
  CHECK(Holds(problem, "numbers of variable size"));
}

TEST_CASE("into: only a file with a program can be a template, and the name must fit", "[into]") {
  TemporaryDirectory directory;
  const absl::StatusOr<Template> plain = Template::Open(PathOf("net_a.safetensors"));
  CHECK(ErrorNameOf(plain) == "UNKNOWN_FORMAT");
  CHECK(Holds(ProblemOf({PathOf("net_b.safetensors"), PathOf("net_a.onnx"), directory / "net.pt"}),
              "is a template for a file .onnx"));
  CHECK(Holds(ProblemOf({PathOf("net_b.safetensors"), PathOf("net_a.onnx"), PathOf("net_a.onnx")}),
              "[SAME_FILE]"));
}

TEST_CASE("into: a plan that was not made for the template is refused", "[into]") {
  TemporaryDirectory directory;
  const absl::StatusOr<Checkpoint> source = Checkpoint::Open(PathOf("net_b.safetensors"));
  const absl::StatusOr<Template> model = Template::Open(PathOf("net_a.onnx"));
  REQUIRE(source.ok());
  REQUIRE(model.ok());
  const absl::StatusOr<Plan> plan = Compile({}, source->catalog());
  REQUIRE(plan.ok());
  ConvertOptions options;
  options.into = &*model;
  CHECK(ErrorNameOf(Convert(*plan, *source, directory / "net.onnx", options)) ==
        "UNEXPECTED_TENSOR");
  CHECK(!std::filesystem::exists(directory / "net.onnx"));
}

TEST_CASE("into: an archive with its own weights is itself, byte for byte", "[into]") {
  TemporaryDirectory directory;
  const Written written =
      MustRun({PathOf("scripted_a.safetensors"), PathOf("scripted.zip"), directory / "same.zip"});
  CHECK(ReadFile(directory / "same.zip") == ReadFile(PathOf("scripted.zip")));
  REQUIRE(written.warnings.size() == 1);
  CHECK(Holds(written.warnings[0], "1 tensors get no value and stay as they are: 'table'"));
}

TEST_CASE("into: an archive with other weights keeps everything else", "[into]") {
  TemporaryDirectory directory;
  MustRun({PathOf("scripted_b.safetensors"), PathOf("scripted.zip"), directory / "out.pt"});
  FileTensors expected = ReadSafetensors(PathOf("scripted_b.safetensors"));
  expected["table"] = TensorsOf(PathOf("scripted.zip")).at("table");
  test::CheckSame(TensorsOf(directory / "out.pt"), expected);
  const std::map<std::string, std::string> before = MembersOf(PathOf("scripted.zip"));
  const std::map<std::string, std::string> after = MembersOf(directory / "out.pt");
  REQUIRE(before.size() == after.size());
  for (const auto& [name, content] : after) {
    INFO(name);
    CHECK((content == before.at(name) || name.find("/data/") != std::string::npos));
  }
}

TEST_CASE("into: with a dtype the state dict is cast, and what is no part of it is not", "[into]") {
  TemporaryDirectory directory;
  Job job = {PathOf("scripted_b.safetensors"), PathOf("scripted.zip"), directory / "half.zip"};
  job.compile.dtype = DType::kF16;
  MustRun(job);
  const absl::StatusOr<Checkpoint> source = Checkpoint::Open(PathOf("scripted_b.safetensors"));
  REQUIRE(source.ok());
  CompileOptions cast;
  cast.dtype = DType::kF16;
  const absl::StatusOr<Plan> plan = Compile({}, source->catalog(), cast);
  REQUIRE(plan.ok());
  REQUIRE(Convert(*plan, *source, directory / "half.safetensors").ok());
  FileTensors expected = ReadSafetensors(directory / "half.safetensors");
  expected["table"] = TensorsOf(PathOf("scripted.zip")).at("table");
  test::CheckSame(TensorsOf(directory / "half.zip"), expected);
  CHECK(MembersOf(directory / "half.zip").at("scripted/code/__torch__.py") ==
        MembersOf(PathOf("scripted.zip")).at("scripted/code/__torch__.py"));
  // And back: what half floats hold comes back in the file as it was, in the old places.
  Job back = {directory / "half.safetensors", directory / "half.zip", directory / "back.zip"};
  back.compile.dtype = DType::kF32;
  MustRun(back);
  CHECK(std::filesystem::file_size(directory / "back.zip") ==
        std::filesystem::file_size(PathOf("scripted.zip")));
}

TEST_CASE("into: members stay aligned where others got shorter", "[into]") {
  TemporaryDirectory directory;
  Job job = {PathOf("scripted_b.safetensors"), PathOf("scripted.zip"), directory / "half.zip"};
  job.compile.dtype = DType::kF16;
  MustRun(job);
  const std::string bytes = ReadFile(directory / "half.zip");
  const TextReader reader(bytes, "half.zip");
  const absl::StatusOr<zip::Directory> archive = zip::ReadDirectory(reader, {});
  REQUIRE(archive.ok());
  for (const zip::Member& member : archive->members) CHECK(member.offset_bytes % 64 == 0);
}

TEST_CASE("into: an archive takes another dtype only where it is asked for", "[into]") {
  TemporaryDirectory directory;
  FileTensors half = ReadSafetensors(PathOf("scripted_b.safetensors"));
  for (auto& [name, tensor] : half) {
    tensor.dtype = "F16";
    tensor.data.resize(tensor.data.size() / 2);
  }
  test::WriteSafetensors(directory / "half.safetensors", half);
  Job job = {directory / "half.safetensors", PathOf("scripted.zip"), directory / "out.zip"};
  CHECK(Holds(ProblemOf(job), "say which dtype it is to have"));
  job.compile.dtype = DType::kF16;
  MustRun(job);
  CHECK(TensorsOf(directory / "out.zip").at("scale").dtype == "F16");
}

TEST_CASE("into: tied weights of an archive must be equal", "[into]") {
  TemporaryDirectory directory;
  FileTensors tensors = ReadSafetensors(PathOf("scripted_b.safetensors"));
  tensors.at("tied.weight").data[0] ^= 1;
  test::WriteSafetensors(directory / "apart.safetensors", tensors);
  const std::string problem =
      ProblemOf({directory / "apart.safetensors", PathOf("scripted.zip"), directory / "out.zip"});
  CHECK(Holds(problem, "[VALUES_DIFFER]"));
  CHECK(Holds(problem, "tied.weight"));
  CHECK(Holds(problem, "net.head.weight"));
}

TEST_CASE("into: constants of a frozen archive are reached by a mapping", "[into]") {
  TemporaryDirectory directory;
  Stage stage;
  stage.emplace_back(WeightRenaming{"net.layers.0.norm.weight", "CONSTANTS.c1"});
  stage.emplace_back(WeightRenaming{"net.layers.0.ff.0.weight", "CONSTANTS.c3"});
  stage.emplace_back(WeightDrop{"{p*}.bias", "for the test"});
  stage.emplace_back(WeightDrop{"net.layers.{i=1..}.{p*}.weight", "for the test"});
  stage.emplace_back(WeightDrop{"net.layers.0.ff.2.weight", "for the test"});
  stage.emplace_back(WeightDrop{"{p*}.{l:head|tied|conv}.weight", "for the test"});
  stage.emplace_back(WeightDrop{"scale", "for the test"});
  const Written written = MustRun({PathOf("scripted_b.safetensors"),
                                   PathOf("frozen.zip"),
                                   directory / "frozen.zip",
                                   {MappingOf(stage)}});
  const FileTensors b = ReadSafetensors(PathOf("scripted_b.safetensors"));
  FileTensors expected = TensorsOf(PathOf("frozen.zip"));
  expected.at("CONSTANTS.c1").data = b.at("net.layers.0.norm.weight").data;
  expected.at("CONSTANTS.c3").data = b.at("net.layers.0.ff.0.weight").data;
  test::CheckSame(TensorsOf(directory / "frozen.zip"), expected);
  REQUIRE(!written.warnings.empty());
  CHECK(Holds(written.warnings.back(), "15 tensors get no value and stay as they are"));
}

TEST_CASE("into: a dtype reaches the constants that get values, and no others", "[into]") {
  TemporaryDirectory directory;
  // The table of positions stays as it is.
  Stage stage;
  stage.emplace_back(WeightDrop{"CONSTANTS.c0", "no weight"});
  Job job = {
      PathOf("frozen.zip"), PathOf("frozen.zip"), directory / "half.zip", {MappingOf(stage)}};
  job.compile.dtype = DType::kF16;
  MustRun(job);
  for (const auto& [name, tensor] : TensorsOf(directory / "half.zip")) {
    INFO(name);
    CHECK(tensor.dtype == (name == "CONSTANTS.c0" ? "F32" : "F16"));
  }
  MembersOf(directory / "half.zip");
}

}  // namespace
}  // namespace weft
