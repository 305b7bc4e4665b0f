// Mappings that are large, or made to be hard. What is not decided is said; nothing runs for long.
// The bounds are steps, so that no clock is asked.
#include <catch2/catch.hpp>

#include "lint/findings_of.h"

namespace weft {
namespace {

std::string Rename(const std::string& from, const std::string& to) {
  return R"({"rename": ")" + from + R"(", "to": ")" + to + "\"}";
}

// Whether the findings are of this code alone, and there are some.
bool AreAll(const Lines& lines, const std::string& code) {
  size_t count = 0;
  for (const std::string& line : lines) {
    if (line.rfind("hint: ", 0) == 0) continue;
    if (line.rfind(code + " ", 0) != 0) return false;
    ++count;
  }
  return count > 0;
}

TEST_CASE("lint: ten thousand rules are compared, and the two that meet are found", "[lint]") {
  Lines rules;
  for (int i = 0; i < 9'998; ++i) {
    const std::string number = std::to_string(i);
    rules.push_back(Rename("{p*}.block_" + number + ".{w:weight|bias}",
                           "{p*}.layer_" + number + ".{w:weight|bias}"));
  }
  CHECK(FindingsOfRules(rules) == kNoLines);
  rules.push_back(Rename("top.block_77.weight", "top.weight"));
  CHECK(FindingsOfRules(rules) ==
        Lines{"OVERLAPPING_DOMAINS m.json:10000:1 (/stages/0/9998): this rule and m.json:79:1 "
              "(/stages/0/77) take one name",
              "witness: top.block_77.weight",
              "hint: narrow one of the patterns, or use \"unless\" or \"otherwise\""});
}

TEST_CASE("lint: ten thousand rules that begin and end alike are given up", "[lint]") {
  Lines rules;
  for (int i = 0; i < 10'000; ++i) {
    const std::string number = std::to_string(i);
    rules.push_back(Rename("{p*}.b" + number + ".{x:seg}", "{p*}.c" + number + ".{x:seg}"));
  }
  LintOptions options;
  options.total_steps = 500'000;
  const Lines lines = FindingsOfRules(rules, "", options);
  CHECK(lines ==
        Lines{"UNDECIDED m.json:2:1 (/stages/0/0): the search was given up after 500000 steps in "
              "all; what is left of the rules was not compared",
              "hint: simpler patterns are decided faster: fewer alternatives and paths, no long "
              "/RE/"});
}

TEST_CASE("lint: hundreds of paths in one pattern", "[lint]") {
  std::string paths;
  for (int i = 0; paths.size() < 4'000; ++i) paths += "{p" + std::to_string(i) + "*}.x.";
  const Lines lines =
      FindingsOfRules({R"({"drop": ")" + paths + "y\"}", R"({"drop": ")" + paths + "z\"}"});
  CHECK(AreAll(lines, "UNDECIDED"));
}

TEST_CASE("lint: hundreds of alternatives and repeated variables in one pattern", "[lint]") {
  std::string many;
  for (int i = 0; i < 60; ++i) {
    const std::string variable = "v" + std::to_string(i);
    many += "{" + variable + ":a|aa|aaa|ab|ba}{" + variable + ":a|aa|aaa|ab|ba}";
  }
  LintOptions options;
  options.question_steps = 20'000;
  CHECK(AreAll(FindingsOfRules({R"({"drop": ")" + many + "c\"}", R"({"drop": ")" + many + "b\"}"},
                               "", options),
               "UNDECIDED"));
}

TEST_CASE("lint: a long regular expression", "[lint]") {
  std::string regex;
  for (int i = 0; i < 200; ++i) regex += "(a|b){0,9}";
  LintOptions options;
  options.question_steps = 20'000;
  const Lines lines =
      FindingsOfRules({R"({"drop": "m.{x:/)" + regex + R"(/}{y:/)" + regex + "/}\"}"}, "", options);
  REQUIRE(lines.size() == 3);
  CHECK(lines[0].rfind("AMBIGUOUS_PATTERN ", 0) == 0);
  CHECK(lines[1] == "witness: m.a");
}

}  // namespace
}  // namespace weft
