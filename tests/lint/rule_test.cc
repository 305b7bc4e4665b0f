// AMBIGUOUS_PATTERN, UNREACHABLE_RULE and BAD_INDEX: what a rule is by itself.
#include <catch2/catch.hpp>

#include "lint/findings_of.h"

namespace weft {
namespace {

const std::string kReadingHint =
    "hint: write more of the name out, or constrain a variable, so that one reading is left";

TEST_CASE("lint: a pattern that reads a name in two ways shows both", "[lint]") {
  CHECK(FindingsOfRules({R"({"drop": "m.{a:seg}{b:seg}"})"}) ==
        Lines{"AMBIGUOUS_PATTERN m.json:2:10 (/stages/0/0/drop): tensor 'm.aaa' reads in two ways "
              "by pattern \"m.{a:seg}{b:seg}\": a=a, b=aa; or a=aa, b=a",
              "witness: m.aaa", kReadingHint});
  CHECK(FindingsOfRules({R"({"drop": "m.{a:seg}_{i}"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"drop": "{p*}.x.{q*}"})"}) ==
        Lines{"AMBIGUOUS_PATTERN m.json:2:10 (/stages/0/0/drop): tensor 'x.x' reads in two ways by "
              "pattern \"{p*}.x.{q*}\": p=, q=x; or p=x, q=",
              "witness: x.x", kReadingHint});
  CHECK(FindingsOfRules({R"({"drop": "{i}{j}"})"}) ==
        Lines{"AMBIGUOUS_PATTERN m.json:2:10 (/stages/0/0/drop): tensor '110' reads in two ways by "
              "pattern \"{i}{j}\": i=1, j=10; or i=11, j=0",
              "witness: 110", kReadingHint});
  CHECK(FindingsOfRules({R"({"drop": "{i}{j:02}"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"drop": "{a:x|xy}{b:z|yz}"})"}) ==
        Lines{"AMBIGUOUS_PATTERN m.json:2:10 (/stages/0/0/drop): tensor 'xyz' reads in two ways by "
              "pattern \"{a:x|xy}{b:z|yz}\": a=x, b=yz; or a=xy, b=z",
              "witness: xyz", kReadingHint});
}

TEST_CASE("lint: what is left out must read in one way, too", "[lint]") {
  CHECK(
      FindingsOfRules({R"({"drop": "m.{x:seg}", "unless": "{p*}.{a:x|xy}{b:z|yz}"})"}) ==
      Lines{"AMBIGUOUS_PATTERN m.json:2:33 (/stages/0/0/unless): tensor 'm.xyz' reads in two ways "
            "by pattern \"{p*}.{a:x|xy}{b:z|yz}\": p=m, a=x, b=yz; or p=m, a=xy, b=z",
            "witness: m.xyz", kReadingHint});
  CHECK(FindingsOfRules({R"({"drop": "m.{i}", "unless": "{p*}.{a:x|xy}{b:z|yz}"})"}) == kNoLines);
}

TEST_CASE("lint: a reading that is excluded is no matter", "[lint]") {
  CHECK(FindingsOfRules({R"({"drop": "{a:x|xy}{b:z|yz}", "unless": "xyz"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"drop": "{a:seg}-{a:seg}"})"}) == kNoLines);
}

TEST_CASE("lint: the other side of a rule is read on the way back", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "m.{a:x|xy}.{b:z|yz}", "to": "m.{a:x|xy}{b:z|yz}"})"}) ==
        Lines{"AMBIGUOUS_PATTERN m.json:2:41 (/stages/0/0/to): tensor 'm.xyz' reads in two ways by "
              "pattern \"m.{a:x|xy}{b:z|yz}\": a=x, b=yz; or a=xy, b=z",
              "witness: m.xyz", kReadingHint});
}

TEST_CASE("lint: a rule for which no name is left", "[lint]") {
  CHECK(FindingsOfRules({R"({"drop": "m.{i=7..3}"})"}) ==
        Lines{"UNREACHABLE_RULE m.json:2:10 (/stages/0/0/drop): pattern \"m.{i=7..3}\" matches no "
              "name",
              "hint: see the sets and texts of its variables"});
  CHECK(FindingsOfRules({R"({"drop": "m.{i=7..7}"})"}) == kNoLines);
  const std::string kExcluded = "hint: see \"unless\", \"otherwise\" and \"keys\" of the mapping";
  CHECK(FindingsOfRules({R"({"drop": "m.{i}", "unless": "{p*}.{x:seg}"})"}) ==
        Lines{"UNREACHABLE_RULE m.json:2:10 (/stages/0/0/drop): pattern \"m.{i}\" takes no name: "
              "what it matches is excluded",
              kExcluded});
  CHECK(FindingsOfRules({R"({"drop": "m.{i}", "unless": "{p*}.m.{x:seg}.{y:seg}"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"drop": "m.{x*}"})", R"({"drop": "m.{i}.w", "otherwise": true})"}) ==
        Lines{"UNREACHABLE_RULE m.json:3:10 (/stages/0/1/drop): pattern \"m.{i}.w\" takes no name: "
              "what it matches is excluded",
              kExcluded});
  CHECK(FindingsOfRules({R"({"drop": "m.{i}.w"})"}, R"("keys": {"from": "m.{x:seg}"}, )") ==
        Lines{"UNREACHABLE_RULE m.json:2:10 (/stages/0/0/drop): pattern \"m.{i}.w\" takes no name: "
              "what it matches is excluded",
              kExcluded});
}

TEST_CASE("lint: a condition that never holds", "[lint]") {
  CHECK(
      FindingsOfRules({R"({"drop": "m", "when": "n == 1 and n == 2"})"}) ==
      Lines{"UNREACHABLE_RULE m.json:2:1 (/stages/0/0): the condition \"n == 1 and n == 2\" never "
            "holds",
            "hint: remove the rule, or correct the condition"});
  CHECK(FindingsOfRules({R"({"drop": "m", "when": "n >= 1 and n <= 2"})"}) == kNoLines);
  // Whether some number does it is not tried out where more than a comparison is asked.
  CHECK(FindingsOfRules({R"({"drop": "m", "when": "n * n == 1234321"})"}) == kNoLines);
  CHECK(FindingsOfRules({R"({"drop": "m", "when": "a == b"})"}) == kNoLines);
  // A text and a truth in one condition.
  CHECK(FindingsOfRules({R"({"drop": "m", "when": "kind == 'new' and not old"})"}) == kNoLines);
  LintOptions options;
  options.set = {{"n", "3"}};
  CHECK(FindingsOfRules({R"({"drop": "m", "when": "n * n == 1234321"})"}, "", options) ==
        Lines{"UNREACHABLE_RULE m.json:2:1 (/stages/0/0): the condition \"n * n == 1234321\" never "
              "holds",
              "hint: remove the rule, or correct the condition"});
}

TEST_CASE("lint: a stage whose evidence never holds", "[lint]") {
  CHECK(FindingsOf(R"({"weft": 1, "stages": [{"when": {"all": [{"param": "n == 1"}, {"has": "x"},
    {"param": "n == 2"}]}, "rules": [
      {"drop": "m"}]}]})") ==
        Lines{"UNREACHABLE_RULE m.json:3:7 (/stages/0/rules/0): the condition of the stage never "
              "holds",
              "hint: remove the rule, or correct the condition"});
}

TEST_CASE("lint: an index that is not one-to-one", "[lint]") {
  CHECK(FindingsOfRules({R"({"rename": "m.{i}.{0*i}", "to": "a.{i}"})"}) ==
        Lines{"BAD_INDEX m.json:2:12 (/stages/0/0/rename): {0*i} is not of the form a * i + b",
              "hint: an index is written as a * i + b, a not 0; a step is 1 or more"});
  CHECK(FindingsOfRules({R"({"drop": "m.{i=0..6/0}"})"}) ==
        Lines{"BAD_INDEX m.json:2:10 (/stages/0/0/drop): the step of a set in pattern "
              "\"m.{i=0..6/0}\" is 0; expected 1 or more",
              "hint: an index is written as a * i + b, a not 0; a step is 1 or more"});
  // A param decides, and most values will do.
  CHECK(FindingsOfRules({R"({"rename": "m.{i*k}", "to": "a.{i}"})"}) == kNoLines);
}

}  // namespace
}  // namespace weft
