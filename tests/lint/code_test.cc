// The codes, and their entries in the documentation.
#include <catch2/catch.hpp>
#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "weft/error_code.h"
#include "weft/lint.h"

namespace weft {
namespace {

// The entries of docs/errors.md under "Findings of lint", in their order.
std::vector<std::string> DocumentedCodes() {
  std::ifstream file(WEFT_SOURCE_DIR "/docs/errors.md");
  std::vector<std::string> entries;
  bool here = false;
  for (std::string line; std::getline(file, line);) {
    if (line.rfind("## ", 0) == 0) here = line == "## Findings of lint";
    if (here && line.rfind("### ", 0) == 0) entries.push_back(line.substr(4));
  }
  return entries;
}

TEST_CASE("lint codes: docs/errors.md has one entry for each, in order", "[lint]") {
  std::vector<std::string> expected;
  for (int i = 0; i < kLintCodeCount; ++i) {
    expected.emplace_back(NameOf(static_cast<LintCode>(i)));
  }
  CHECK(DocumentedCodes() == expected);
}

TEST_CASE("lint codes: names are upper case, unique, and no names of errors", "[lint]") {
  std::set<std::string> names;
  for (int i = 0; i < kErrorCodeCount; ++i) {
    names.emplace(NameOf(static_cast<ErrorCode>(i)));
  }
  for (int i = 0; i < kLintCodeCount; ++i) {
    const std::string name(NameOf(static_cast<LintCode>(i)));
    CHECK(name.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZ_") == std::string::npos);
    names.insert(name);
  }
  CHECK(names.size() == static_cast<size_t>(kErrorCodeCount + kLintCodeCount));
}

}  // namespace
}  // namespace weft
