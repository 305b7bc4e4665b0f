// As many rules and tensors as weft accepts or meets, with little data.
#include <catch2/catch.hpp>
#include <string>
#include <string_view>

#include "absl/strings/str_format.h"
#include "files/safetensors_files.h"
#include "files/temporary_directory.h"
#include "process/process.h"

namespace weft::test {
namespace {

constexpr size_t kMostRuleBytes = 4'096;

// Alternatives for one variable, at most `bytes` of them: "word_0|word_1|…".
std::string Alternatives(size_t bytes) {
  std::string text = "word_0";
  for (int word = 1;; ++word) {
    const std::string next = "|word_" + std::to_string(word);
    if (text.size() + next.size() > bytes) return text;
    text += next;
  }
}

// Rule r takes "model.block.r.part.*.word_*". None is like another, so each has its own expression.
std::string MappingOf(size_t rules) {
  std::string text = R"({"weft": 1, "name": "scale", "stages": [[)";
  for (size_t rule = 0; rule < rules; ++rule) {
    const std::string from = absl::StrFormat(R"({"rename": "model.block.%d.part.{i}.{w:)", rule);
    const std::string to = absl::StrFormat(R"(}", "to": "b%d.{w:)", rule);
    constexpr std::string_view kEnd = R"(}.{i}"})";
    const std::string alternatives =
        Alternatives((kMostRuleBytes - from.size() - to.size() - kEnd.size()) / 2);
    const size_t begin = text.size();
    absl::StrAppendFormat(&text, "%s%s%s%s%s", from, alternatives, to, alternatives, kEnd);
    REQUIRE(text.size() - begin <= kMostRuleBytes);
    text += rule + 1 < rules ? ",\n" : "\n";
  }
  return text + "]]}\n";
}

// One byte each; the tensors are spread over all the rules.
void CheckScale(size_t rules, size_t tensors) {
  const TemporaryDirectory directory;
  FileTensors source;
  FileTensors expected;
  for (size_t i = 0; i < tensors; ++i) {
    const FileTensor tensor{"U8", {1}, std::string(1, static_cast<char>(i % 251))};
    const size_t rule = i % rules;
    const size_t part = i / rules;
    source[absl::StrFormat("model.block.%d.part.%d.word_%d", rule, part, i % 7)] = tensor;
    expected[absl::StrFormat("b%d.word_%d.%d", rule, i % 7, part)] = tensor;
  }
  REQUIRE(expected.size() == tensors);
  WriteSafetensors(directory / "m.safetensors", source);
  const std::string map = directory / "map.json";
  WriteFile(map, MappingOf(rules));

  const Outcome there = Weft({"convert", directory / "m.safetensors",
                              directory / "there.safetensors", "--map", map, "--no-sync"});
  INFO(there.err);
  REQUIRE(there.exit_code == 0);
  CHECK(there.out.find("reversible: exact\n") != std::string::npos);
  CHECK((ReadSafetensors(directory / "there.safetensors") == expected));

  const Outcome back =
      Weft({"convert", directory / "there.safetensors", directory / "back.safetensors", "--map",
            map, "--reverse", "--no-sync"});
  INFO(back.err);
  REQUIRE(back.exit_code == 0);
  CHECK((ReadSafetensors(directory / "back.safetensors") == source));
}

}  // namespace

TEST_CASE("scale: 100 rules of 4 KiB over 1,000 tensors", "[end_to_end]") {
  CheckScale(100, 1'000);
}

TEST_CASE("scale: 10,000 rules of 4 KiB over 94,553 tensors", "[.slow]") {
  CheckScale(10'000, 94'553);
}

}  // namespace weft::test
