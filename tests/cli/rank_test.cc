// --rank and --world-size: one rank of a model, from every command that makes a plan.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

const std::string kMixtral = WEFT_SOURCE_DIR "/examples/checkpoints/mixtral-tiny";

nlohmann::json Json(std::vector<std::string> arguments) {
  arguments.emplace_back("--json");
  const Outcome outcome = Weft(arguments);
  INFO(outcome.err);
  REQUIRE(outcome.exit_code == 0);
  return nlohmann::json::parse(outcome.out);
}

bool HasLine(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

void CheckRefused(std::vector<std::string> options, const std::string& what) {
  options.insert(options.begin(), {"plan", kMixtral});
  const Outcome outcome = Weft(options);
  CHECK(outcome.exit_code == 2);
  CHECK(outcome.out.empty());
  CHECK(outcome.first_error_line() == "error[BAD_ARGUMENT] weft plan: " + what);
}

}  // namespace

TEST_CASE("rank: a plan tells what one rank reads and makes", "[cli]") {
  const nlohmann::json whole = Json({"plan", kMixtral});
  CHECK(whole["shard"] == nullptr);
  const nlohmann::json part = Json({"plan", kMixtral, "--rank", "1", "--world-size", "2"});
  CHECK(part["shard"] == nlohmann::json{{"rank", 1}, {"world_size", 2}});
  CHECK(part["reversible"] == "one-way");
  CHECK(part["reversible_reasons"] ==
        nlohmann::json{"rank 1 of 2 has a part of the result; the whole is exact"});
  uint64_t bytes = 0;
  for (const auto& target : part["targets"]) {
    bytes += target["bytes"].get<uint64_t>();
    if (target["name"] == "model.layers.0.mlp.experts.gate_up_proj") {
      CHECK(target["shape"] == nlohmann::json{4, 24, 16});
      CHECK(target["sources"].size() == 8);
    }
  }
  CHECK(part["bytes_written"] == bytes);
  CHECK(part["bytes_read"] == bytes);
  uint64_t of_files = 0;
  for (const auto& file : part["files"]) of_files += file["bytes"].get<uint64_t>();
  CHECK(of_files == bytes);
  CHECK(bytes < whole["bytes_read"].get<uint64_t>() * 55 / 100);
  const Outcome text = Weft({"plan", kMixtral, "--rank", "1", "--world-size", "2"});
  CHECK(HasLine(text.out, "rank: 1 of 2, counted from 0"));
  // The norms; all other tensors are cut.
  CHECK(HasLine(text.out, "tensors: 41 → 21, of which 5 pass unchanged"));
  CHECK(HasLine(text.out, "  by the cut to the rank's part"));
}

TEST_CASE("rank: with whole experts a rank has other tensors' bytes", "[cli]") {
  const nlohmann::json part =
      Json({"plan", kMixtral, "--rank", "1", "--world-size", "2", "--set", "expert_parallel=true"});
  for (const auto& target : part["targets"]) {
    if (target["name"] != "model.layers.0.mlp.experts.gate_up_proj") continue;
    CHECK(target["shape"] == nlohmann::json{2, 48, 16});
    CHECK(target["sources"].size() == 4);
  }
}

TEST_CASE("rank: what convert writes is what load loads and verify expects", "[cli]") {
  const TemporaryDirectory directory;
  const std::vector<std::string> rank = {"--rank", "2", "--world-size", "3"};
  const auto with_rank = [&rank](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), rank.begin(), rank.end());
    return arguments;
  };
  const nlohmann::json converted =
      Json(with_rank({"convert", kMixtral, directory / "part", "--no-sync"}));
  CHECK(converted["shard"]["rank"] == 2);
  CHECK(ReadMetadata(directory / "part/model.safetensors").at("weft.rank") == "2");
  CHECK(ReadMetadata(directory / "part/model.safetensors").at("weft.world_size") == "3");
  const nlohmann::json verified = Json(with_rank({"verify", directory / "part", kMixtral}));
  CHECK(verified["equal"] == true);
  CHECK(verified["shard"]["world_size"] == 3);
  CHECK(Weft({"verify", directory / "part", kMixtral}).exit_code == 1);
  const nlohmann::json loaded = Json(with_rank({"load", kMixtral}));
  CHECK(loaded["bytes"] == converted["bytes_written"]);
  CHECK(loaded["bytes_read"].get<uint64_t>() - loaded["gap_bytes"].get<uint64_t>() <=
        loaded["bytes"].get<uint64_t>());
  CHECK(loaded["digest"] == Json({"load", directory / "part", "--map", "identity"})["digest"]);
}

TEST_CASE("rank: a file says how ranks share a checkpoint as it is", "[cli]") {
  const TemporaryDirectory directory;
  WriteSafetensors(directory / "m.safetensors",
                   {{"b", Counting({4}, 0)}, {"w", Counting({4, 2}, 10)}});
  WriteFile(directory / "tp.json", R"([{"names": "w", "layout": "o i", "split": "o"},
                                       {"names": "b", "replicate": true}])");
  const std::vector<std::string> convert = {"convert",
                                            directory / "m.safetensors",
                                            directory / "part.safetensors",
                                            "--map",
                                            "identity",
                                            "--rank",
                                            "1",
                                            "--world-size",
                                            "2",
                                            "--no-sync"};
  const Outcome silent = Weft(convert);
  CHECK(silent.exit_code == 2);
  CHECK(silent.first_error_line() ==
        "error[NOT_SHARDED] mapping \"identity\": it does not say how ranks share the tensors of "
        "its `to` side");
  std::vector<std::string> told = convert;
  told.insert(told.end(), {"--sharding", directory / "tp.json"});
  REQUIRE(Weft(told).exit_code == 0);
  CheckSame(ReadSafetensors(directory / "part.safetensors"),
            {{"b", Counting({4}, 0)}, {"w", Counting({2, 2}, 14)}});
  told.back() = directory / "none.json";
  CHECK(Weft(told).exit_code == 3);
}

TEST_CASE("rank: the two options go together, and within bounds", "[cli]") {
  CheckRefused({"--rank", "1"}, "--rank: expected --world-size N with it");
  CheckRefused({"--world-size", "2"}, "--world-size: expected --rank R with it");
  CheckRefused({"--rank", "2", "--world-size", "2"},
               "--rank: expected a number from 0 to 1, got '2'");
  CheckRefused({"--rank", "-1", "--world-size", "2"},
               "--rank: expected a number from 0 to 1, got '-1'");
  CheckRefused({"--rank", "0", "--world-size", "0"},
               "--world-size: expected a number from 1 to 1048576, got '0'");
  CheckRefused({"--sharding", "tp.json"},
               "--sharding: expected --rank R and --world-size N with "
               "it");
  CheckRefused({"--rank", "0", "--world-size", "2", "--complement", "lost.safetensors"},
               "--complement: it is that of a whole model; leave --rank out");
}

}  // namespace weft::test
