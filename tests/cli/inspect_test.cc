// weft inspect: text, JSON, and the exit codes of files that cannot be read.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {

TEST_CASE("inspect: the table has one aligned row for each tensor", "[cli]") {
  TemporaryDirectory directory;
  WriteSafetensors(directory / "m.safetensors",
                   {{"layers.10.w", Counting({2, 3}, 0)}, {"layers.9.w", Counting({}, 0)}},
                   {{"format", "pt"}});
  const auto header_bytes = std::filesystem::file_size(directory / "m.safetensors") - 28;
  const Outcome outcome = Weft({"inspect", directory / "m.safetensors"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  const std::string first = std::to_string(header_bytes);
  const std::string second = std::to_string(header_bytes + 24);
  CHECK(outcome.out ==
        "format: safetensors\n"
        "files:\n"
        "  m.safetensors  " +
            std::to_string(header_bytes + 28) +
            " B\n"
            "metadata:\n"
            "  format: pt\n"
            "\n"
            "name         dtype  shape   bytes  file           offset\n"
            "layers.9.w   F32    []          4  m.safetensors     " +
            second +
            "\n"
            "layers.10.w  F32    [2, 3]     24  m.safetensors     " +
            first +
            "\n"
            "\n"
            "totals: 2 tensors, 7 parameters, 28 bytes (28 B)\n");
}

TEST_CASE("inspect: --json has the fields of the contract and nothing else on stdout", "[cli]") {
  TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "m");
  WriteSafetensors(directory / "m/model.safetensors",
                   {{"b", {"BF16", {3, 1}, "abcdef"}}, {"a", {"BOOL", {0}, ""}}},
                   {{"format", "pt"}});
  const auto file_bytes = std::filesystem::file_size(directory / "m/model.safetensors");
  const Outcome outcome = Weft({"inspect", directory / "m", "--json"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  const auto document = nlohmann::json::parse(outcome.out);
  CHECK(document ==
        nlohmann::json({{"format", "safetensors"},
                        {"files", {"model.safetensors"}},
                        {"metadata", {{"format", "pt"}}},
                        {"tensors",
                         {{{"name", "a"},
                           {"dtype", "BOOL"},
                           {"shape", {0}},
                           {"bytes", 0},
                           {"file", "model.safetensors"},
                           {"offset", file_bytes - 6}},
                          {{"name", "b"},
                           {"dtype", "BF16"},
                           {"shape", {3, 1}},
                           {"bytes", 6},
                           {"file", "model.safetensors"},
                           {"offset", file_bytes - 6}}}},
                        {"totals", {{"tensors", 2}, {"bytes", 6}, {"parameters", 3}}}}));
}

TEST_CASE("inspect: names cannot command the terminal", "[cli]") {
  TemporaryDirectory directory;
  const std::string name = "w\x1b[31m\nx";
  WriteSafetensors(directory / "m.safetensors", {{name, Counting({1}, 0)}});
  const Outcome text = Weft({"inspect", directory / "m.safetensors"});
  CHECK(text.exit_code == 0);
  CHECK(text.out.find('\x1b') == std::string::npos);
  CHECK(text.out.find("w\\x1B[31m\\nx") != std::string::npos);
  const Outcome json = Weft({"inspect", directory / "m.safetensors", "--json"});
  CHECK(json.out.find('\x1b') == std::string::npos);
  CHECK(nlohmann::json::parse(json.out)["tensors"][0]["name"] == name);
}

TEST_CASE("inspect: a corrupt file exits 1 and leaves stdout empty", "[cli]") {
  TemporaryDirectory directory;
  WriteSafetensors(directory / "m.safetensors", {{"w", Counting({4}, 0)}});
  std::filesystem::resize_file(directory / "m.safetensors",
                               std::filesystem::file_size(directory / "m.safetensors") - 1);
  for (const std::vector<std::string>& options : {std::vector<std::string>{}, {"--json"}}) {
    std::vector<std::string> arguments = {"inspect", directory / "m.safetensors"};
    arguments.insert(arguments.end(), options.begin(), options.end());
    const Outcome outcome = Weft(arguments);
    CHECK(outcome.exit_code == 1);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.rfind("error[TRUNCATED] ", 0) == 0);
  }
}

TEST_CASE("inspect: what is no checkpoint exits 1", "[cli]") {
  TemporaryDirectory directory;
  WriteFile(directory / "notes.txt", "no checkpoint, only a note that is long enough");
  const Outcome outcome = Weft({"inspect", directory / "notes.txt"});
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.err.rfind("error[UNKNOWN_FORMAT] ", 0) == 0);
}

TEST_CASE("inspect: what cannot be read exits 3", "[cli]") {
  TemporaryDirectory directory;
  std::filesystem::create_symlink("loop", directory / "loop");
  for (const std::string name : {"missing", "loop"}) {
    const Outcome outcome = Weft({"inspect", directory / name});
    CHECK(outcome.exit_code == 3);
    CHECK(outcome.out.empty());
    CHECK(outcome.err.rfind("error[CANNOT_READ] ", 0) == 0);
    CHECK(outcome.first_error_line().find(name) != std::string::npos);
  }
}

TEST_CASE("inspect: two checkpoints in one directory are named, and exit 2", "[cli]") {
  TemporaryDirectory directory;
  for (const std::string name : {"first", "second"}) {
    WriteSafetensors(directory / (name + ".safetensors"), {{"w", Counting({4}, 0)}});
    WriteFile(directory / (name + ".safetensors.index.json"),
              R"({"metadata": {}, "weight_map": {"w": ")" + name + R"(.safetensors"}})");
  }
  const Outcome outcome = Weft({"inspect", directory.path().string()});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.rfind("error[SEVERAL_CHECKPOINTS] ", 0) == 0);
  CHECK(outcome.err.find("first.safetensors.index.json") != std::string::npos);
  CHECK(outcome.err.find("second.safetensors.index.json") != std::string::npos);

  const Outcome decided = Weft({"inspect", directory / "second.safetensors.index.json", "--json"});
  CHECK(decided.exit_code == 0);
  CHECK(nlohmann::json::parse(decided.out)["files"] ==
        nlohmann::json::array({"second.safetensors"}));
}

}  // namespace weft::test
