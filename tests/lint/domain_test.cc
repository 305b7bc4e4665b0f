// OVERLAPPING_DOMAINS: two rules take one name.
#include <catch2/catch.hpp>

#include "lint/findings_of.h"

namespace weft {
namespace {

const std::string kHint = "hint: narrow one of the patterns, or use \"unless\" or \"otherwise\"";

TEST_CASE("lint: two rules that take one name are found by the shortest one", "[lint]") {
  CHECK(
      FindingsOfRules({R"({"rename": "layers.{i}.{x*}", "to": "a.{i}.{x*}"})",
                       R"({"rename": "{p*}.norm.weight", "to": "{p*}.ln.weight"})"}) ==
      Lines{"OVERLAPPING_DOMAINS m.json:3:1 (/stages/0/1): this rule and m.json:2:1 "
            "(/stages/0/0) take one name",
            "witness: layers.0.norm.weight", kHint,
            // And "a.0.ln.weight" is made of "layers.0.ln.weight" and of "a.0.norm.weight".
            "OVERLAPPING_RANGES m.json:3:1 (/stages/0/1): two rules make one name: this one from "
            "'a.0.norm.weight', and m.json:2:1 (/stages/0/0) from 'layers.0.ln.weight'",
            "witness: a.0.ln.weight",
            "hint: the way back cannot tell the two apart: give them different names, or narrow a "
            "pattern"});
}

TEST_CASE("lint: sets, steps and shifted indexes tell rules apart", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "m.{i=0..15/3}.w", "to": "a.{i}.w"})",
                         R"({"rename": "m.{i=1..10/3}.w", "to": "b.{i}.w"})",
                         R"({"rename": "m.{3*i+2}.w", "to": "c.{i}.w"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "m.{i=0..15/3}.w", "to": "a.{i}.w"})",
                         R"({"rename": "m.{4*i+2}.w", "to": "b.{i}.w"})"}) ==
        Lines{"OVERLAPPING_DOMAINS m.json:3:1 (/stages/0/1): this rule and m.json:2:1 "
              "(/stages/0/0) take one name",
              "witness: m.6.w", kHint});
  CHECK(FindingsOfRules({R"({"rename": "m.{r:02}.w", "to": "a.{r}.w"})",
                         R"({"rename": "m.{i=0..9}.w", "to": "b.{i}.w"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "m.{i=100..}.w", "to": "a.{i}.w"})",
                         R"({"rename": "m.{i=0..99}.w", "to": "b.{i}.w"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "m.{i=100..}.w", "to": "a.{i}.w"})",
                         R"({"rename": "m.{i=0..100}.w", "to": "b.{i}.w"})"}) ==
        Lines{"OVERLAPPING_DOMAINS m.json:3:1 (/stages/0/1): this rule and m.json:2:1 "
              "(/stages/0/0) take one name",
              "witness: m.100.w", kHint});
}

TEST_CASE("lint: what a rule leaves out it does not take", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "m.{x*}", "to": "a.{x*}", "unless": ["m.v", "m.v.{y*}"]})",
                         R"({"rename": "m.v.{x:seg}", "to": "b.{x:seg}"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "m.{x*}", "to": "a.{x*}", "unless": "m.v.{y:seg}"})",
                         R"({"rename": "m.v.{x*}", "to": "b.{x*}"})"}) ==
        Lines{"OVERLAPPING_DOMAINS m.json:3:1 (/stages/0/1): this rule and m.json:2:1 "
              "(/stages/0/0) take one name",
              "witness: m.v", kHint});
}

TEST_CASE("lint: an otherwise rule yields, two of them do not", "[lint]") {
  const std::string kRest = R"({"rename": "m.{x*}", "to": "a.{x*}", "otherwise": true})";
  CHECK(FindingsOfRules({kRest, R"({"rename": "m.w", "to": "w"})"}) == kNoLines);
  CHECK(FindingsOfRules({kRest, R"({"rename": "m.w", "to": "w"})",
                         R"({"rename": "m.{x:seg}", "to": "b.{x:seg}", "otherwise": true})"}) ==
        Lines{"OVERLAPPING_DOMAINS m.json:4:1 (/stages/0/2): this rule and m.json:2:1 "
              "(/stages/0/0) take one name",
              "witness: m.a", kHint});
}

TEST_CASE("lint: a drop takes names like any rule", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "m.{x:seg}.weight", "to": "a.{x:seg}.weight"})",
                         R"({"drop": "m.rope.{x:seg}"})"}) ==
        Lines{"OVERLAPPING_DOMAINS m.json:3:1 (/stages/0/1): this rule and m.json:2:1 "
              "(/stages/0/0) take one name",
              "witness: m.rope.weight", kHint});
}

TEST_CASE("lint: a name under two labels is one tensor, under two patterns it is two", "[lint]") {
  CHECK(FindingsOfRules(
            {R"({"from": {"a": ["q.{i}", "[x:n | u:m] d"], "b": ["k.{i}", "[y:n | v:m] d"]},
                             "to": {"x": ["x.{i}", "n d"], "y": ["y.{i}", "n d"],
                                    "u": ["u.{i}", "m d"], "v": ["u.{i}", "m d"]}})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"from": {"a": ["q.{i}", "n d"], "b": ["q.{i=0..7}", "n d"]},
                             "to": ["x.{i}", "[a:n | b:n] d"]})"}) ==
        Lines{"OVERLAPPING_DOMAINS m.json:2:1 (/stages/0/0): patterns \"q.{i}\" and "
              "\"q.{i=0..7}\" of the rule take one name",
              "witness: q.0", kHint});
}

TEST_CASE("lint: names that repeat a variable are compared in truth, not as texts", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "{a:x|y}.{a:x|y}", "to": "r.{a:x|y}"})",
                         R"({"rename": "x.y", "to": "s"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "m.{i}.n.{i}", "to": "r.{i}"})",
                         R"({"rename": "m.0.n.1", "to": "s"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"rename": "m.{i}.n.{i}", "to": "r.{i}"})",
                         R"({"rename": "m.3.n.{j}", "to": "s.{j}"})"}) ==
        Lines{"OVERLAPPING_DOMAINS m.json:3:1 (/stages/0/1): this rule and m.json:2:1 "
              "(/stages/0/0) take one name",
              "witness: m.3.n.3", kHint});
}

TEST_CASE("lint: the keys of a mapping bound what may overlap", "[lint]") {
  const Lines kRules = {R"({"rename": "m.{x:seg}.w", "to": "a.{x:seg}.w"})",
                        R"({"rename": "m.q.{x:seg}", "to": "b.{x:seg}"})"};
  CHECK(FindingsOfRules(kRules) ==
        Lines{"OVERLAPPING_DOMAINS m.json:3:1 (/stages/0/1): this rule and m.json:2:1 "
              "(/stages/0/0) take one name",
              "witness: m.q.w", kHint});
  CHECK(FindingsOfRules(kRules, R"("keys": {"from": ["m.{i}.w", "m.q.bias"]}, )") == kNoLines);
}

TEST_CASE("lint: rules of the way back are compared with the others turned round", "[lint]") {
  const std::string kForward =
      R"({"rename": "a.{x:seg}", "to": "b.{x:seg}", "direction": "forward"})";
  const std::string kBack = R"({"rename": "b.{x:seg}", "to": "a.{x:seg}", "direction": "reverse"})";
  CHECK(FindingsOfRules({kForward, kBack}) == kNoLines);
  CHECK(FindingsOfRules({kForward, kBack, R"({"rename": "c.{i}", "to": "b.{i}"})"}) ==
        Lines{"OVERLAPPING_DOMAINS m.json:4:1 (/stages/0/2): this rule and m.json:3:1 "
              "(/stages/0/1) take one name on the way back",
              "witness: b.0", kHint});
}

TEST_CASE("lint: names of old may become those of today in one direction", "[lint]") {
  const std::string kToday = R"({"rename": "modern.{x:seg}", "to": "values.{x:seg}"})";
  const auto old = [](const std::string& more) {
    return R"({"rename": "legacy.{x:seg}", "to": "values.{x:seg}")" + more + "}";
  };
  CHECK(FindingsOfRules({kToday, old(R"(, "direction": "forward")")}) == kNoLines);
  CHECK(FindingsOfRules({kToday, old("")}).size() == 3);
}

}  // namespace
}  // namespace weft
