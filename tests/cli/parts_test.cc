// Part files: several files with the same names, merged and written again.
#include <catch2/catch.hpp>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

namespace fs = std::filesystem;

// A mapping over parts: rows one behind the other, columns side by side, and what all have.
std::string Mapping(const std::string& files) {
  return R"({"weft": 1, "name": "parts", "from": "parts", "to": "whole", "files": ")" + files +
         R"rules(",
  "detect": {"from": {"has": "{r}/layers.{i}.wq"}, "to": {"has": "model.{i}.q"}},
  "stages": [[
    {"from": ["{r}/layers.{i}.wq", "h d"], "to": ["model.{i}.q", "(r h) d"]},
    {"from": ["{r}/layers.{i}.wo", "d h"], "to": ["model.{i}.o", "d (r h)"]},
    {"rename": "{r}/{p*}.norm", "to": "model.{p*}.norm"}]]})rules";
}

FileTensors Part(int part) {
  const auto first = static_cast<float>(100 * part);
  return {{"layers.0.wq", Counting({1, 2}, first)},
          {"layers.0.wo", Counting({2, 1}, first + 10)},
          {"norm", Counting({3}, 7)}};
}

// A file in a directory that is made for it.
void WritePart(const std::string& path, const FileTensors& tensors) {
  fs::create_directories(fs::path(path).parent_path());
  WriteSafetensors(path, tensors);
}

// Of `parts` parts: what the mapping makes of them.
FileTensors Whole(int parts) {
  FileTensor q{"F32", {parts, 2}, ""};
  FileTensor o{"F32", {2, parts}, ""};
  for (int part = 0; part < parts; ++part) q.data += Part(part).at("layers.0.wq").data;
  for (size_t row = 0; row < 2; ++row) {
    for (int part = 0; part < parts; ++part) {
      o.data += Part(part).at("layers.0.wo").data.substr(4 * row, 4);
    }
  }
  return {{"model.0.q", q}, {"model.0.o", o}, {"model.norm", Counting({3}, 7)}};
}

}  // namespace

TEST_CASE("parts: files of the same names are merged, and written again", "[cli]") {
  TemporaryDirectory directory;
  const std::string map = directory / "parts.json";
  WriteFile(map, Mapping("model.{r:02}.safetensors"));
  // Names come in the order of their numbers: 10 behind 9.
  const int count = 11;
  for (int part = 0; part < count; ++part) {
    const std::string number = (part < 10 ? "0" : "") + std::to_string(part);
    WritePart(directory / "in/model." + number + ".safetensors", Part(part));
  }
  WriteFile(directory / "in/params.json", "{}");
  WritePart(directory / "in/other.safetensors", {{"x", Counting({1}, 0)}});

  const Outcome forward =
      Weft({"convert", directory / "in", directory / "whole.safetensors", "--map", map, "--json"});
  INFO(forward.err);
  REQUIRE(forward.exit_code == 0);
  CHECK(ReadSafetensors(directory / "whole.safetensors") == Whole(count));

  const Outcome back = Weft({"convert", directory / "whole.safetensors", directory / "back",
                             "--map", map, "--reverse", "--set", "r=11"});
  INFO(back.err);
  REQUIRE(back.exit_code == 0);
  CHECK(ListTree(directory / "back").size() == static_cast<size_t>(count));
  for (int part = 0; part < count; ++part) {
    const std::string number = (part < 10 ? "0" : "") + std::to_string(part);
    CHECK(ReadSafetensors(directory / "back/model." + number + ".safetensors") == Part(part));
  }
  const Outcome verified = Weft({"verify", directory / "back", directory / "whole.safetensors",
                                 "--map", map, "--reverse", "--set", "r=11"});
  INFO(verified.err);
  CHECK(verified.exit_code == 0);
}

TEST_CASE("parts: files of PyTorch, in directories of their own", "[cli]") {
  TemporaryDirectory directory;
  const std::string map = directory / "parts.json";
  WriteFile(map, Mapping("mp_rank_{r:02}/model.pt"));
  WriteSafetensors(directory / "whole.safetensors", Whole(3));
  const Outcome back = Weft({"convert", directory / "whole.safetensors", directory / "parts",
                             "--map", map, "--reverse", "--set", "r=3"});
  INFO(back.err);
  REQUIRE(back.exit_code == 0);
  CHECK(fs::exists(directory / "parts/mp_rank_02/model.pt"));
  const Outcome inspected = Weft({"inspect", directory / "parts/mp_rank_01/model.pt", "--json"});
  const auto tensors = nlohmann::json::parse(inspected.out)["tensors"];
  REQUIRE(tensors.size() == 3);
  CHECK(tensors[0]["name"] == "layers.0.wo");

  const Outcome forward =
      Weft({"convert", directory / "parts", directory / "again.safetensors", "--map", map});
  INFO(forward.err);
  REQUIRE(forward.exit_code == 0);
  CHECK(ReadSafetensors(directory / "again.safetensors") == Whole(3));
}

TEST_CASE("parts: --force leaves no part of before", "[cli]") {
  TemporaryDirectory directory;
  const std::string map = directory / "parts.json";
  WriteFile(map, Mapping("part{r}.npz"));
  for (const int parts : {3, 2}) {
    const std::string count = std::to_string(parts);
    WriteSafetensors(directory / "whole.safetensors", Whole(parts));
    const Outcome back = Weft({"convert", directory / "whole.safetensors", directory / "parts",
                               "--map", map, "--reverse", "--set", "r=" + count, "--force"});
    INFO(back.err);
    CHECK(back.exit_code == 0);
    CHECK(ListTree(directory / "parts").size() == static_cast<size_t>(parts));
  }
}

TEST_CASE("parts: a mapping is found by its part files", "[cli]") {
  TemporaryDirectory directory;
  fs::create_directories(directory / "maps");
  WriteFile(directory / "maps/parts.json", Mapping("part{r}.safetensors"));
  for (const int parts : {1, 2}) {
    WritePart(directory / "in/part" + std::to_string(parts - 1) + ".safetensors", Part(parts - 1));
    const Outcome outcome = Weft({"convert", directory / "in", directory / "whole.safetensors",
                                  "--mappings", directory / "maps", "--force"});
    INFO(outcome.err);
    REQUIRE(outcome.exit_code == 0);
    CHECK(ReadSafetensors(directory / "whole.safetensors") == Whole(parts));
  }
}

TEST_CASE("parts: what is not there is told", "[cli]") {
  TemporaryDirectory directory;
  const std::string map = directory / "parts.json";
  WriteFile(map, Mapping("part{r}.safetensors"));
  WritePart(directory / "in/part0.safetensors", Part(0));
  WritePart(directory / "in/part2.safetensors", Part(2));
  WritePart(directory / "none/other.safetensors", Part(0));
  WriteSafetensors(directory / "whole.safetensors", Whole(2));
  const auto error = [&](const std::vector<std::string>& arguments) {
    const Outcome outcome = Weft(arguments);
    CHECK(outcome.exit_code != 0);
    CHECK_FALSE(fs::exists(directory / "out"));
    return outcome.err.substr(0, outcome.err.find(' '));
  };
  const std::string out = directory / "out";
  CHECK(error({"convert", directory / "in", out, "--map", map}) == "error[MISSING_PART]");
  CHECK(error({"convert", directory / "none", out, "--map", map}) == "error[MISSING_PART]");
  CHECK(error({"convert", directory / "in/part0.safetensors", out, "--map", map}) ==
        "error[NOT_REGULAR_FILE]");
  CHECK(error({"convert", directory / "in", out}) == "error[DUPLICATE_NAME]");
  const std::vector<std::string> back = {
      "convert", directory / "whole.safetensors", out, "--reverse", "--map", map};
  CHECK(error(back) == "error[SIZE_UNKNOWN]");
  std::vector<std::string> to_a_file = back;
  to_a_file[2] += ".safetensors";
  to_a_file.insert(to_a_file.end(), {"--set", "r=2"});
  CHECK(error(to_a_file) == "error[BAD_ARGUMENT]");
  // What passes has to have a part, too, and no part may be left out.
  for (const auto& [name, code] : std::map<std::string, std::string>{
           {"stray", "error[UNEXPECTED_TENSOR]"}, {"9/stray", "error[INCOMPLETE_LIST]"}}) {
    WriteSafetensors(directory / "stray.safetensors", {{name, Counting({1}, 0)}});
    CHECK(error({"convert", directory / "stray.safetensors", out, "--reverse", "--map", map}) ==
          code);
  }
  WriteFile(map, Mapping("part{r}.unknown"));
  std::vector<std::string> unknown = back;
  unknown.insert(unknown.end(), {"--set", "r=2"});
  CHECK(error(unknown) == "error[BAD_ARGUMENT]");
}

}  // namespace weft::test
