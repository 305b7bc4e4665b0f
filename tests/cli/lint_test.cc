// weft lint: what it prints, and its exit codes.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cli/checkpoint_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

const std::string kOverlap = R"({"weft": 1, "stages": [[
  {"rename": "d.{i}.conv.w", "to": "layers.{i}.w"},
  {"rename": "d.{i}.convtr.w", "to": "layers.{i}.w"}]]})";

}  // namespace

TEST_CASE("lint: a mapping without findings exits 0", "[cli]") {
  const Outcome outcome = Weft({"lint", "mixtral", WEFT_SOURCE_DIR "/mappings/qwen2_moe.json"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out == "mixtral: no findings\n" WEFT_SOURCE_DIR
                       "/mappings/qwen2_moe.json: no findings\n");
}

TEST_CASE("lint: findings exit 1, and are told in full", "[cli]") {
  const TemporaryDirectory directory;
  const std::string file = directory / "m.json";
  WriteFile(file, kOverlap);
  const Outcome outcome = Weft({"lint", file});
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.err.empty());
  CHECK(outcome.out ==
        "finding[OVERLAPPING_RANGES] m.json:3:3 (/stages/0/1): two rules make one name: this one "
        "from 'd.0.convtr.w', and m.json:2:3 (/stages/0/0) from 'd.0.conv.w'\n"
        "  witness: layers.0.w\n"
        "  hint: the way back cannot tell the two apart: give them different names, or narrow a "
        "pattern\n" +
            file + ": 1 finding\n");
}

TEST_CASE("lint: the JSON document has the same", "[cli]") {
  const TemporaryDirectory directory;
  const std::string file = directory / "m.json";
  WriteFile(file, kOverlap);
  const Outcome outcome = Weft({"lint", file, "mixtral", "--json"});
  CHECK(outcome.exit_code == 1);
  const auto document = nlohmann::json::parse(outcome.out);
  CHECK(document["total_findings"] == 1);
  REQUIRE(document["mappings"].size() == 2);
  CHECK(document["mappings"][0]["mapping"] == file);
  CHECK(document["mappings"][1]["mapping"] == "mixtral");
  CHECK(document["mappings"][1]["findings"].empty());
  const auto& finding = document["mappings"][0]["findings"][0];
  CHECK(finding["code"] == "OVERLAPPING_RANGES");
  CHECK(finding["where"] == "m.json:3:3 (/stages/0/1)");
  CHECK(finding["witness"] == "layers.0.w");
}

TEST_CASE("lint: a mapping that cannot be read exits 2 with its errors", "[cli]") {
  const TemporaryDirectory directory;
  const std::string file = directory / "m.json";
  WriteFile(file, R"({"weft": 1, "stages": [[{"rename": "a{", "to": "b"}]]})");
  const Outcome outcome = Weft({"lint", file});
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.err.rfind("error[PATTERN_SYNTAX] ", 0) == 0);
  CHECK(Weft({"lint", "mixtrall"}).exit_code == 2);
  CHECK(Weft({"lint"}).exit_code == 2);
  CHECK(Weft({"lint", directory / "none.json"}).exit_code == 3);
}

TEST_CASE("lint: params are given like those of a conversion", "[cli]") {
  const TemporaryDirectory directory;
  const std::string file = directory / "m.json";
  WriteFile(file, R"({"weft": 1, "params": {"n": {"from": "layers"}}, "stages": [[
    {"rename": "m.{i=0..n-1}", "to": "a.{i}"}, {"rename": "m.{i=5..}", "to": "b.{i}"}]]})");
  const std::string config = directory / "config.json";
  WriteFile(config, R"({"layers": 5})");
  CHECK(Weft({"lint", file, "--config", config}).exit_code == 0);
  CHECK(Weft({"lint", file, "--set", "n=6"}).out.find("witness: m.5\n") != std::string::npos);
  CHECK(Weft({"lint", file, "--set", "k=6"}).exit_code == 2);
  CHECK(Weft({"lint", file, "--set", "n"}).exit_code == 2);
  CHECK(Weft({"lint", file, "--config", directory / "none.json"}).exit_code == 3);
}

TEST_CASE("lint: --keys reads the names of a checkpoint", "[cli]") {
  const TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 3, MixtralLayer(3));
  const Outcome outcome = Weft({"lint", "mixtral", "--keys", directory / "m"});
  // The layer has no correction bias.
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.out.rfind("finding[RULE_WITHOUT_KEYS] mixtral.json:", 0) == 0);
  CHECK(outcome.out.find("mixtral: 1 finding\n") != std::string::npos);
  CHECK(Weft({"lint", "mixtral", "--keys", directory / "none"}).exit_code == 3);
}

TEST_CASE("lint: mappings of a directory are known by name", "[cli]") {
  const TemporaryDirectory directory;
  WriteFile(directory / "mine.json", R"({"weft": 1, "stages": [[{"rename": "a", "to": "b"}]]})");
  CHECK(Weft({"lint", "mine", "--mappings", directory.path().string()}).out ==
        "mine: no findings\n");
}

}  // namespace weft::test
