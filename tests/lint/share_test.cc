// What lint says of the section "sharding".
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "weft/lint.h"

namespace weft {
namespace {

// Of a mapping without rules and these entries, each on a line from the second on:
// "CODE where: what <witness>".
std::vector<std::string> Findings(const std::vector<std::string>& entries,
                                  const std::string& fields = "") {
  std::string json = "{\"weft\": 1, " + fields + "\"stages\": [], \"sharding\": {\"to\": [\n";
  for (size_t i = 0; i < entries.size(); ++i) {
    json += entries[i] + (i + 1 < entries.size() ? ",\n" : "");
  }
  const absl::StatusOr<Mapping> mapping = Mapping::FromJson(json + "]}}", "m.json");
  INFO(mapping.status());
  REQUIRE(mapping.ok());
  const absl::StatusOr<std::vector<LintFinding>> found = Lint(*mapping);
  REQUIRE(found.ok());
  std::vector<std::string> lines;
  for (const LintFinding& finding : *found) {
    lines.push_back(std::string(NameOf(finding.code)) + " " + finding.where + ": " + finding.what +
                    " <" + finding.witness + ">");
  }
  return lines;
}

using Lines = std::vector<std::string>;

TEST_CASE("lint: two entries of sharding name one tensor", "[lint]") {
  CHECK(Findings({R"({"names": "{p*}.q.{w:weight|bias}", "replicate": true})",
                  R"({"names": ["k", "layers.{i}.q.weight"], "layout": "f ...", "split": "f"})"}) ==
        Lines{"OVERLAPPING_SHARES m.json:3:1 (/sharding/to/1): this entry and m.json:2:1 "
              "(/sharding/to/0) name one tensor <layers.0.q.weight>"});
  CHECK(Findings({R"({"names": "{p*}", "replicate": true, "otherwise": true})",
                  R"({"names": "layers.{i}.q.weight", "replicate": true})"})
            .empty());
  CHECK(Findings({R"({"names": "a.{i=0..3}", "replicate": true})",
                  R"({"names": "a.{i=4..}", "layout": "f", "split": "f"})"})
            .empty());
}

TEST_CASE("lint: entries of sharding that never hold together do not overlap", "[lint]") {
  const std::string params = R"("params": {"whole": {"default": false}}, )";
  CHECK(Findings({R"({"names": "a", "layout": "e f", "split": "e", "when": "whole"})",
                  R"({"names": "a", "layout": "e f", "split": "f", "when": "not whole"})"},
                 params)
            .empty());
  CHECK(Findings({R"({"names": "a", "layout": "e f", "split": "e", "when": "whole"})",
                  R"({"names": "a", "layout": "e f", "split": "f"})"},
                 params)
            .size() == 1);
}

TEST_CASE("lint: sizes of sharding, and params that only it needs", "[lint]") {
  const std::string params = R"("params": {"heads": {"from": "h"}}, )";
  CHECK(Findings({R"m({"names": "a", "layout": "(h c)", "split": "h", "sizes": {"h": "heads"}})m"},
                 params)
            .empty());
  CHECK(
      Findings(
          {R"m({"names": "a", "layout": "(h c)", "split": "h", "sizes": {"h": "heads", "hh": 3}})m"},
          params) ==
      Lines{"UNUSED_SIZE m.json:2:1 (/sharding/to/0): \"sizes\" gives \"hh\", which is no axis, no "
            "index that is split, and in no other size <>"});
  CHECK(Findings({R"({"names": "a", "layout": "h", "split": "h"})"}, params).size() == 1);
}

}  // namespace
}  // namespace weft
