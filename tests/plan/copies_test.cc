// Several names of one value: what is read, what is written, what stays to be checked.
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "plan/compiled.h"

namespace weft {
namespace {

const char* const kTied =
    R"({"rename": "embedder", "to": "embed", "copies": {"to": ["lm_head", "head.{w:a|b}"]}})";

Plan Planned(const std::vector<std::string>& rules, std::vector<NamedShape> tensors,
             const CompileOptions& options = {}) {
  absl::StatusOr<Plan> plan =
      Compile({MappingOfRules(rules)}, CatalogOf(std::move(tensors)), options);
  INFO(plan.status());
  REQUIRE(plan.ok());
  return *std::move(plan);
}

Lines Refused(const std::vector<std::string>& rules, std::vector<NamedShape> tensors,
              const CompileOptions& options = {}) {
  return MessagesOf(
      Compile({MappingOfRules(rules)}, CatalogOf(std::move(tensors)), options).status());
}

CompileOptions Reverse() {
  CompileOptions options;
  options.direction = Direction::kReverse;
  return options;
}

TEST_CASE("copies: all are written", "[plan]") {
  const Plan plan = Planned({kTied}, {{"embedder", {4, 2}}});
  CHECK(TextOf(plan) ==
        "embed F32 [4, 2] <- embedder[0 at 0, 8 by 1/1]\n"
        "head.a F32 [4, 2] <- embedder[0 at 0, 8 by 1/1]\n"
        "head.b F32 [4, 2] <- embedder[0 at 0, 8 by 1/1]\n"
        "lm_head F32 [4, 2] <- embedder[0 at 0, 8 by 1/1]\n");
  CHECK(plan.checks.empty());
  CHECK(plan.exactness == Exactness::kExact);
}

TEST_CASE("copies: the first present one is read, the others must be equal", "[plan]") {
  const Plan all = Planned(
      {kTied}, {{"embed", {4, 2}}, {"head.a", {4, 2}}, {"head.b", {4, 2}}, {"lm_head", {4, 2}}},
      Reverse());
  CHECK(TextOf(all) == "embedder F32 [4, 2] <- embed[0 at 0, 8 by 1/1]\n");
  CHECK(ChecksOf(all) ==
        "tensor 'lm_head' must equal 'embed' F32 8: <- lm_head[0 at 0, 8 by 1/1] = <- embed[0 at "
        "0, 8 by 1/1]\n"
        "tensor 'head.a' must equal 'embed' F32 8: <- head.a[0 at 0, 8 by 1/1] = <- embed[0 at 0, "
        "8 by 1/1]\n"
        "tensor 'head.b' must equal 'embed' F32 8: <- head.b[0 at 0, 8 by 1/1] = <- embed[0 at 0, "
        "8 by 1/1]\n");
  CHECK(all.exactness == Exactness::kExact);

  const Plan last = Planned({kTied}, {{"head.b", {4, 2}}, {"head.a", {4, 2}}}, Reverse());
  CHECK(TextOf(last) == "embedder F32 [4, 2] <- head.a[0 at 0, 8 by 1/1]\n");
  CHECK(last.checks.size() == 1);
  CHECK(last.exactness_reasons ==
        std::vector<std::string>{"m.json:2:1 (/stages/0/0): tensor 'head.a' has 2 of the 4 names "
                                 "that the way back gives"});
}

TEST_CASE("copies: of a list they are taken member by member", "[plan]") {
  const std::vector<std::string> rules = {
      R"({"from": ["a.{e}", "d"], "to": ["b", "e d"], "copies": {"from": ["old.{e}"]}})"};
  const Plan plan = Planned(rules, {{"a.0", {2}}, {"old.1", {2}}, {"a.2", {2}}, {"old.2", {2}}});
  CHECK(TextOf(plan) ==
        "b F32 [3, 2] <- a.0[0 at 0, 2 by 1/1] <- old.1[0 at 2, 2 by 1/1] <- a.2[0 at 4, 2 by "
        "1/1]\n");
  CHECK(plan.checks.size() == 1);
  CHECK(plan.exactness == Exactness::kOneWay);
}

TEST_CASE("copies: by label where a side has several tensors", "[plan]") {
  const Plan plan =
      Planned({R"({"from": ["qk", "[q:d | k:d]"], "to": {"q": ["q", "d"], "k": ["k", "d"]},
           "copies": {"to": {"k": ["k2"]}}})"},
              {{"qk", {4}}});
  CHECK(NamesOf(plan) == "k [2]\nk2 [2]\nq [2]\n");
  const Plan operations = Planned({R"({"convert": "qk", "to": ["q", "k"], "operations":
      [{"op": "Chunk"}], "copies": {"to": {"k": ["k2"]}}})"},
                                  {{"qk", {4}}});
  CHECK(NamesOf(operations) == "k [2]\nk2 [2]\nq [2]\n");
}

TEST_CASE("copies: one value has one shape and one dtype", "[plan]") {
  CHECK(Refused({kTied}, {{"embed", {4, 2}}, {"lm_head", {2, 4}}}, Reverse()) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0), tensor 'lm_head': it must hold what 'embed' "
              "holds; expected F32 [4, 2], got F32 [2, 4]"});
  CHECK(Refused({kTied}, {{"embed", {4, 2}}, {"lm_head", {4, 2}, DType::kBF16}}, Reverse()) ==
        Lines{"DTYPES_DIFFER m.json:2:1 (/stages/0/0), tensor 'lm_head': it must hold what 'embed' "
              "holds; expected F32 [4, 2], got BF16 [4, 2]"});
}

TEST_CASE("copies: what is written twice by one rule is still an error", "[plan]") {
  CHECK(Refused({R"({"rename": "a", "to": "b", "copies": {"to": ["b"]}})"}, {{"a", {1}}}) ==
        Lines{"TWO_RULES_ONE_TARGET m.json:2:1 (/stages/0/0): target 'b' is made twice: here and "
              "by the same rule"});
}

TEST_CASE("replicated: a variable of one side only stands for equal values", "[plan]") {
  const std::vector<std::string> rules = {
      R"({"rename": "heads.{k=0..2}.{i}.weight", "to": "head.{i}.weight"})"};
  const Plan plan = Planned(
      rules, {{"heads.0.7.weight", {2}}, {"heads.1.7.weight", {2}}, {"heads.2.7.weight", {2}}});
  CHECK(TextOf(plan) == "head.7.weight F32 [2] <- heads.0.7.weight[0 at 0, 2 by 1/1]\n");
  CHECK(plan.checks.size() == 2);
  CHECK(plan.exactness == Exactness::kExact);
  CHECK(NamesOf(Planned(rules, {{"head.7.weight", {2}}}, Reverse())) ==
        "heads.0.7.weight [2]\nheads.1.7.weight [2]\nheads.2.7.weight [2]\n");
}

TEST_CASE("replicated: the number of values may be a param", "[plan]") {
  const std::vector<std::string> rules = {R"({"rename": "heads.{k}.weight", "to": "head.weight"})"};
  CompileOptions options = Reverse();
  CHECK(Refused(rules, {{"head.weight", {2}}}, options) ==
        Lines{"UNKNOWN_VARIABLE m.json:2:1 (/stages/0/0): nothing says which values {k} of pattern "
              "\"heads.{k}.weight\" takes when it is written"});
  options.set = {{"k", "2"}};
  CHECK(NamesOf(Planned(rules, {{"head.weight", {2}}}, options)) ==
        "heads.0.weight [2]\nheads.1.weight [2]\n");
  CHECK(Planned(rules, {{"heads.0.weight", {2}}}).exactness_reasons ==
        std::vector<std::string>{"m.json:2:1 (/stages/0/0): nothing says which names tensor "
                                 "'heads.0.weight' has on the way back"});
}

TEST_CASE("replicated: more values than a checkpoint may have are refused", "[plan]") {
  CHECK(Refused({R"({"rename": "a", "to": "b.{k=0..999999999999}"})"}, {{"a", {1}}}) ==
        Lines{"LIMIT_EXCEEDED m.json:2:23 (/stages/0/0/to): variable {k} of pattern "
              "\"b.{k=0..999999999999}\" takes more than 1000000 values"});
}

TEST_CASE("copies: a name lacks no variable", "[plan]") {
  CHECK(MessagesOf(Mapping::FromJson(R"({"weft": 1, "stages": [[
{"from": ["a.{p*}.{e}", "d"], "to": ["b.{p*}", "e d"], "copies": {"from": ["c.{p*}", "c.{e}"]}}]]})",
                                     "m.json")
                       .status()) ==
        Lines{"UNKNOWN_VARIABLE m.json:2:10 (/stages/0/0/from): pattern \"c.{e}\" lacks variable "
              "{p}, which stands on both sides"});
  CHECK(MessagesOf(Mapping::FromJson(R"({"weft": 1, "stages": [[
{"from": ["a.{e}", "d"], "to": ["b", "e d"], "copies": {"from": ["c"]}}]]})",
                                     "m.json")
                       .status()) ==
        Lines{"UNKNOWN_VARIABLE m.json:2:65 (/stages/0/0/copies/from): pattern \"c\" lacks "
              "variable {e}, over which \"a.{e}\" is a list"});
}

TEST_CASE("twins: one tensor under two labels is read twice, and is one on the way back",
          "[plan]") {
  const std::vector<std::string> rules = {
      R"rule({"from": {"q": ["x", "(h 1)"], "k": ["x", "h"]}, "to": ["y", "[q:h | k:h]"]})rule"};
  const Plan plan = Planned(rules, {{"x", {2}}});
  CHECK(TextOf(plan) == "y F32 [4] <- x[0 at 0, 2 by 1/1] <- x[0 at 2, 2 by 1/1]\n");
  CHECK(plan.exactness == Exactness::kExact);
  const Plan back = Planned(rules, {{"y", {4}}}, Reverse());
  CHECK(TextOf(back) == "x F32 [2] <- y[0 at 0, 2 by 1/1]\n");
  CHECK(ChecksOf(back) ==
        "tensor 'x' must be the same under both labels F32 2: <- y[2 at 0, 2 by 1/1] = <- y[0 at "
        "0, 2 by 1/1]\n");
}

TEST_CASE("twins: of two shapes or dtypes are no one tensor", "[plan]") {
  CHECK(Refused({R"({"from": ["y", "[q:h | k:1]"], "to": {"q": ["x", "h"], "k": ["x", "1"]}})"},
                {{"y", {3}}}) ==
        Lines{"WRONG_SHAPE m.json:2:1 (/stages/0/0): tensor 'x' is made under two labels, as F32 "
              "[2] and as F32 [1]"});
  CHECK(Refused({R"({"from": {"q": ["a", "n"], "k": ["b", "n"]},
                     "to": {"q": ["x", "n"], "k": ["x", "n"]}})"},
                {{"a", {3}}, {"b", {3}, DType::kF16}}) ==
        Lines{"DTYPES_DIFFER m.json:2:1 (/stages/0/0): tensor 'x' is made under two labels, as F32 "
              "[3] and as F16 [3]"});
}

}  // namespace
}  // namespace weft
