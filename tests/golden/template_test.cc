// Exports of the original programs, written with other weights: docs/formats/onnx.md, pytorch.md.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "files/checkpoint_tensors.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "golden/cases.h"
#include "weft/weft.h"

namespace weft::test {
namespace {

// Of the shared folder; empty where there is none, and then there is nothing to compare.
std::string Seed(const std::string& path) {
  const std::string folder = SharedGoldenFolder();
  return folder.empty() ? "" : folder + "/seeds/" + path;
}

absl::Status Write(const std::string& source, const std::string& into,
                   const std::string& destination,
                   const std::vector<Mapping>& mappings = {Mapping::Identity()},
                   const CompileOptions& compile = {}) {
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(source);
  if (!checkpoint.ok()) return checkpoint.status();
  const absl::StatusOr<Template> model = Template::Open(into);
  if (!model.ok()) return model.status();
  const absl::StatusOr<Plan> plan = CompileInto(mappings, checkpoint->catalog(), *model, compile);
  if (!plan.ok()) return plan.status();
  ConvertOptions options;
  options.into = &*model;
  options.sync = false;
  return Convert(*plan, *checkpoint, destination, options).status();
}

// Names of the encoder of seeds/jit in the order in which its code uses them, and its constants.
// Linear layers have their weights transposed.
Mapping EncoderConstants() {
  Stage stage;
  const auto rename = [&](const std::string& name, int constant) {
    stage.emplace_back(WeightRenaming{name, "CONSTANTS.c" + std::to_string(constant)});
  };
  const auto transpose = [&](const std::string& name, int constant) {
    WeightConverter rule;
    rule.from = {{"", name, "o i"}};
    rule.to = {{"", "CONSTANTS.c" + std::to_string(constant), "i o"}};
    stage.emplace_back(std::move(rule));
  };
  rename("embed.weight", 0);
  rename("embed.bias", 1);
  for (int block = 0; block < 2; ++block) {
    const std::string name = "blocks." + std::to_string(block) + ".";
    const int first = 3 + 9 * block;
    rename(name + "norm.weight", first);
    rename(name + "norm.bias", first + 1);
    transpose(name + "qkv.weight", first + 2);
    rename(name + "qkv.bias", first + 3);
    transpose(name + "out.weight", first + 4);
    transpose(name + "up.weight", first + 5);
    rename(name + "up.bias", first + 6);
    transpose(name + "down.weight", first + 7);
    rename(name + "down.bias", first + 8);
  }
  rename("final_norm.weight", 21);
  rename("final_norm.bias", 22);
  rename("scale", 23);
  absl::StatusOr<Mapping> mapping = Mapping::FromRules("encoder", {stage});
  INFO(mapping.status());
  REQUIRE(mapping.ok());
  return *std::move(mapping);
}

TEST_CASE("golden: an estimator with other weights is a fresh export of them", "[golden]") {
  if (SharedGoldenFolder().empty()) return;
  TemporaryDirectory directory;
  for (const auto& [weights, model, expected] :
       {std::tuple("state_b.pt", "estimator_a.onnx", "estimator_b.onnx"),
        std::tuple("state_a.pt", "estimator_b.onnx", "estimator_a.onnx"),
        std::tuple("state_untrained.pt", "estimator_untrained.onnx", "estimator_untrained.onnx")}) {
    const std::string out = directory / expected;
    const absl::Status status =
        Write(Seed(std::string("onnx/") + weights), Seed(std::string("onnx/") + model), out);
    INFO(status);
    REQUIRE(status.ok());
    CHECK((ReadFile(out) == ReadFile(Seed(std::string("onnx/") + expected))));
  }
}

TEST_CASE("golden: an estimator with external data gets the values where they are", "[golden]") {
  if (SharedGoldenFolder().empty()) return;
  TemporaryDirectory directory;
  const FileTensors expected = TensorsOf(Seed("onnx/estimator_b.onnx"));
  for (const std::string folder : {"external", "external_per_tensor"}) {
    const std::string model = Seed("onnx/" + folder + "/estimator_a.onnx");
    const std::string out = directory / (folder + "/estimator_a.onnx");
    const absl::Status status = Write(Seed("onnx/state_b.pt"), model, out);
    INFO(status);
    REQUIRE(status.ok());
    CheckSame(TensorsOf(out), expected);
    CHECK(ListTree(directory / folder) == ListTree(Seed("onnx/" + folder)));
  }
  // All of its data are outside, so all of the model stays.
  CHECK((ReadFile(directory / "external/estimator_a.onnx") ==
         ReadFile(Seed("onnx/external/estimator_a.onnx"))));
}

TEST_CASE("golden: merged initializers of an estimator refuse weights that differ", "[golden]") {
  if (SharedGoldenFolder().empty()) return;
  TemporaryDirectory directory;
  const absl::Status status =
      Write(Seed("onnx/state_b.pt"), Seed("onnx/estimator_untrained.onnx"), directory / "out.onnx");
  REQUIRE(!status.ok());
  std::string problem;
  for (const Diagnostic& diagnostic : DiagnosticsOf(status)) {
    CHECK(diagnostic.code == ErrorCode::kValuesDiffer);
    problem += diagnostic.what + "\n";
  }
  CHECK(problem.find("'time_mlp.linear_2.bias' must equal 'time_mlp.linear_1.bias'") !=
        std::string::npos);
  CHECK(ListTree(directory.path()).empty());
}

TEST_CASE("golden: a frozen encoder with other weights holds what their own export holds",
          "[golden]") {
  if (SharedGoldenFolder().empty()) return;
  TemporaryDirectory directory;
  const absl::Status status = Write(Seed("jit/encoder_b.pt"), Seed("jit/export_a/encoder.fp32.zip"),
                                    directory / "b.zip", {EncoderConstants()});
  INFO(status);
  REQUIRE(status.ok());
  CheckSame(TensorsOf(directory / "b.zip"), TensorsOf(Seed("jit/export_b/encoder.fp32.zip")));
}

TEST_CASE("golden: a frozen encoder in half precision holds what its own export holds",
          "[golden]") {
  if (SharedGoldenFolder().empty()) return;
  TemporaryDirectory directory;
  CompileOptions half;
  half.dtype = DType::kF16;
  for (const std::string set : {"a", "b"}) {
    const std::string out = directory / (set + ".zip");
    const absl::Status status =
        Write(Seed("jit/encoder_" + set + ".pt"), Seed("jit/export_a/encoder.fp32.zip"), out,
              {EncoderConstants()}, half);
    INFO(status);
    REQUIRE(status.ok());
    const FileTensors got = TensorsOf(out);
    CheckSame(got, TensorsOf(Seed("jit/export_" + set + "/encoder.fp16.zip")));
    CHECK(got.at("CONSTANTS.c2").dtype == "F32");  // the table of positions
  }
}

TEST_CASE("golden: a scripted encoder takes other weights by their names", "[golden]") {
  if (SharedGoldenFolder().empty()) return;
  TemporaryDirectory directory;
  const absl::Status status =
      Write(Seed("jit/encoder_b.pt"), Seed("jit/encoder.script.zip"), directory / "b.zip");
  INFO(status);
  REQUIRE(status.ok());
  FileTensors expected = TensorsOf(Seed("jit/encoder_b.pt"));
  expected["pe"] = TensorsOf(Seed("jit/encoder.script.zip")).at("pe");
  CheckSame(TensorsOf(directory / "b.zip"), expected);
}

}  // namespace
}  // namespace weft::test
