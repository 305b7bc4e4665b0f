// TorchScript archives made by hand.
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "formats/raw_pickle.h"
#include "into/job.h"

namespace weft {
namespace {

using test::FileTensor;
using test::FileTensors;
using test::Holds;
using test::Job;
using test::MustRun;
using test::Pickle;
using test::PickledCall;
using test::PickledDict;
using test::PickledGlobal;
using test::PickledInt;
using test::PickledList;
using test::PickledSizes;
using test::PickledStorage;
using test::PickledTuple;
using test::ProblemOf;
using test::TemporaryDirectory;
using test::TensorsOf;
using test::TorchZip;
using test::WriteFile;

using Members = std::vector<std::pair<std::string, std::string>>;
using Attributes = std::vector<std::pair<std::string, std::string>>;

constexpr const char* kSixteen = "0123456789abcdef";

// A tensor of storage "0", whose class and number of elements are given.
std::string Tensor(std::string_view storage, int64_t elements, const std::vector<int64_t>& shape,
                   const std::vector<int64_t>& strides) {
  return PickledCall(
      "torch._utils", "_rebuild_tensor_v2",
      {PickledStorage(storage, "0", elements), PickledInt(0), PickledSizes(shape),
       PickledSizes(strides), "\x89", PickledCall("collections", "OrderedDict", {})});
}

std::string Floats() { return Tensor("FloatStorage", 4, {4}, {1}); }

std::string Module(const std::string& name, const Attributes& attributes) {
  return PickledGlobal("__torch__", name) + ")\x81" + PickledDict(attributes) + "b";
}

std::string Archive(const std::string& root, const std::string& code, Members more = {}) {
  more.emplace_back("code/__torch__.py", code);
  more.emplace_back("constants.pkl", Pickle(")"));
  return TorchZip(Pickle(root), {{"0", kSixteen}}, more);
}

struct Folder {
  TemporaryDirectory directory;

  Folder(const std::string& archive, const FileTensors& tensors) {
    WriteFile(directory / "a.pt", archive);
    test::WriteSafetensors(directory / "w.safetensors", tensors);
  }

  Job ToBe() const { return {directory / "w.safetensors", directory / "a.pt", directory / "b.pt"}; }
};

FileTensor NewFloats() { return {"F32", {4}, "FEDCBA9876543210"}; }

TEST_CASE("into: constants of the lite interpreter's code keep their dtype", "[into]") {
  const std::string constants = Pickle(PickledTuple({Floats()}));
  const Members members = {{"constants.pkl", constants}, {"constants/0", kSixteen}};
  const auto archive = [&](bool has_bytecode) {
    Members all = members;
    if (has_bytecode) all.emplace_back("bytecode.pkl", constants);
    return TorchZip(Pickle(Module("Net", {{"training", "\x89"}})), {}, all);
  };
  for (const bool has_bytecode : {false, true}) {
    const Folder folder(archive(has_bytecode), {{"CONSTANTS.c0", NewFloats()}});
    Job job = folder.ToBe();
    MustRun(job);
    CHECK(TensorsOf(job.destination).at("CONSTANTS.c0").data == NewFloats().data);
    job.destination = folder.directory / "half.pt";
    job.compile.dtype = DType::kF16;
    if (!has_bytecode) {
      MustRun(job);
      CHECK(TensorsOf(job.destination).at("CONSTANTS.c0").dtype == "F16");
      continue;
    }
    const std::string problem = ProblemOf(job);
    CHECK(Holds(problem, "[UNSUPPORTED_FEATURE]"));
    CHECK(Holds(problem, "bytecode.pkl: the code for the lite interpreter says the dtypes"));
  }
}

TEST_CASE("into: an archive becomes one of a type that has no storage class in Python", "[into]") {
  const Folder folder(Archive(Module("Net", {{"w", Floats()}}), ""), {{"w", NewFloats()}});
  Job job = folder.ToBe();
  job.compile.dtype = DType::kF8E5M2;
  MustRun(job);
  CHECK(TensorsOf(job.destination).at("w").dtype == "F8_E5M2");
  CHECK(Holds(test::ReadFile(job.destination), "torch\nFloat8_e5m2Storage\n"));
}

constexpr const char* kCode =
    "class Net(Module):\n"
    "  __parameters__ = [\"w\", ]\n"
    "  __buffers__ = [\"b\", ]\n"
    "class Other(Module):\n"
    "  __parameters__ = [\"x\", ]\n";

TEST_CASE("into: what the code of a tensor's own class lists must get a value", "[into]") {
  const auto root = [](const std::string& attribute) {
    return Module("Net", {{"other", Module("Other", {{attribute, Floats()}})}});
  };
  const FileTensors none = {{"none", NewFloats()}};
  CHECK(Holds(ProblemOf(Folder(Archive(root("x"), kCode), none).ToBe()),
              "its tensor 'other.x' gets no value"));
  CHECK_FALSE(Holds(ProblemOf(Folder(Archive(root("w"), kCode), none).ToBe()), "gets no value"));
}

TEST_CASE("into: code that no tensor needs is not read, and other code has a limit", "[into]") {
  const std::string much = kCode + std::string((uint64_t{32} << 20U) - 20, '\n');
  const std::string root = Module("Net", {{"w", Floats()}});
  const FileTensors tensors = {{"w", NewFloats()}};
  MustRun(Folder(Archive(root, kCode, {{"code/__torch__/net.py", much}}), tensors).ToBe());
  CHECK(Holds(ProblemOf(Folder(Archive(root, much), tensors).ToBe()), "[LIMIT_EXCEEDED]"));
}

TEST_CASE("into: a tensor is called as in the state dict, whatever other attributes hold it",
          "[into]") {
  const Folder folder(
      Archive(Module("Net", {{"ref", PickledList({Floats()})}, {"w", Floats()}}), kCode),
      {{"none", NewFloats()}});
  CHECK(Holds(ProblemOf(folder.ToBe()), "its tensor 'w' gets no value"));
  const absl::StatusOr<Template> model = Template::Open(folder.directory / "a.pt");
  REQUIRE(model.ok());
  REQUIRE(model->tensors().size() == 1);
  CHECK(model->tensors()[0].name == "w");
  CHECK(model->tensors()[0].sources == std::vector<std::string>{"w", "ref.0"});
}

TEST_CASE("into: complex numbers are written as the pairs that they are", "[into]") {
  const Folder folder(
      Archive(Module("Net", {{"b", Tensor("ComplexDoubleStorage", 1, {1}, {1})}}), kCode),
      {{"b", {"F64", {1, 2}, "FEDCBA9876543210"}}});
  Job job = folder.ToBe();
  MustRun(job);
  const FileTensors written = TensorsOf(job.destination);
  CHECK(written.at("b").data == "FEDCBA9876543210");
  CHECK(written.at("b").shape == std::vector<int64_t>{1, 2});
  job.compile.dtype = DType::kF16;
  job.destination = folder.directory / "half.pt";
  CHECK(Holds(ProblemOf(job), "tensor 'b': its elements are pairs of numbers"));
}

TEST_CASE("into: complex numbers in another order of the axes are written in that", "[into]") {
  const std::string tensor = Tensor("ComplexHalfStorage", 4, {2, 2}, {1, 2});
  const Folder folder(Archive(Module("Net", {{"b", tensor}}), kCode),
                      {{"b", {"F16", {2, 2, 2}, "0011223344556677"}}});
  const Job job = folder.ToBe();
  MustRun(job);
  CHECK(TensorsOf(job.destination).at("b").data == "0011223344556677");
  CHECK(Holds(test::ReadFile(job.destination), "0011445522336677"));
}

TEST_CASE("into: a repeated buffer says what leaves it as it is", "[into]") {
  const Folder folder(
      Archive(Module("Net", {{"b", Tensor("FloatStorage", 4, {2, 4}, {0, 1})}}), kCode),
      {{"b", {"F32", {2, 4}, "FEDCBA9876543210FEDCBA9876543210"}}});
  Job job = folder.ToBe();
  const std::string problem = ProblemOf(job);
  CHECK(Holds(problem, "its elements do not lie one behind the other"));
  CHECK(Holds(problem, "a mapping that drops it leaves it as it is, with --lenient"));
  Stage stage;
  stage.emplace_back(WeightDrop{"b", "repeated"});
  job.mappings = {test::MappingOf(stage)};
  job.compile.lenient = true;
  MustRun(job);
  CHECK(test::ReadFile(job.destination) == test::ReadFile(folder.directory / "a.pt"));
}

}  // namespace
}  // namespace weft
