// As many rules and tensors as weft accepts or meets, with little data.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

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
    const std::string number = std::to_string(rule);
    const std::string from = R"({"rename": "model.block.)" + number + ".part.{i}.{w:";
    const std::string to = R"(}", "to": "b)" + number + ".{w:";
    const std::string end = R"(}.{i}"})";
    const size_t room = kMostRuleBytes - from.size() - to.size() - end.size();
    const std::string alternatives = Alternatives(room / 2);
    const std::string line = from + alternatives + to + alternatives + end;
    REQUIRE(line.size() <= kMostRuleBytes);
    text += (rule == 0 ? "\n" : ",\n") + line;
  }
  return text + "\n]]}\n";
}

// One byte each; the tensors are spread over all the rules.
void CheckScale(size_t rules, size_t tensors) {
  const TemporaryDirectory directory;
  FileTensors source;
  FileTensors expected;
  for (size_t i = 0; i < tensors; ++i) {
    const std::string rule = std::to_string(i % rules);
    const std::string part = std::to_string(i / rules);
    const std::string word = "word_" + std::to_string(i % 7);
    const FileTensor tensor{"U8", {1}, std::string(1, static_cast<char>(i % 251))};
    source["model.block." + rule + ".part." + part + "." + word] = tensor;
    expected["b" + rule + "." + word + "." + part] = tensor;
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
