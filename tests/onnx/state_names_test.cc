// Names of layers, recovered from the names of nodes.
#include "formats/onnx/state_names.h"

#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/byte_reader.h"
#include "formats/onnx/model.h"
#include "protobuf/raw_fields.h"

namespace weft {
namespace {

using onnx::LayerNames;
using onnx::StateNameTable;
using test::RawBytes;
using test::RawNumber;

using Names = std::vector<std::string>;

std::string RawNode(const std::string& operation, const std::string& name, const Names& inputs,
                    const std::string& output) {
  std::string node;
  for (const std::string& input : inputs) node += RawBytes(1, input);
  return RawBytes(1, node + RawBytes(2, output) + RawBytes(3, name) + RawBytes(4, operation));
}

std::string RawMatrix(const std::string& name) {
  return RawBytes(5, RawNumber(1, 1) + RawNumber(1, 1) + RawNumber(2, 1) + RawBytes(8, name) +
                         RawBytes(9, "1234"));
}

StateNameTable TableOf(const std::string& graph) {
  const std::string bytes = RawNumber(1, 10) + RawBytes(7, graph);
  const TextReader reader(bytes, "m.onnx");
  const absl::StatusOr<onnx::Model> model = onnx::Read(reader, {});
  REQUIRE(model.ok());
  absl::StatusOr<StateNameTable> table = onnx::ReadStateNames(reader, model->initializers, {});
  REQUIRE(table.ok());
  return *std::move(table);
}

TEST_CASE("onnx: a node is called after its layer", "[onnx]") {
  const LayerNames layers({});
  CHECK(layers.WeightOf("/down_blocks.0.1.0/attn1/to_q/MatMul") ==
        "down_blocks.0.1.0.attn1.to_q.weight");
  CHECK(layers.WeightOf("/fc/MatMul_3") == "fc.weight");
  CHECK(layers.WeightOf("/fc/MatMul_x").empty());
  CHECK(layers.WeightOf("/fc/Add").empty());
  CHECK(layers.WeightOf("/MatMul").empty());
  CHECK(layers.WeightOf("MatMul_12").empty());
  CHECK(layers.WeightOf("").empty());
}

TEST_CASE("onnx: a child of a Sequential repeats its name", "[onnx]") {
  const LayerNames layers({});
  CHECK(layers.WeightOf("/ff/net/net.0/proj/MatMul") == "ff.net.0.proj.weight");
  CHECK(layers.WeightOf("/block/seq/seq.1/seq.1.0/MatMul") == "block.seq.1.0.weight");
  CHECK(layers.WeightOf("/a/ab.0/MatMul") == "a.ab.0.weight");
}

TEST_CASE("onnx: other tensors tell a Sequential from a layer of the same name", "[onnx]") {
  const LayerNames layers({"block.block.0.bias", "block.block.0.seq.0.bias"});
  CHECK(layers.WeightOf("/block/block.0/MatMul") == "block.block.0.weight");
  CHECK(layers.WeightOf("/block/block.0/seq/seq.0/MatMul") == "block.block.0.seq.0.weight");
  CHECK(layers.WeightOf("/other/other.0/MatMul") == "other.0.weight");
}

TEST_CASE("onnx: an initializer that several layers share has the names of all", "[onnx]") {
  const StateNameTable table = TableOf(
      RawNode("Identity", "Identity_0", {"onnx::MatMul_1"}, "onnx::MatMul_2") +
      RawNode("MatMul", "/a/MatMul", {"x", "onnx::MatMul_1"}, "y") +
      RawNode("MatMul", "/b/MatMul", {"y", "onnx::MatMul_2"}, "z") +
      RawNode("MatMul", "/c/MatMul", {"z", "onnx::MatMul_1"}, "out") + RawMatrix("onnx::MatMul_1"));
  REQUIRE(table.initializers.size() == 1);
  CHECK(table.initializers[0].names == Names{"a.weight", "c.weight", "b.weight"});
  CHECK(table.initializers[0].is_transposed);
  CHECK(table.warnings.empty());
}

TEST_CASE("onnx: a name that two initializers would have is none", "[onnx]") {
  const StateNameTable table =
      TableOf(RawNode("MatMul", "/a/MatMul", {"x", "onnx::MatMul_1"}, "y") +
              RawNode("MatMul", "/a/MatMul_1", {"y", "2"}, "z") + RawMatrix("onnx::MatMul_1") +
              RawMatrix("2"));
  REQUIRE(table.initializers.size() == 2);
  CHECK(table.initializers[0].names.empty());
  CHECK(table.initializers[1].names.empty());
  REQUIRE(table.warnings.size() == 1);
  CHECK(table.warnings[0].find("both initializers 'onnx::MatMul_1' and '2' look like 'a.weight'") !=
        std::string::npos);
}

TEST_CASE("onnx: an initializer that is really called so keeps its name", "[onnx]") {
  const StateNameTable table =
      TableOf(RawNode("MatMul", "/a/MatMul", {"x", "onnx::MatMul_1"}, "y") +
              RawMatrix("onnx::MatMul_1") + RawMatrix("a.weight"));
  REQUIRE(table.initializers.size() == 2);
  CHECK(table.initializers[0].names.empty());
  CHECK(table.initializers[1].names == Names{"a.weight"});
}

TEST_CASE("onnx: a value that is used as it is and transposed keeps only its own name", "[onnx]") {
  const StateNameTable table =
      TableOf(RawNode("Identity", "Identity_0", {"w"}, "onnx::MatMul_2") +
              RawNode("MatMul", "/b/MatMul", {"y", "onnx::MatMul_2"}, "z") + RawMatrix("w"));
  REQUIRE(table.initializers.size() == 1);
  CHECK(table.initializers[0].names.empty());
  REQUIRE(table.warnings.size() == 1);
  CHECK(table.warnings[0].find("for 'w' as it is and for 'b.weight' transposed") !=
        std::string::npos);
}

// Inputs and a name, in the attribute of a node of the main graph.
std::string RawInner(const std::string& operation, const Names& inputs) {
  const std::string graph = RawNode(operation, "/inner/" + operation, inputs, "z");
  return RawBytes(1, RawBytes(4, "If") + RawBytes(5, RawBytes(1, "then") + RawBytes(6, graph)));
}

TEST_CASE("onnx: a weight that something else uses, too, has no name of a layer", "[onnx]") {
  const std::string weight = RawMatrix("onnx::MatMul_1");
  const std::string layer = RawNode("MatMul", "/a/MatMul", {"x", "onnx::MatMul_1"}, "y");
  CHECK(TableOf(layer + weight).initializers[0].names == Names{"a.weight"});
  CHECK(
      TableOf(layer + RawInner("MatMul", {"x", "onnx::MatMul_1"}) + weight).initializers[0].names ==
      Names{"a.weight", "inner.weight"});
  const std::string alias = RawNode("Identity", "Identity_0", {"onnx::MatMul_1"}, "onnx::MatMul_2");
  const std::string custom = RawBytes(1, RawBytes(1, "x") + RawBytes(1, "onnx::MatMul_1") +
                                             RawBytes(2, "z") + RawBytes(3, "/a/MatMul_1") +
                                             RawBytes(4, "MatMul") + RawBytes(7, "my.domain"));
  for (const std::string& use : {
           RawNode("Gemm", "/b/Gemm", {"x", "onnx::MatMul_1"}, "z"),
           RawNode("MatMul", "/b/MatMul", {"onnx::MatMul_1", "x"}, "z"),
           RawNode("MatMul", "/b/MatMul", {"onnx::MatMul_1", "onnx::MatMul_1"}, "z"),
           RawNode("MatMul", "MatMul_3", {"x", "onnx::MatMul_1"}, "z"),
           RawNode("Sum", "/b/Sum", {"x", "x", "x", "onnx::MatMul_1"}, "z"),
           RawNode("Identity", "Identity_1", {"onnx::MatMul_1", "x"}, "z"),
           RawInner("Add", {"x", "onnx::MatMul_1"}),
           RawInner("Identity", {"onnx::MatMul_1"}),
           alias + RawNode("Gemm", "/b/Gemm", {"x", "onnx::MatMul_2"}, "z"),
           alias + RawBytes(12, RawBytes(1, "onnx::MatMul_2")),
           RawBytes(12, RawBytes(1, "onnx::MatMul_1")),
           custom,
       }) {
    const StateNameTable table = TableOf(layer + use + weight);
    CHECK(table.initializers[0].names.empty());
    REQUIRE(table.warnings.size() == 1);
    CHECK(table.warnings[0].find("initializer 'onnx::MatMul_1' looks like 'a.weight' transposed, "
                                 "and is used by ") == 0);
  }
  CHECK(TableOf(layer + RawNode("Gemm", "/b/Gemm", {"x", "onnx::MatMul_1"}, "z") + weight)
            .warnings[0]
            .find("is used by '/b/Gemm', too") != std::string::npos);
}

TEST_CASE("onnx: a weight of more layers than any model has is not named", "[onnx]") {
  const auto table_of = [](int layers) {
    std::string graph = RawMatrix("onnx::MatMul_1");
    for (int i = 0; i < layers; ++i) {
      const std::string node = "/l" + std::to_string(i) + "/MatMul";
      graph += RawNode("MatMul", node, {"x", "onnx::MatMul_1"}, "y");
      graph += RawNode("MatMul", node, {"x", "onnx::MatMul_1"}, "y");
    }
    return TableOf(graph);
  };
  CHECK(table_of(2000).initializers[0].names.size() == 2000);
  const StateNameTable table = table_of(10'001);
  CHECK(table.initializers[0].names.empty());
  REQUIRE(table.warnings.size() == 1);
  CHECK(table.warnings[0].find("is used by too many layers") != std::string::npos);
}

TEST_CASE("onnx: a path of more segments than any model has is no layer", "[onnx]") {
  std::string path;
  for (int i = 0; i < 100; ++i) path += "/a";
  CHECK(LayerNames({}).WeightOf(path + "/MatMul").empty());
  CHECK(LayerNames({}).WeightOf(path.substr(0, 20) + "/MatMul") == "a.a.a.a.a.a.a.a.a.a.weight");
}

}  // namespace
}  // namespace weft
