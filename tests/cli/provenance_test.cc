// weft plan --tensor and --source: where elements come from and go to.
#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>
#include <string>

#include "cli/checkpoint_files.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

constexpr char kMapping[] = R"({"weft": 1, "name": "m", "stages": [[
{"from": {"g": ["e.{i}.g", "f d"], "u": ["e.{i}.u", "f d"]}, "to": ["fused", "i [g:f | u:f] d"]},
{"from": ["t", "x y"], "to": ["t", "y x"]},
{"from": ["p", "v"], "to": ["p", "[w:v | ~0:2]"]},
{"drop": "rope", "reason": "recomputed"}]]})";

const std::string kHead = "mapping: m, given by --map\n";

class Source {
 public:
  Source() {
    FileTensors tensors;
    for (const char* name : {"e.0.g", "e.0.u", "e.1.g", "e.1.u"})
      tensors[name] = Counting({2, 3}, 0);
    tensors["t"] = Counting({2, 3}, 0);
    tensors["p"] = Counting({2}, 0);
    tensors["rope"] = Counting({1}, 0);
    bytes_ = SafetensorsBytes(tensors);
    WriteFile(directory_ / "m.safetensors", bytes_);
    WriteFile(directory_ / "m.json", kMapping);
  }

  // Of the first byte of data: tensors lie in order of their names.
  std::string Byte(size_t offset) const {
    size_t data_bytes = 4 * (4 * 6 + 6 + 2 + 1);
    return std::to_string(bytes_.size() - data_bytes + offset);
  }

  Outcome Plan(std::vector<std::string> options) const {
    std::vector<std::string> words = {"plan", directory_ / "m.safetensors", "--map",
                                      directory_ / "m.json"};
    words.insert(words.end(), options.begin(), options.end());
    return Weft(words);
  }

  std::string Out(const std::vector<std::string>& options) const {
    const Outcome outcome = Plan(options);
    INFO(outcome.err);
    CHECK(outcome.exit_code == 0);
    return outcome.out;
  }

 private:
  TemporaryDirectory directory_;
  std::string bytes_;
};

}  // namespace

TEST_CASE("plan --tensor: each run of a target, its source, file and byte", "[cli]") {
  const Source source;
  const std::string text = source.Out({"--tensor", "fused"});
  const std::string rule = text.substr(text.find("  by "), text.find("\n  [") - text.find("  by "));
  CHECK(rule.find("m.json:2:1 (/stages/0/0)") != std::string::npos);
  CHECK(text == kHead + "fused  F32 [2, 4, 3]\n" + rule + "\n" +
                    "  [0, 0:2, :] ← e.0.g [:, :], byte " + source.Byte(0) +
                    " of m.safetensors\n"
                    "  [0, 2:4, :] ← e.0.u [:, :], byte " +
                    source.Byte(24) +
                    " of m.safetensors\n"
                    "  [1, 0:2, :] ← e.1.g [:, :], byte " +
                    source.Byte(48) +
                    " of m.safetensors\n"
                    "  [1, 2:4, :] ← e.1.u [:, :], byte " +
                    source.Byte(72) + " of m.safetensors\n");
}

TEST_CASE("plan --tensor: a part of a tensor, and one element", "[cli]") {
  const Source source;
  const std::string line =
      "  [1, 3, 2] ← e.1.u [1, 2], byte " + source.Byte(72 + 20) + " of m.safetensors\n";
  for (const std::string& text : {source.Out({"--tensor", "fused[1,3,2]"}),
                                  source.Out({"--tensor", "fused", "--element", "23"})}) {
    CHECK(text.find(line) != std::string::npos);
    CHECK(text.find("e.0.") == std::string::npos);
  }
}

TEST_CASE("plan --tensor: loops where the order changes, constants, casts", "[cli]") {
  const Source source;
  CHECK(source.Out({"--tensor", "t"}).find("  [:, :] ← t [:, :] in loops 3×2←1 2×1←3, byte ") !=
        std::string::npos);
  CHECK(source.Out({"--tensor", "p"}).find("  [2:4] ← the constant 0\n") != std::string::npos);
  CHECK(source.Out({"--tensor", "t", "--dtype", "BF16"}).find("  by a cast from F32 to BF16\n") !=
        std::string::npos);
}

TEST_CASE("plan --tensor --json: the same as a document", "[cli]") {
  const Source source;
  const auto document = nlohmann::json::parse(source.Out({"--tensor", "fused[1,3,2]", "--json"}));
  CHECK(document["tensor"] == "fused");
  CHECK(document["dtype"] == "F32");
  CHECK(document["source_dtype"] == "F32");
  CHECK(document["shape"] == nlohmann::json::array({2, 4, 3}));
  REQUIRE(document["rules"].size() == 1);
  REQUIRE(document["origins"].size() == 1);
  const auto& origin = document["origins"][0];
  CHECK(origin["elements"] == 1);
  CHECK(origin["target_part"] == "[1, 3, 2]");
  CHECK(origin["target_element"] == 23);
  CHECK(origin["source"] == "e.1.u");
  CHECK(origin["source_part"] == "[1, 2]");
  CHECK(origin["source_element"] == 5);
  CHECK(origin["file"] == "m.safetensors");
  CHECK(std::to_string(origin["offset"].get<int>()) == source.Byte(92));
  CHECK(origin["loops"].empty());
  const auto padded = nlohmann::json::parse(source.Out({"--tensor", "p", "--json"}));
  CHECK(padded["origins"][1]["constant"] == "0");
}

TEST_CASE("plan --source: where a tensor goes, or why it does not", "[cli]") {
  const Source source;
  const std::string text = source.Out({"--source", "e.1.u"});
  CHECK(text.find(kHead + "e.1.u  F32 [2, 3], byte " + source.Byte(72) +
                  " of m.safetensors\n→ fused  F32 [2, 4, 3]\n  by ") == 0);
  CHECK(text.find("\n  [:, :] → [1, 2:4, :]\n") != std::string::npos);
  CHECK(source.Out({"--source", "rope"}) == kHead + "rope  F32 [1], byte " + source.Byte(4 * 26) +
                                                " of m.safetensors\n→ dropped: recomputed\n");
  const auto document = nlohmann::json::parse(source.Out({"--source", "e.1.u", "--json"}));
  CHECK(document["source"] == "e.1.u");
  CHECK(document["dropped"].is_null());
  REQUIRE(document["targets"].size() == 1);
  CHECK(document["targets"][0]["tensor"] == "fused");
  CHECK(document["targets"][0]["parts"][0]["target_element"] == 18);
}

TEST_CASE("plan --tensor: what is not there is refused, with what is", "[cli]") {
  const Source source;
  const auto refused = [&](const std::vector<std::string>& options, const std::string& error) {
    const Outcome outcome = source.Plan(options);
    CHECK(outcome.exit_code == 2);
    CHECK(outcome.out.empty());
    CHECK(outcome.err == error);
  };
  refused({"--tensor", "fusd"},
          "error[BAD_ARGUMENT] target: expected the name of one of its 3 tensors, got 'fusd'\n"
          "  hint: did you mean 'fused'?\n");
  refused({"--source", "e.0.gg"},
          "error[BAD_ARGUMENT] source: expected the name of one of its 7 tensors, got 'e.0.gg'\n"
          "  hint: did you mean 'e.0.g' or 'e.0.u'?\n");
  refused({"--tensor", "fused[2]"},
          "error[BAD_ARGUMENT] [2]: axis 0 of shape [2, 4, 3]: expected an index or a range within "
          "0:2\n"
          "  hint: write an index, begin:end or : for each axis, such as [3,:,0:5]\n");
  refused({"--tensor", "fused", "--element", "24"},
          "error[BAD_ARGUMENT] --element: expected a number below 24, as 'fused' has shape "
          "[2, 4, 3], got 24\n"
          "  hint: elements count from 0, in row-major order\n");
  refused({"--tensor", "fused", "--source", "t"},
          "error[BAD_ARGUMENT] weft plan: --tensor, --source and --svg exclude each other\n"
          "  hint: see 'weft plan --help'\n");
  refused({"--element", "3"},
          "error[BAD_ARGUMENT] weft plan: --element: expected --tensor NAME with it\n"
          "  hint: see 'weft plan --help'\n");
  refused({"--tensor", "t", "--element", "x"},
          "error[BAD_ARGUMENT] weft plan: --element: expected a number, got 'x'\n"
          "  hint: see 'weft plan --help'\n");
}

}  // namespace weft::test
