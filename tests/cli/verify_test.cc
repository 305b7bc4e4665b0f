// weft verify: its findings and its exit codes.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include "cli/checkpoint_files.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

const std::string kDown = "model.layers.0.mlp.experts.down_proj";

// A Mixtral in "m", and in "candidate.safetensors" what `change` leaves of the fused one.
class Pair {
 public:
  explicit Pair(void (*change)(FileTensors&) = nullptr) {
    WriteMixtralDirectory(source(), 3, MixtralLayer(3));
    FileTensors tensors = FusedMixtralLayer(3);
    if (change != nullptr) change(tensors);
    WriteSafetensors(candidate(), tensors);
  }

  std::string source() const { return directory_ / "m"; }
  std::string candidate() const { return directory_ / "candidate.safetensors"; }

  Outcome Verify(const std::vector<std::string>& options = {}) const {
    std::vector<std::string> arguments = {"verify", candidate(), source()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return Weft(arguments);
  }

 private:
  TemporaryDirectory directory_;
};

}  // namespace

TEST_CASE("verify: what convert would make is equal, and exits 0", "[cli]") {
  const Pair pair;
  const Outcome outcome = pair.Verify();
  CHECK(outcome.exit_code == 0);
  CHECK(outcome.err.empty());
  CHECK(outcome.out ==
        "mapping: mixtral (hub → transformers5), detected from config.json and the tensor names\n"
        "equal: 4 tensors, 264 B of data\n");
  const Outcome json = pair.Verify({"--json", "--threads", "1", "--memory", "1MiB"});
  CHECK(json.exit_code == 0);
  const auto document = nlohmann::json::parse(json.out);
  CHECK(document["equal"] == true);
  CHECK(document["tensors"] == 4);
  CHECK(document["bytes_compared"] == 264);
  CHECK(document["findings"].empty());
  CHECK(Weft({"verify", pair.source(), pair.candidate(), "--reverse", "--map", "mixtral", "--set",
              "num_experts=3"})
            .exit_code == 0);
  CHECK(Weft({"verify", pair.source(), pair.source(), "--map", "identity"}).exit_code == 0);
}

TEST_CASE("verify: every difference is told with its source, and exits 1", "[cli]") {
  // Numbers of down_proj are 40, 41, …, 140, …; each expert has 6.
  const Pair pair([](FileTensors& tensors) {
    tensors[kDown].data[4 * 7 + 2] ^= 0x01;  // 141 = 0x430D0000
    tensors["model.norm.weight"].shape = {3, 1};
    tensors["model.layers.0.mlp.gate.weight"].dtype = "I32";
    tensors["extra"] = Counting({2}, 1);
    tensors.erase("model.layers.0.mlp.experts.gate_up_proj");
  });
  const Outcome outcome = pair.Verify({"--threads", "2"});
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.err.empty());
  const nlohmann::json document = nlohmann::json::parse(pair.Verify({"--json"}).out);
  CHECK(document["equal"] == false);
  CHECK(document["total_findings"] == 5);
  const auto& findings = document["findings"];
  REQUIRE(findings.size() == 5);
  CHECK(findings[0]["kind"] == "unexpected");
  CHECK(findings[0]["tensor"] == "extra");
  CHECK(findings[0]["found"] == "F32 [2]");
  CHECK(findings[1]["kind"] == "data");
  CHECK(findings[1]["tensor"] == kDown);
  CHECK(findings[1]["element"] == 7);
  CHECK(findings[1]["differing_elements"] == 1);
  CHECK(findings[1]["expected"] == "141 (0x430D0000)");
  CHECK(findings[1]["found"] == "140 (0x430C0000)");
  CHECK(findings[1]["source_tensor"] == "model.layers.0.block_sparse_moe.experts.1.w2.weight");
  CHECK(findings[1]["source_file"] == "model.safetensors");
  // The number is where the file says.
  const std::string file = ReadFile(pair.source() + "/model.safetensors");
  CHECK(file.substr(findings[1]["source_offset"].get<size_t>(), 4) ==
        std::string("\0\0\x0d\x43", 4));
  CHECK(findings[2]["kind"] == "missing");
  CHECK(findings[2]["tensor"] == "model.layers.0.mlp.experts.gate_up_proj");
  CHECK(findings[2]["expected"] == "F32 [3, 4, 3]");
  CHECK(findings[3]["kind"] == "dtype");
  CHECK(findings[3]["expected"] == "F32");
  CHECK(findings[3]["found"] == "I32");
  CHECK(findings[4]["kind"] == "shape");
  CHECK(findings[4]["expected"] == "[3]");
  CHECK(findings[4]["found"] == "[3, 1]");

  const std::string offset = std::to_string(findings[1]["source_offset"].get<size_t>());
  CHECK(outcome.out ==
        "mapping: mixtral (hub → transformers5), detected from config.json and the tensor names\n"
        "unexpected: extra, F32 [2]\n"
        "data: model.layers.0.mlp.experts.down_proj differs in 1 element; the first, 7, is "
        "140 (0x430C0000), expected 141 (0x430D0000) from "
        "'model.layers.0.block_sparse_moe.experts.1.w2.weight', byte " +
            offset +
            " of model.safetensors\n"
            "missing: model.layers.0.mlp.experts.gate_up_proj, expected F32 [3, 4, 3]\n"
            "dtype: model.layers.0.mlp.gate.weight has I32, expected F32\n"
            "shape: model.norm.weight has [3, 1], expected [3]\n"
            "not equal: 5 findings in 4 tensors, 72 B of data\n");
}

TEST_CASE("verify: names that only one side has are grouped, with the rules that pair them",
          "[cli]") {
  TemporaryDirectory directory;
  FileTensors made = {{"norm", Counting({3}, 0)}};
  FileTensors wanted = made;
  for (const int i : {0, 1, 3}) {
    made["l." + std::to_string(i) + ".attn.w"] = Counting({2}, 0);
    wanted["l." + std::to_string(i) + ".attention.w"] = Counting({2}, 0);
  }
  WriteSafetensors(directory / "made.safetensors", made);
  WriteSafetensors(directory / "wanted.safetensors", wanted);
  const std::vector<std::string> words = {"verify", directory / "wanted.safetensors",
                                          directory / "made.safetensors", "--map", "identity"};
  const Outcome outcome = Weft(words);
  CHECK(outcome.exit_code == 1);
  CHECK(outcome.out ==
        "mapping: identity, given by --map\n"
        "unexpected: l.{0,1,3}.attention.w, F32 [2]\n"
        "missing: l.{0,1,3}.attn.w, expected F32 [2]\n"
        "one more stage of the mapping would make the names of the candidate:\n"
        "  {\"rename\": \"l.{i}.attn.w\", \"to\": \"l.{i}.attention.w\"}  (3 tensors)\n"
        "not equal: 6 findings in 4 tensors, 12 B of data\n");
  // The rule does what it says.
  WriteFile(directory / "m.json", R"({"weft": 1, "stages": [[
    {"rename": "l.{i}.attn.w", "to": "l.{i}.attention.w"}]]})");
  CHECK(Weft({"verify", directory / "wanted.safetensors", directory / "made.safetensors", "--map",
              directory / "m.json"})
            .exit_code == 0);
  std::vector<std::string> json = words;
  json.emplace_back("--json");
  const auto document = nlohmann::json::parse(Weft(json).out);
  CHECK(document["missing"] == nlohmann::json::array({"l.{0,1,3}.attn.w"}));
  CHECK(document["unexpected"] == nlohmann::json::array({"l.{0,1,3}.attention.w"}));
  CHECK(document["findings"].size() == 6);
  CHECK(document["renames"] ==
        nlohmann::json::array(
            {{{"rename", "l.{i}.attn.w"}, {"to", "l.{i}.attention.w"}, {"tensors", 3}}}));
}

TEST_CASE("verify: --rtol and --atol allow floating-point numbers to differ", "[cli]") {
  const Pair pair([](FileTensors& tensors) { tensors[kDown].data[4 * 7 + 2] ^= 0x01; });
  CHECK(pair.Verify().exit_code == 1);
  CHECK(pair.Verify({"--atol", "0.5"}).exit_code == 1);
  CHECK(pair.Verify({"--atol", "1"}).exit_code == 0);
  CHECK(pair.Verify({"--rtol", "1e-2"}).exit_code == 0);
  CHECK(pair.Verify({"--rtol", "1e-3"}).exit_code == 1);
  CHECK(pair.Verify({"--rtol", "1e-3", "--atol", "0.9"}).exit_code == 0);
}

TEST_CASE("verify: a wrong command line exits 2, and what cannot be read 3", "[cli]") {
  const Pair pair;
  for (const std::string bad : {"-1", "x", "nan", "inf", "1e999", "1e-3x"}) {
    INFO(bad);
    const Outcome outcome = pair.Verify({"--rtol=" + bad});
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.first_error_line() ==
          "error[BAD_ARGUMENT] weft verify: --rtol: expected a number of at least 0, such as 1e-3, "
          "got '" +
              bad + "'");
  }
  CHECK(Weft({"verify", pair.candidate()}).exit_code == 2);
  CHECK(pair.Verify({"--force"}).exit_code == 2);
  CHECK(Weft({"verify", pair.source() + "/none", pair.source()}).exit_code == 3);
  CHECK(Weft({"verify", pair.candidate(), pair.source() + "/none"}).exit_code == 3);
}

}  // namespace weft::test
