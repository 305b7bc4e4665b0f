// Mappings that are wrong, or that a param is wanting for: exit 2, or 4 for a limit, and no output.
#include <catch2/catch.hpp>
#include <string>

#include "absl/strings/str_format.h"
#include "end_to_end/mixtral_tiny.h"
#include "end_to_end/refusal.h"

namespace weft::test {
namespace {

// A mapping file of one stage; the first rule begins at column 4 of line 2.
std::string MappingOf(const std::string& rules) {
  return "{\"weft\": 1, \"stages\": [[\n   " + rules + "\n]]}\n";
}

}  // namespace

TEST_CASE("refused: two rules make one target", "[end_to_end]") {
  const Refusal refusal =
      Refuse({MixtralTiny()}, MappingOf(R"({"rename": "model.norm.weight", "to": "x"},
   {"rename": "lm_head.weight", "to": "x"})"));
  CHECK(refusal.exit_code == 2);
  CHECK(refusal.line(0) ==
        "error[TWO_RULES_ONE_TARGET] map.json:2:4 (/stages/0/0): target 'x' is made twice: here "
        "from 'model.norm.weight' and by map.json:3:4 (/stages/0/1)");
  CHECK(refusal.line(1) == "  hint: keep in the target's name what tells the sources apart");
  CHECK(refusal.lines.size() == 2);
}

TEST_CASE("refused: two rules take one tensor", "[end_to_end]") {
  const Refusal refusal =
      Refuse({MixtralTiny()}, MappingOf(R"({"rename": "model.norm.weight", "to": "x"},
   {"rename": "{p*}.norm.weight", "to": "{p*}.y"})"));
  CHECK(refusal.exit_code == 2);
  CHECK(refusal.line(0) ==
        "error[TWO_RULES_ONE_TENSOR] map.json:3:4 (/stages/0/1): tensor 'model.norm.weight' is "
        "taken by two rules: this one and map.json:2:4 (/stages/0/0)");
  CHECK(refusal.line(1) ==
        "  hint: narrow one of the patterns, or use \"unless\" or \"otherwise\"");
}

TEST_CASE("refused: a size needs a param that nothing gives, told once", "[end_to_end]") {
  const Refusal refusal = Refuse(
      {MixtralTiny()},
      MappingOf(
          R"({"from": ["model.layers.{i}.self_attn.q_proj.weight", "(h c) d"], "to": ["q.{i}", "c h d"],
    "sizes": {"h": "num_heads"}})"));
  CHECK(refusal.exit_code == 2);
  CHECK(refusal.line(0) ==
        "error[UNKNOWN_PARAM] map.json:2:4 (/stages/0/0), param 'num_heads': neither "
        "SRC/config.json nor the mapping gives its value");
  CHECK(refusal.line(1) == "  hint: give it with --set num_heads=VALUE, or a config with --config");
  CHECK(refusal.lines.size() == 2);
}

TEST_CASE("refused: a pattern needs a param that nothing gives, told once", "[end_to_end]") {
  const Refusal refusal = Refuse(
      {MixtralTiny()},
      MappingOf(
          R"({"rename": "model.layers.{i=0..n-1}.input_layernorm.weight", "to": "norms.{i}"})"));
  CHECK(refusal.exit_code == 2);
  CHECK(refusal.line(0) ==
        "error[UNKNOWN_PARAM] map.json:2:4 (/stages/0/0), param 'n': neither SRC/config.json nor "
        "the mapping gives its value");
  CHECK(refusal.lines.size() == 2);
}

TEST_CASE("refused: a param that the mapping does not know is set", "[end_to_end]") {
  const Refusal refusal = Refuse({MixtralTiny()}, "", {"--set", "num_expert=4"});
  CHECK(refusal.exit_code == 2);
  CHECK(refusal.line(0) ==
        "error[BAD_PARAM] param 'num_expert': it is set, and the mapping never uses it");
  CHECK(refusal.line(1) == "  hint: did you mean \"num_experts\"?");
}

TEST_CASE("refused: a param contradicts the number of experts", "[end_to_end]") {
  const Refusal refusal = Refuse({MixtralTiny()}, "", {"--set", "num_experts=5"});
  CHECK(refusal.exit_code == 1);
  CHECK(refusal.line(0) ==
        "error[INCOMPLETE_LIST] mixtral.json:15:5 (/stages/0/0), p=model.layers.0: the list over e "
        "has 4 tensors; the config or params say 5");
}

TEST_CASE("refused: a variable stands on one side only", "[end_to_end]") {
  const Refusal target =
      Refuse({MixtralTiny()}, MappingOf(R"({"rename": "model.norm.weight", "to": "norms.{i}"})"));
  CHECK(target.exit_code == 2);
  CHECK(target.line(0) ==
        "error[UNKNOWN_VARIABLE] map.json:2:4 (/stages/0/0): variable {i} stands only in `to`, and "
        "is no axis of `from`");
  CHECK(target.line(1) ==
        "  hint: a variable stands on both sides, or it is an axis of the other side's layout (or "
        "`over` of an operation), or it takes a finite set of values: {i=0..5}");
}

TEST_CASE("refused: a name that a pattern reads in two ways", "[end_to_end]") {
  const Refusal refusal = Refuse(
      {MixtralTiny()},
      MappingOf(
          R"({"rename": "{x:/[a-z.]+/}.{y:/[a-z.]+/}", "to": "{y:/[a-z.]+/}/{x:/[a-z.]+/}"})"));
  CHECK(refusal.exit_code == 2);
  CHECK(refusal.line(0) ==
        "error[AMBIGUOUS_KEY] map.json:2:15 (/stages/0/0/rename): tensor 'model.norm.weight' reads "
        "in two ways by pattern \"{x:/[a-z.]+/}.{y:/[a-z.]+/}\": x=model, y=norm.weight; or "
        "x=model.norm, y=weight");
  CHECK(refusal.line(1) ==
        "  hint: write more of the name out, or constrain a variable, so that one reading is left");
}

TEST_CASE("refused: 10,001 rules", "[end_to_end]") {
  std::string rules = R"({"rename": "a0", "to": "b0"})";
  for (int rule = 1; rule <= 10'000; ++rule) {
    absl::StrAppendFormat(&rules, R"(, {"rename": "a%d", "to": "b%d"})", rule, rule);
  }
  const Refusal refusal = Refuse({MixtralTiny()}, MappingOf(rules));
  CHECK(refusal.exit_code == 4);
  CHECK(refusal.line(0) ==
        "error[LIMIT_EXCEEDED] map.json:1:23 (/stages): 10001 rules; the limit is 10000");
  CHECK(refusal.line(1) ==
        "  hint: if you trust the input, a program can raise the limit: see weft/limits.h");
  CHECK(refusal.lines.size() == 2);
}

TEST_CASE("refused: a pattern of 4,097 bytes, on either side", "[end_to_end]") {
  const std::string pattern(4'097, 'a');
  const Refusal from =
      Refuse({MixtralTiny()}, MappingOf(R"({"rename": ")" + pattern + R"(", "to": "b"})"));
  CHECK(from.exit_code == 4);
  CHECK(from.line(0) ==
        "error[LIMIT_EXCEEDED] map.json:2:15 (/stages/0/0/rename): a pattern of 4097 bytes; the "
        "limit is 4096");
  const Refusal to = Refuse(
      {MixtralTiny()}, MappingOf(R"({"rename": "model.norm.weight", "to": ")" + pattern + R"("})"));
  CHECK(to.exit_code == 4);
  CHECK(to.line(0) ==
        "error[LIMIT_EXCEEDED] map.json:2:42 (/stages/0/0/to): a pattern of 4097 bytes; the limit "
        "is 4096");
}

TEST_CASE("refused: all errors of a mapping file are told", "[end_to_end]") {
  const Refusal refusal = Refuse({MixtralTiny()}, MappingOf(R"({"rename": "a.{", "to": "b"},
   {"rename": "c", "to": "d.{i}"},
   {"from": ["e", "(h c"], "to": ["f", "h c"]})"));
  CHECK(refusal.exit_code == 2);
  size_t errors = 0;
  for (const std::string& line : refusal.lines) errors += line.rfind("error[", 0) == 0 ? 1u : 0u;
  CHECK(errors == 3);
  CHECK(refusal.line(0).rfind("error[PATTERN_SYNTAX] map.json:2:15 (/stages/0/0/rename): ", 0) ==
        0);
}

}  // namespace weft::test
