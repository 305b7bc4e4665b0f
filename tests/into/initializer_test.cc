// Models made by hand, whose initializers share their data or their uses with other things.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "into/job.h"
#include "protobuf/raw_fields.h"

namespace weft {
namespace {

using test::FileTensors;
using test::Holds;
using test::Job;
using test::MustRun;
using test::ProblemOf;
using test::RawBytes;
using test::RawNumber;
using test::ReadFile;
using test::TemporaryDirectory;
using test::TensorsOf;
using test::WriteFile;
using test::Written;

std::string RawModel(const std::string& graph, const std::string& behind = "") {
  return RawNumber(1, 10) + RawBytes(2, "hand") + RawBytes(7, graph) + behind;
}

// Two floats.
std::string RawHead(const std::string& name) {
  return RawNumber(1, 2) + RawNumber(2, 1) + RawBytes(8, name);
}

std::string RawEntry(const std::string& key, const std::string& value) {
  return RawBytes(13, RawBytes(1, key) + RawBytes(2, value));
}

// In a file, from `offset` on.
std::string RawExternal(const std::string& name, const std::string& location, int offset) {
  return RawHead(name) + RawEntry("location", location) +
         RawEntry("offset", std::to_string(offset)) + RawEntry("length", "8") + RawNumber(14, 1);
}

// An attribute of a node: field 5 has a tensor, 6 a graph, 10 tensors, 11 graphs, 22 a sparse one.
std::string RawAttribute(uint64_t field, const std::string& message) {
  return RawBytes(5, RawBytes(1, "a") + RawBytes(field, message));
}

std::string RawNode(const std::string& operation, const std::string& name,
                    const std::vector<std::string>& inputs, const std::string& output,
                    const std::string& more = "") {
  std::string node;
  for (const std::string& input : inputs) node += RawBytes(1, input);
  return RawBytes(1,
                  node + RawBytes(2, output) + RawBytes(3, name) + RawBytes(4, operation) + more);
}

// A float in two axes, in the file.
std::string RawMatrix(const std::string& name, const std::string& value) {
  return RawBytes(5, RawNumber(1, 1) + RawNumber(1, 1) + RawNumber(2, 1) + RawBytes(8, name) +
                         RawBytes(9, value));
}

// w.safetensors gives "w" two floats, and m.onnx has them at the start of main.bin, which has 24
// bytes.
struct Folder {
  TemporaryDirectory directory;

  explicit Folder(const std::string& model) {
    WriteFile(directory / "m.onnx", model);
    WriteFile(directory / "main.bin", "abcdefghijklmnopqrstuvwx");
    WriteFile(directory / "other.bin", "other data of the model.");
    test::WriteSafetensors(directory / "w.safetensors", {{"w", {"F32", {2}, "12345678"}}});
  }

  Job ToBe() const {
    return {directory / "w.safetensors", directory / "m.onnx", directory / "out/m.onnx"};
  }
};

TEST_CASE("into: data that an initializer without a value shares are refused", "[into]") {
  const std::string w = RawBytes(5, RawExternal("w", "main.bin", 8));
  for (const int offset : {1, 8, 15}) {
    CAPTURE(offset);
    const Folder folder(RawModel(w + RawBytes(5, RawExternal("onnx::Mul_7", "main.bin", offset))));
    const std::string problem = ProblemOf(folder.ToBe());
    CHECK(Holds(problem, "[UNSUPPORTED_FEATURE]"));
    CHECK(Holds(problem, "tensor 'onnx::Mul_7': shares data with 'w', so that it would change"));
  }
  for (const int offset : {0, 16}) {
    CAPTURE(offset);
    const Folder folder(RawModel(w + RawBytes(5, RawExternal("onnx::Mul_7", "main.bin", offset))));
    MustRun(folder.ToBe());
    CHECK(ReadFile(folder.directory / "out/main.bin") == "abcdefgh12345678qrstuvwx");
  }
}

TEST_CASE("into: a long range is seen behind a short one within it", "[into]") {
  const std::string longer = RawNumber(1, 6) + RawNumber(2, 1) + RawBytes(8, "onnx::Mul_7") +
                             RawEntry("location", "main.bin") + RawNumber(14, 1);
  const Folder folder(RawModel(RawBytes(5, longer) +
                               RawBytes(5, RawExternal("onnx::Add_8", "main.bin", 0)) +
                               RawBytes(5, RawExternal("w", "main.bin", 16))));
  CHECK(Holds(ProblemOf(folder.ToBe()), "tensor 'onnx::Mul_7': shares data with 'w'"));
}

// Every place that a tensor may have besides the initializers of the main graph.
std::vector<std::string> ModelsWith(const std::string& tensor) {
  const std::string w = RawBytes(5, RawExternal("w", "main.bin", 8));
  const std::string inner = RawBytes(5, tensor);
  const auto node = [](const std::string& attribute) {
    return RawNode("F", "", {}, "", attribute);
  };
  const std::string sparse = RawBytes(1, tensor);
  const std::string indices = RawBytes(2, tensor);
  return {
      RawModel(node(RawAttribute(6, inner)) + w),
      RawModel(node(RawAttribute(11, node(RawAttribute(6, inner)))) + w),
      RawModel(node(RawAttribute(5, tensor)) + w),
      RawModel(node(RawAttribute(10, tensor)) + w),
      RawModel(node(RawAttribute(22, sparse)) + w),
      RawModel(node(RawAttribute(23, indices)) + w),
      RawModel(w, RawBytes(25, RawBytes(7, RawAttribute(5, tensor)))),
      RawModel(w, RawBytes(25, RawBytes(11, RawBytes(1, "a") + RawBytes(5, tensor)))),
      RawModel(w, RawBytes(20, RawBytes(1, inner))),
  };
}

TEST_CASE("into: data of tensors that are no initializers stay where they are", "[into]") {
  for (const std::string& model : ModelsWith(RawExternal("k", "other.bin", 0))) {
    const Folder folder(model);
    const Written written = MustRun(folder.ToBe());
    CHECK(ReadFile(folder.directory / "out/main.bin") == "abcdefgh12345678qrstuvwx");
    CHECK(ReadFile(folder.directory / "out/other.bin") == "other data of the model.");
    CHECK(ReadFile(folder.directory / "out/m.onnx") == model);
    CHECK(written.report.files.size() == 3);
  }
}

TEST_CASE("into: data that a tensor within a node shares are refused", "[into]") {
  for (const std::string& model : ModelsWith(RawExternal("k", "main.bin", 9))) {
    const Folder folder(model);
    CHECK(Holds(ProblemOf(folder.ToBe()), "tensor 'k': shares data with 'w'"));
  }
  // Without a length it has all up to the end.
  const std::string open = RawEntry("location", "main.bin") + RawNumber(14, 1);
  for (const std::string& model : ModelsWith(open)) {
    const Folder folder(model);
    CHECK(Holds(ProblemOf(folder.ToBe()), "[UNSUPPORTED_FEATURE]"));
  }
  for (const std::string& model : ModelsWith(open + RawEntry("offset", "16"))) {
    const Folder folder(model);
    MustRun(folder.ToBe());
  }
}

TEST_CASE("into: data of tensors within nodes must be there, below the model's directory",
          "[into]") {
  for (const std::string& model : ModelsWith(RawExternal("k", "none.bin", 0))) {
    CHECK(Holds(ProblemOf(Folder(model).ToBe()), "[MISSING_PART]"));
  }
  for (const std::string& model : ModelsWith(RawExternal("k", "../w.bin", 0))) {
    CHECK(Holds(ProblemOf(Folder(model).ToBe()), "[UNSAFE_PATH]"));
  }
  for (const std::string& model : ModelsWith(RawExternal("k", "other.bin", 17))) {
    CHECK(Holds(ProblemOf(Folder(model).ToBe()), "[TRUNCATED]"));
  }
}

TEST_CASE("into: a model without initializers says so", "[into]") {
  const Folder folder(RawModel(RawNode("Constant", "", {}, "w")));
  const absl::StatusOr<Template> model = Template::Open(folder.directory / "m.onnx");
  REQUIRE(model.ok());
  REQUIRE(model->warnings().size() == 1);
  CHECK(Holds(model->warnings()[0], "holds no initializers; tensors within nodes are not read"));
}

// A layer "g" whose weight has become onnx::MatMul_7.
std::string LayerModel() {
  return RawModel(RawNode("MatMul", "/g/MatMul", {"x", "onnx::MatMul_7"}, "y") +
                  RawMatrix("onnx::MatMul_7", "old!") + RawMatrix("b", "old."));
}

TEST_CASE("into: weights that names of nodes lead to are told", "[into]") {
  const Folder folder(LayerModel());
  test::WriteSafetensors(folder.directory / "w.safetensors",
                         {{"g.weight", {"F32", {1, 1}, "new!"}}, {"b", {"F32", {1, 1}, "new."}}});
  const Written written = MustRun(folder.ToBe());
  CHECK(TensorsOf(folder.directory / "out/m.onnx").at("onnx::MatMul_7").data == "new!");
  REQUIRE(written.warnings.size() == 1);
  CHECK(Holds(written.warnings[0],
              "1 weights are taken transposed, by the names of nodes: 'g.weight'"));
}

TEST_CASE("into: a weight is not taken for that of a layer of which more has no place", "[into]") {
  const Folder folder(LayerModel());
  test::WriteSafetensors(folder.directory / "w.safetensors", {{"g.weight", {"F32", {1, 1}, "new!"}},
                                                              {"g.other", {"F32", {1, 1}, "more"}},
                                                              {"b", {"F32", {1, 1}, "new."}}});
  Job job = folder.ToBe();
  CHECK(Holds(ProblemOf(job), "it has no tensor for 'g.other'"));
  job.compile.lenient = true;
  const Written written = MustRun(job);
  const FileTensors tensors = TensorsOf(folder.directory / "out/m.onnx");
  CHECK(tensors.at("onnx::MatMul_7").data == "old!");
  CHECK(tensors.at("b").data == "new.");
  std::string warnings;
  for (const std::string& warning : written.warnings) warnings += warning + "\n";
  CHECK(Holds(warnings, "'onnx::MatMul_7' looks like 'g.weight', which is not taken for it"));
  CHECK(Holds(warnings, "no tensor for 'g.weight'"));
  CHECK(Holds(warnings, "1 tensors get no value and stay as they are: 'onnx::MatMul_7'"));
  CHECK_FALSE(Holds(warnings, "gets no value\n"));
}

}  // namespace
}  // namespace weft
