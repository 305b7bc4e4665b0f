// --complement: what a conversion loses, and the source back.
#include <catch2/catch.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "cli/checkpoint_files.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

namespace fs = std::filesystem;

bool Contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Drops one tensor, ignores a row of another, and casts it.
constexpr char kMapping[] = R"({"weft": 1, "name": "lossy", "stages": [[{"drop": "rope"},
  {"from": ["embed", "[v:v | ~:1] d"], "to": ["tokens", "v d"], "sizes": {"v": 2}}]],
  "cast": {"to": [{"names": "tokens", "dtype": "BF16"}]}})";

struct Case {
  TemporaryDirectory directory;
  FileTensors source = {
      {"embed", Counting({3, 4}, 0.1f)}, {"rope", Counting({5}, 0)}, {"norm", Counting({2}, 1)}};

  Case() {
    fs::create_directory(directory / "m");
    WriteSafetensors(directory / "m/model.safetensors", source);
    WriteFile(directory / "m/config.json", "{\"v\": 2}");
    WriteFile(directory / "map.json", kMapping);
  }

  Outcome Run(const std::string& command, const std::vector<std::string>& paths,
              const std::vector<std::string>& options = {}) const {
    std::vector<std::string> words = {command};
    for (const std::string& path : paths) words.push_back(directory / path);
    words.insert(words.end(),
                 {"--map", directory / "map.json", "--complement", directory / "lost.safetensors"});
    words.insert(words.end(), options.begin(), options.end());
    return Weft(words);
  }
};

}  // namespace

TEST_CASE("complement: convert, back, verify, load", "[cli]") {
  const Case made;
  const Outcome there = made.Run("convert", {"m", "out"});
  INFO(there.err);
  REQUIRE(there.exit_code == 0);
  CHECK(there.err.empty());
  CHECK(Contains(there.out, "reversible: one-way, exact with the complement\n"));
  CHECK(Contains(there.out, "complement: " + made.directory / "lost.safetensors (52 B)\n"));
  // 5 elements of rope and one row, 2 bytes of each of 8 elements that are rounded.
  CHECK(ReadSafetensors(made.directory / "lost.safetensors").size() == 3);

  const Outcome back = made.Run("convert", {"out", "again"}, {"--reverse", "--json"});
  INFO(back.err);
  REQUIRE(back.exit_code == 0);
  CHECK(back.err.empty());
  const auto document = nlohmann::json::parse(back.out);
  CHECK(document["reversible"] == "exact");
  CHECK(document["complement"].is_null());
  CheckSame(ReadDirectory(made.directory / "again"), made.source);
  CHECK(ReadFile(made.directory / "again/config.json") == "{\"v\": 2}");

  const Outcome verified = made.Run("verify", {"m", "out"}, {"--reverse"});
  CHECK(verified.exit_code == 0);
  CHECK(Contains(verified.out, "equal: 3 tensors"));
  const Outcome loaded = made.Run("load", {"out"}, {"--reverse", "--json"});
  REQUIRE(loaded.exit_code == 0);
  const Outcome source = Weft({"load", made.directory / "m", "--map", "identity", "--json"});
  CHECK(nlohmann::json::parse(loaded.out)["digest"] == nlohmann::json::parse(source.out)["digest"]);
}

TEST_CASE("complement: plan and dry run say what would be kept", "[cli]") {
  const Case made;
  const Outcome text = made.Run("plan", {"m"});
  CHECK(text.exit_code == 0);
  CHECK(Contains(text.out, "reversible: one-way, exact with the complement\n"));
  CHECK(Contains(text.out,
                 "complement: 36 B of 2 tensors, and what the casts of 1 tensors cut off\n"));
  const auto plan = nlohmann::json::parse(made.Run("plan", {"m"}, {"--json"}).out);
  CHECK(plan["reversible"] == "one-way");
  const nlohmann::json expected = {{"reversible", "exact"},
                                   {"lost", {"embed", "rope"}},
                                   {"lost_bytes", 36},
                                   {"cast_tensors", 1}};
  CHECK(plan["complement"] == expected);
  CHECK(made.Run("convert", {"m", "out"}, {"--dry-run"}).exit_code == 0);
  CHECK_FALSE(fs::exists(made.directory / "lost.safetensors"));

  REQUIRE(made.Run("convert", {"m", "out"}).exit_code == 0);
  const Outcome exists = made.Run("convert", {"m", "out2"}, {"--dry-run"});
  CHECK(exists.exit_code == 2);
  CHECK(Contains(exists.err, "error[OUTPUT_EXISTS] "));
  CHECK(made.Run("convert", {"m", "out2"}).exit_code == 2);
  CHECK_FALSE(fs::exists(made.directory / "out2"));
  CHECK(made.Run("convert", {"m", "out2"}, {"--force"}).exit_code == 0);

  const Outcome back = made.Run("plan", {"out"}, {"--reverse"});
  CHECK(Contains(back.out, "reversible: exact\n"));
  CHECK(Contains(back.out, "  ← lost/rope\n"));
}

TEST_CASE("complement: what is missing or does not fit is said", "[cli]") {
  const Case made;
  REQUIRE(made.Run("convert", {"m", "out"}).exit_code == 0);
  const auto refused = [&](const std::string& command, const std::vector<std::string>& options) {
    std::vector<std::string> paths = {"out"};
    if (command == "convert") paths.emplace_back("again");
    const Outcome outcome = made.Run(command, paths, options);
    CHECK_FALSE(outcome.exit_code == 0);
    CHECK_FALSE(fs::exists(made.directory / "again"));
    return outcome.first_error_line();
  };
  CHECK(refused("load", {}) ==
        "error[BAD_ARGUMENT] weft load: --complement: only convert writes one; with --reverse one "
        "is read");
  CHECK(refused("convert", {"--reverse", "--dtype", "F16"}) ==
        "error[BAD_ARGUMENT] weft convert: --dtype: with --reverse --complement dtypes are those "
        "of before");
  CHECK(refused("convert", {"--reverse", "--set", "v=3"}) ==
        "error[BAD_ARGUMENT] weft convert: --set: with --reverse --complement params are those of "
        "before");
  fs::rename(made.directory / "lost.safetensors", made.directory / "away.safetensors");
  CHECK(Contains(refused("convert", {"--reverse"}), "error[CANNOT_READ] "));
  fs::copy_file(made.directory / "m/model.safetensors", made.directory / "lost.safetensors");
  CHECK(refused("convert", {"--reverse"}) ==
        "error[WRONG_COMPLEMENT] lost.safetensors: the file is no complement");
}

}  // namespace weft::test
