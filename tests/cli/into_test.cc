// weft convert --into: an existing file with other values.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

std::string PathOf(const std::string& name) {
  return std::string(WEFT_SOURCE_DIR) + "/tests/into/files/" + name;
}

TEST_CASE("convert: --into needs no mapping and reports what it wrote", "[cli]") {
  TemporaryDirectory directory;
  const Outcome outcome = Weft({"convert", PathOf("net_b.safetensors"), directory / "out/net.onnx",
                                "--into", PathOf("external_a/net.onnx"), "--json", "--no-sync"});
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  const auto document = nlohmann::json::parse(outcome.out);
  CHECK(document.at("files") == nlohmann::json({"net.onnx", "net.data"}));
  CHECK(document.at("mapping") == "identity");
  CHECK(document.at("reversible") == "exact");
  CHECK((ReadFile(directory / "out/net.data") == ReadFile(PathOf("external_b/net.data"))));
}

TEST_CASE("convert: --into warns of what stays, and --lenient of what has no place", "[cli]") {
  TemporaryDirectory directory;
  const std::vector<std::string> command = {"convert", PathOf("scripted_b.safetensors"),
                                            directory / "out.zip", "--no-sync"};
  std::vector<std::string> right = command;
  right.insert(right.end(), {"--into", PathOf("scripted.zip")});
  const Outcome kept = Weft(right);
  CHECK(kept.exit_code == 0);
  CHECK(kept.err.find("1 tensors get no value and stay as they are: 'table'") != std::string::npos);

  std::vector<std::string> wrong = command;
  wrong.insert(wrong.end(), {"--into", PathOf("frozen.zip"), "--force"});
  const Outcome refused = Weft(wrong);
  CHECK(refused.exit_code == 1);
  CHECK(refused.first_error_line().find("error[UNEXPECTED_TENSOR]") == 0);
  wrong.emplace_back("--lenient");
  const Outcome lenient = Weft(wrong);
  CHECK(lenient.exit_code == 0);
  CHECK(lenient.err.find("it has no tensor for 'scale'") != std::string::npos);
  CHECK((ReadFile(directory / "out.zip") == ReadFile(PathOf("frozen.zip"))));
}

TEST_CASE("convert: --into excludes what a template says itself", "[cli]") {
  TemporaryDirectory directory;
  const std::vector<std::vector<std::string>> excluded = {
      {"--to", "pytorch"},
      {"--expect", PathOf("net_a.safetensors")},
      {"--max-shard-size", "1GB"},
      {"--complement", directory / "c.safetensors"},
      {"--rank", "0", "--world-size", "2"}};
  for (const std::vector<std::string>& options : excluded) {
    std::vector<std::string> command = {"convert", PathOf("net_b.safetensors"),
                                        directory / "out.onnx", "--into", PathOf("net_a.onnx")};
    command.insert(command.end(), options.begin(), options.end());
    const Outcome outcome = Weft(command);
    INFO(options[0]);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.err.find("--into and " + options[0] + " exclude each other") !=
          std::string::npos);
  }
}

TEST_CASE("convert: an ONNX model is not written from tensors alone", "[cli]") {
  TemporaryDirectory directory;
  const Outcome outcome =
      Weft({"convert", PathOf("net_b.safetensors"), directory / "out.onnx", "--map", "identity"});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.err.find("--into") != std::string::npos);
  CHECK(!std::filesystem::exists(directory / "out.onnx"));
}

TEST_CASE("inspect: names that an exporter changed are shown beside those of the file", "[cli]") {
  const Outcome json = Weft({"inspect", PathOf("merged.onnx"), "--json"});
  REQUIRE(json.exit_code == 0);
  const auto document = nlohmann::json::parse(json.out);
  nlohmann::json found;
  for (const auto& tensor : document.at("tensors")) {
    if (tensor.contains("state_dict")) found[tensor.at("name")] = tensor.at("state_dict");
  }
  const auto names = [](const std::vector<std::string>& all, bool is_transposed) {
    return nlohmann::json{{"names", all}, {"transposed", is_transposed}};
  };
  CHECK(found ==
        nlohmann::json(
            {{"onnx::MatMul_32", names({"layers.0.ff.0.weight"}, true)},
             {"onnx::MatMul_33", names({"layers.0.ff.2.weight", "layers.1.ff.2.weight"}, true)},
             {"onnx::MatMul_34", names({"layers.1.ff.0.weight"}, true)},
             {"layers.0.norm.bias", names({"layers.0.norm.bias", "layers.1.norm.bias"}, false)},
             {"layers.0.norm.weight",
              names({"layers.0.norm.weight", "layers.1.norm.weight"}, false)}}));
  const Outcome text = Weft({"inspect", PathOf("merged.onnx")});
  CHECK(text.out.find("  onnx::MatMul_34: layers.1.ff.0.weight, transposed\n") !=
        std::string::npos);
}

}  // namespace
}  // namespace weft::test
