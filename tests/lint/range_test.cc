// OVERLAPPING_RANGES and NAME_WITHOUT_TARGET: what becomes of the names that are taken.
#include <catch2/catch.hpp>

#include "absl/strings/str_format.h"
#include "lint/findings_of.h"

namespace weft {
namespace {

const std::string kHint =
    "hint: the way back cannot tell the two apart: give them different names, or narrow a pattern";

TEST_CASE("lint: two names that become one are found with both", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "d.{i}.conv.w", "to": "layers.{i}.w"})",
                         R"({"rename": "d.{i}.convtr.w", "to": "layers.{i}.w"})"}) ==
        Lines{"OVERLAPPING_RANGES m.json:3:1 (/stages/0/1): two rules make one name: this one from "
              "'d.0.convtr.w', and m.json:2:1 (/stages/0/0) from 'd.0.conv.w'",
              "witness: layers.0.w", kHint});
}

TEST_CASE("lint: a set on either side restricts the names that are made", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "d.{i=0|15}.conv.w", "to": "layers.{i}.w"})",
                         R"({"rename": "d.{i=3..12/3}.convtr.w", "to": "layers.{i}.w"})"}) ==
        kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "d.{i=0|15}.conv.w", "to": "layers.{i}.w"})",
                         R"({"rename": "d.{i=3..15/3}.convtr.w", "to": "layers.{i}.w"})"}) ==
        Lines{"OVERLAPPING_RANGES m.json:3:1 (/stages/0/1): two rules make one name: this one from "
              "'d.15.convtr.w', and m.json:2:1 (/stages/0/0) from 'd.15.conv.w'",
              "witness: layers.15.w", kHint});
}

TEST_CASE("lint: what a rule leaves out is not made", "[lint]") {
  const std::string kOther = R"({"rename": "v.{x*}", "to": "lm.v.{x*}"})";
  CHECK(FindingsOfRules({R"({"rename": "m.{x*}", "to": "lm.{x*}", "unless": "m.v.{y*}"})",
                         kOther}) == kNoLines);
  CHECK(FindingsOfRules(
            {R"({"rename": "m.{x*}", "to": "lm.{x*}", "unless": "m.v.{y:seg}"})", kOther}) ==
        Lines{"OVERLAPPING_RANGES m.json:3:1 (/stages/0/1): two rules make one name: this one from "
              "'v', and m.json:2:1 (/stages/0/0) from 'm.v'",
              "witness: lm.v", kHint});
  // A path that has its dot on the other side, and a table.
  CHECK(FindingsOfRules(
            {R"({"rename": "{x*}.{t:w=weight|b=bias}", "to": "lm.{x*}.{t:w=weight|b=bias}",
                             "unless": ["v.b", "q.{y*}", "qq.{y*}"]})",
             R"({"rename": "vv", "to": "lm.v.bias"})",
             R"({"rename": "qq.{x*}", "to": "lm.q.{x*}.weight"})"}) == kNoLines);
}

TEST_CASE("lint: an otherwise rule makes names of what is left", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "m.{x:seg}", "to": "a.{x:seg}", "otherwise": true})",
                         R"({"rename": "m.w", "to": "w"})", R"({"rename": "n.w", "to": "a.w"})"}) ==
        kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "m.{x:seg}", "to": "a.{x:seg}", "otherwise": true})",
                         R"({"rename": "m.w", "to": "w"})", R"({"rename": "n.b", "to": "a.b"})"}) ==
        Lines{"OVERLAPPING_RANGES m.json:4:1 (/stages/0/2): two rules make one name: this one from "
              "'n.b', and m.json:2:1 (/stages/0/0) from 'm.b'",
              "witness: a.b", kHint});
}

TEST_CASE("lint: a rule may make a name twice by its copies", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "e.w", "to": "m.w", "copies": {"to": ["lm_head.w"]}})"}) ==
        kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "e.{x:seg}", "to": "m.{x:seg}",
                             "copies": {"to": ["{x:seg}.w"]}})"}) ==
        Lines{"OVERLAPPING_RANGES m.json:2:1 (/stages/0/0): the rule makes one name twice: as "
              "\"m.{x:seg}\" from 'e.w' and as \"{x:seg}.w\" from 'e.m'",
              "witness: m.w", kHint});
}

TEST_CASE("lint: a list stands for its members", "[lint]") {
  CHECK(FindingsOfRules({R"({"from": ["x.{e}.w", "a b"], "to": ["x.fused", "e a b"]})",
                         R"({"from": ["y.{e}.w", "a b"], "to": ["x.fused", "e a b"]})"}) ==
        Lines{"OVERLAPPING_RANGES m.json:3:1 (/stages/0/1): two rules make one name: this one from "
              "'y.0.w', and m.json:2:1 (/stages/0/0) from 'x.0.w'",
              "witness: x.fused", kHint});
}

TEST_CASE("lint: the keys of the other side bound what may be made", "[lint]") {
  const Lines kRules = {R"({"rename": "a.{x:seg}", "to": "{x:seg}.w"})",
                        R"({"rename": "b.{x:seg}", "to": "q.{x:seg}"})"};
  CHECK(FindingsOfRules(kRules) ==
        Lines{"OVERLAPPING_RANGES m.json:3:1 (/stages/0/1): two rules make one name: this one from "
              "'b.w', and m.json:2:1 (/stages/0/0) from 'a.q'",
              "witness: q.w", kHint});
  CHECK(FindingsOfRules(kRules, R"("keys": {"to": ["{i}.w", "q.bias"]}, )") == kNoLines);
  CHECK(FindingsOfRules(kRules, R"("keys": {"from": ["a.{i}", "b.{x:seg}"]}, )") == kNoLines);
}

TEST_CASE("lint: what a rule makes is no key of the other side", "[lint]") {
  const Lines kRules = {R"({"rename": "a.{i}", "to": "b.{i}"})"};
  CHECK(
      FindingsOfRules(kRules, R"("keys": {"from": "a.{i}", "to": "q.{i}"}, )") ==
      Lines{"RULE_WITHOUT_KEYS m.json:2:27 (/stages/0/0/to): pattern \"b.{i}\" makes no name that "
            "\"keys\" lists under \"to\"",
            "hint: correct the pattern, or list its names"});
  CHECK(FindingsOfRules(kRules, R"("keys": {"to": ["q.{i}", "b.{i=3|5}"]}, )") == kNoLines);
  // What `n` is, the config says.
  CHECK(FindingsOfRules({R"({"rename": "a", "to": "b.40.w"})"},
                        R"("keys": {"to": "b.{i=0..n-1}.w"}, )") == kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "q.{i}", "to": "a.{i}", "direction": "reverse"})"},
                        R"("keys": {"to": "q.{i}"}, )") == kNoLines);
}

TEST_CASE("lint: a name is taken for which the other side has none", "[lint]") {
  const std::string kTargetHint = "hint: let the variables of both sides have the same values";
  CHECK(
      FindingsOfRules({R"({"rename": "m.{i}.w", "to": "a.{i=0..31}.w"})"}) ==
      Lines{"NAME_WITHOUT_TARGET m.json:2:12 (/stages/0/0/rename): the rule takes names for which "
            "`to` has none",
            "witness: m.32.w", kTargetHint});
  CHECK(FindingsOfRules({R"({"rename": "m.{i=0..31}.w", "to": "a.{i=0..63}.w"})"}) == kNoLines);
  // That numbers end somewhere is no matter.
  for (const char* index : {"{i+1}", "{2*i}", "{3*i+1}", "{i+k}"}) {
    CHECK(FindingsOfRules({absl::StrFormat(R"({"rename": "m.{i}.w", "to": "a.%s.w"})", index)}) ==
          kNoLines);
  }
  CHECK(
      FindingsOfRules({R"({"rename": "m.{x*}", "to": "{x:seg}.w"})"}) ==
      Lines{"NAME_WITHOUT_TARGET m.json:2:12 (/stages/0/0/rename): the rule takes names for which "
            "`to` has none",
            "witness: m", kTargetHint});
  CHECK(
      FindingsOfRules({R"({"rename": "m.{i}.w", "to": "a.{i-1}.w"})"}) ==
      Lines{"NAME_WITHOUT_TARGET m.json:2:12 (/stages/0/0/rename): the rule takes names for which "
            "`to` has none",
            "witness: m.0.w", kTargetHint});
  CHECK(FindingsOfRules({R"({"rename": "m.{i=1..}.w", "to": "a.{i-1}.w"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "m.{i}.w", "to": "a.{i=1..}.w", "unless": "m.0.w"})"}) ==
        kNoLines);
}

}  // namespace
}  // namespace weft
