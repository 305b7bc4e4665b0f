// weft maps: the list, and one mapping in full.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {

TEST_CASE("maps: text and JSON list the same mappings", "[cli]") {
  const Outcome json = Weft({"maps", "--json"});
  CHECK(json.exit_code == 0);
  CHECK(json.err.empty());
  const Outcome text = Weft({"maps"});
  CHECK(text.exit_code == 0);
  CHECK(text.err.empty());
  const auto mappings = nlohmann::json::parse(json.out)["mappings"];
  CHECK(static_cast<size_t>(std::count(text.out.begin(), text.out.end(), '\n')) == mappings.size());
  size_t line_begin = 0;
  for (const auto& mapping : mappings) {
    const std::string name = mapping["name"];
    const std::string layouts =
        mapping["from"].get<std::string>() + " → " + mapping["to"].get<std::string>();
    const std::string line =
        text.out.substr(line_begin, text.out.find('\n', line_begin) - line_begin);
    CHECK(line.rfind(name + " ", 0) == 0);
    CHECK(line.find(layouts) != std::string::npos);
    CHECK(line.find(mapping["description"].get<std::string>()) != std::string::npos);
    line_begin += line.size() + 1;
  }
}

TEST_CASE("maps: the shipped mappings are there", "[cli]") {
  const auto mappings = nlohmann::json::parse(Weft({"maps", "--json"}).out)["mappings"];
  for (const std::string name :
       {"mixtral", "qwen2_moe", "encodec_24khz", "encodec_32khz", "encodec_48khz"}) {
    INFO(name);
    CHECK(std::any_of(mappings.begin(), mappings.end(),
                      [&](const nlohmann::json& mapping) { return mapping["name"] == name; }));
  }
}

TEST_CASE("maps: a name prints the mapping file, byte for byte", "[cli]") {
  const Outcome outcome = Weft({"maps", "mixtral"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out == ReadFile(WEFT_SOURCE_DIR "/mappings/mixtral.json"));
  CHECK(Weft({"maps", "mixtral", "--json"}).out == outcome.out);
}

TEST_CASE("maps: an unknown name exits 2 and shows near ones", "[cli]") {
  const Outcome outcome = Weft({"maps", "mixtrall"});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.rfind("error[UNKNOWN_MAPPING] ", 0) == 0);
  CHECK(outcome.first_error_line().find("mixtrall") != std::string::npos);
  CHECK(outcome.err.find("mixtral,") != std::string::npos);
}

TEST_CASE("maps: a directory adds mappings, to be named, detected and included", "[cli]") {
  const TemporaryDirectory directory;
  std::filesystem::create_directory(directory / "maps");
  WriteFile(directory / "maps/mine.json",
            R"({"weft": 1, "name": "mine", "from": "left", "to": "right",
                "detect": {"from": {"has": "left.{i}"}, "to": {"has": "right.{i}"}},
                "stages": [{"include": "shared"}]})");
  WriteFile(
      directory / "maps/shared.json",
      R"({"weft": 1, "name": "shared", "stages": [[{"rename": "left.{i}", "to": "right.{i}"}]]})");
  WriteFile(directory / "maps/notes.txt", "no mapping");
  const std::string maps = directory / "maps";
  CHECK(Weft({"maps", "--mappings", maps}).out.find("mine ") != std::string::npos);
  CHECK(Weft({"maps", "mine", "--mappings", maps}).out == ReadFile(directory / "maps/mine.json"));
  CHECK(Weft({"maps", "mine"}).exit_code == 2);

  WriteSafetensors(directory / "a.safetensors", {{"left.3", {"U8", {2}, "xy"}}});
  const Outcome converted = Weft(
      {"convert", directory / "a.safetensors", directory / "b.safetensors", "--mappings", maps});
  INFO(converted.err);
  CHECK(converted.exit_code == 0);
  CheckSame(ReadSafetensors(directory / "b.safetensors"), {{"right.3", {"U8", {2}, "xy"}}});

  const Outcome missing = Weft({"maps", "--mappings", directory / "nowhere"});
  CHECK(missing.exit_code == 3);
  CHECK(missing.err.rfind("error[CANNOT_READ]", 0) == 0);
}

}  // namespace weft::test
