// weft plan: what convert would do.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cli/checkpoint_files.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

bool HasLine(const std::string& text, const std::string& line) {
  return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

// Joins a list into one tensor.
constexpr char kJoinMapping[] = R"({"weft": 1, "name": "join", "from": "parts", "to": "whole",
  "stages": [[{"convert": ["a.{i}.w"], "to": "a",
               "operations": [{"op": "MergeModulelist", "over": "i", "dim": 0}]}]]})";

}  // namespace

TEST_CASE("plan: the text groups the sources of a target", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 4, MixtralLayer(4));
  const Outcome outcome = Weft({"plan", directory / "m", "--map", "mixtral"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  CHECK(HasLine(outcome.out, "mapping: mixtral (hub → transformers5), given by --map"));
  CHECK(HasLine(outcome.out, "direction: forward"));
  CHECK(HasLine(outcome.out, "reversible: exact"));
  CHECK(HasLine(outcome.out, "tensors: 14 → 4, of which 1 pass unchanged"));
  // 4 experts of 3 × 24 bytes, 48 of the router, 12 of the norm.
  CHECK(HasLine(outcome.out, "bytes: 348 B read, 348 B written"));
  CHECK(HasLine(outcome.out, "model.layers.0.mlp.experts.gate_up_proj  F32 [4, 4, 3]  192 B"));
  CHECK(HasLine(outcome.out,
                "  ← model.layers.0.block_sparse_moe.experts.{0..3}.w1.weight\n"
                "  ← model.layers.0.block_sparse_moe.experts.{0..3}.w3.weight"));
  CHECK(HasLine(outcome.out, "  ← model.layers.0.block_sparse_moe.gate.weight"));
  CHECK(outcome.out.find("model.norm.weight") == std::string::npos);
}

TEST_CASE("plan: --json has the fields of the contract", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 2, MixtralLayer(2));
  const Outcome outcome = Weft({"plan", directory / "m", "--map", "mixtral", "--json"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  const auto document = nlohmann::json::parse(outcome.out);
  CHECK(document["mapping"] == "mixtral");
  CHECK(document["direction"] == "forward");
  CHECK(document["reversible"] == "exact");
  CHECK(document["reversible_reasons"] == nlohmann::json::array());
  CHECK(document["dropped"] == nlohmann::json::array());
  CHECK(document["warnings"] == nlohmann::json::array());
  CHECK(document["bytes_read"] == 180);
  CHECK(document["bytes_written"] == 180);
  CHECK(document["files"] ==
        nlohmann::json::array({{{"name", "model.safetensors"}, {"bytes", 180}}}));
  const auto& targets = document["targets"];
  REQUIRE(targets.size() == 4);
  const auto& fused = targets[1];
  CHECK(fused["name"] == "model.layers.0.mlp.experts.gate_up_proj");
  CHECK(fused["dtype"] == "F32");
  CHECK(fused["shape"] == nlohmann::json::array({2, 4, 3}));
  CHECK(fused["bytes"] == 96);
  CHECK(fused["sources"] ==
        nlohmann::json::array({"model.layers.0.block_sparse_moe.experts.0.w1.weight",
                               "model.layers.0.block_sparse_moe.experts.0.w3.weight",
                               "model.layers.0.block_sparse_moe.experts.1.w1.weight",
                               "model.layers.0.block_sparse_moe.experts.1.w3.weight"}));
  CHECK(fused["boxes"] == 4);
  REQUIRE(fused["rules"].size() == 1);
  CHECK(document["rules"][fused["rules"][0].get<size_t>()]["tensors"] == 4);
}

TEST_CASE("plan: in reverse, one source has several targets", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 2, FusedMixtralLayer(2));
  const Outcome outcome =
      Weft({"plan", directory / "m", "--map", "mixtral", "--reverse", "--json"});
  CHECK(outcome.exit_code == 0);
  const auto document = nlohmann::json::parse(outcome.out);
  CHECK(document["direction"] == "reverse");
  CHECK(document["targets"].size() == 8);
}

TEST_CASE("plan: index ranges show where a list is long", "[cli]") {
  TemporaryDirectory directory;
  FileTensors tensors;
  for (int i = 0; i < 12; ++i) {
    tensors["a." + std::to_string(i) + ".w"] = Counting({2}, static_cast<float>(i));
  }
  WriteSafetensors(directory / "m.safetensors", tensors);
  WriteFile(directory / "join.json", kJoinMapping);
  const Outcome outcome =
      Weft({"plan", directory / "m.safetensors", "--map", directory / "join.json"});
  CHECK(outcome.exit_code == 0);
  CHECK(HasLine(outcome.out, "mapping: join (parts → whole), given by --map"));
  CHECK(HasLine(outcome.out, "a  F32 [12, 2]  96 B\n  ← a.{0..11}.w"));
}

TEST_CASE("plan: dropped tensors are grouped by reason, without hiding holes", "[cli]") {
  TemporaryDirectory directory;
  FileTensors tensors = {{"w", Counting({1}, 0)}, {"old", Counting({1}, 0)}};
  for (const int i : {0, 1, 2, 4}) tensors["l." + std::to_string(i) + ".rope"] = Counting({1}, 0);
  WriteSafetensors(directory / "m.safetensors", tensors);
  WriteFile(directory / "m.json", R"({"weft": 1, "stages": [[
    {"drop": "l.{i}.rope", "reason": "recomputed"}, {"drop": "old"}]]})");
  const Outcome outcome =
      Weft({"plan", directory / "m.safetensors", "--map", directory / "m.json"});
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.out.find("\ndropped:\n  l.{0..2,4}.rope: recomputed\n  old: dropped by m.json:2:53 "
                         "(/stages/0/1)\n") != std::string::npos);
}

TEST_CASE("plan: identity passes everything", "[cli]") {
  TemporaryDirectory directory;
  WriteMixtralDirectory(directory / "m", 2, MixtralLayer(2));
  const Outcome outcome = Weft({"plan", directory / "m", "--map", "identity"});
  CHECK(outcome.exit_code == 0);
  CHECK(HasLine(outcome.out, "tensors: 8 → 8, of which 8 pass unchanged"));
}

TEST_CASE("plan: a cast is part of the plan", "[cli]") {
  TemporaryDirectory directory;
  WriteSafetensors(directory / "m.safetensors", {{"w", Counting({4}, 0)}});
  for (const std::string dtype : {"BF16", "bf16", "bfloat16", "BFloat16"}) {
    const Outcome outcome = Weft(
        {"plan", directory / "m.safetensors", "--map", "identity", "--dtype", dtype, "--json"});
    CHECK(outcome.exit_code == 0);
    const auto document = nlohmann::json::parse(outcome.out);
    CHECK(document["targets"][0]["dtype"] == "BF16");
    CHECK(document["bytes_read"] == 16);
    CHECK(document["bytes_written"] == 8);
    CHECK(document["reversible"] == "rounding");
    CHECK_FALSE(document["reversible_reasons"].empty());
  }
  const Outcome kept =
      Weft({"plan", directory / "m.safetensors", "--map", "identity", "--dtype", "keep", "--json"});
  CHECK(nlohmann::json::parse(kept.out)["targets"][0]["dtype"] == "F32");
}

}  // namespace weft::test
