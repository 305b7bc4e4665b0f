// What the documents say of the tree is so.
#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "re2/re2.h"

namespace {

namespace fs = std::filesystem;

const fs::path& Root() {
  static const auto* const kRoot = new fs::path(WEFT_SOURCE_DIR);
  return *kRoot;
}

std::string TextOf(const fs::path& path) {
  std::ifstream stream(path);
  return {std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> Documents() {
  std::vector<fs::path> documents;
  const auto add = [&](const fs::path& path) {
    if (path.extension() == ".md") documents.push_back(path);
  };
  for (const auto& entry : fs::directory_iterator(Root())) add(entry.path());
  for (const char* folder : {"docs", "examples", "lib", "mappings", "tests"}) {
    for (const auto& entry : fs::recursive_directory_iterator(Root() / folder)) add(entry.path());
  }
  return documents;
}

// The first groups of all matches, in order.
std::vector<std::string> AllMatches(const std::string& text, const char* pattern) {
  re2::StringPiece rest(text);
  std::vector<std::string> matches;
  std::string match;
  while (RE2::FindAndConsume(&rest, pattern, &match)) matches.push_back(match);
  return matches;
}

}  // namespace

TEST_CASE("documents: links lead somewhere", "[documents]") {
  const std::vector<fs::path> documents = Documents();
  REQUIRE(documents.size() > 5);
  for (const fs::path& document : documents) {
    for (const std::string& link : AllMatches(TextOf(document), R"(\]\(([^)#]+)[^)]*\))")) {
      if (link.find("://") != std::string::npos) continue;
      INFO(document << " links to " << link);
      CHECK(fs::exists(document.parent_path() / link));
    }
  }
}

TEST_CASE("documents: README's program is the example that is built", "[documents]") {
  const std::string readme = TextOf(Root() / "README.md");
  const std::string program = TextOf(Root() / "examples/convert.cc");
  REQUIRE(program.size() > 100);
  CHECK(readme.find("```cpp\n" + program + "```\n") != std::string::npos);
}

TEST_CASE("documents: mappings/README.md lists every mapping with its model types", "[documents]") {
  const std::string list = TextOf(Root() / "mappings/README.md");
  std::vector<std::string> there;
  for (const auto& entry : fs::directory_iterator(Root() / "mappings")) {
    if (entry.path().extension() != ".json") continue;
    const std::string& name = there.emplace_back(entry.path().stem());
    const std::string text = TextOf(entry.path());
    const std::vector<std::string> types =
        AllMatches(text, R"("config": \{"model_type": ([^}]+)\})");
    INFO(name);
    REQUIRE(types.size() <= 1);
    std::string row = types.empty() ? "–" : "";  // of a release without config.json
    for (const std::string& type : AllMatches(types.empty() ? "" : types[0], R"re("(\w+)")re")) {
      row += (row.empty() ? "`" : ", `") + type + "`";
    }
    CHECK(list.find("\n| `" + name + "` | " + row + " |\n") != std::string::npos);
  }
  std::vector<std::string> listed = AllMatches(list, R"(\n\| `(\w+)` \|)");
  std::sort(listed.begin(), listed.end());
  std::sort(there.begin(), there.end());
  CHECK(listed == there);
}

TEST_CASE("documents: SECURITY.md lists every limit with its default", "[documents]") {
  const std::string header = TextOf(Root() / "include/weft/limits.h");
  const std::string security = TextOf(Root() / "SECURITY.md");
  std::vector<std::string> fields = AllMatches(header, R"((?:uint64_t|int) (\w+) = )");
  const std::vector<std::string> values = AllMatches(header, R"((?:uint64_t|int) \w+ = ([^;]+);)");
  REQUIRE(fields.size() > 8);
  REQUIRE(fields.size() == values.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    std::string value = values[i];
    std::replace(value.begin(), value.end(), '\'', ',');
    const size_t shift = value.find("ull << 20");
    if (shift != std::string::npos) value = value.substr(0, shift) + " MiB";
    std::ostringstream row;
    row << "| `" << fields[i] << "` | " << value << " |";
    INFO(row.str());
    CHECK(security.find(row.str()) != std::string::npos);
  }
  CHECK(AllMatches(security, R"(\n\| `(\w+)` \|)") == fields);
}

TEST_CASE("documents: docs/traps.md has a row for each trap, and each has its test",
          "[documents]") {
  std::string tests;
  for (const auto& entry : fs::directory_iterator(Root() / "tests" / "traps")) {
    if (entry.path().extension() == ".cc") tests += TextOf(entry.path());
  }
  const std::string table = TextOf(Root() / "docs" / "traps.md");
  const std::vector<std::string> rows = AllMatches(table, R"((?m)^\| (\d+ \|.*)$)");
  REQUIRE(rows.size() == 26);
  for (size_t i = 0; i < rows.size(); ++i) {
    const std::string number = std::to_string(i + 1);
    INFO(rows[i]);
    CHECK(rows[i].rfind(number + " |", 0) == 0);
    const bool is_later = rows[i].find("| no ") != std::string::npos;
    const bool is_elsewhere = rows[i].find("_test.cc`") != std::string::npos;
    const bool is_tested = tests.find("\"trap " + number + ": ") != std::string::npos;
    CHECK((is_later || is_elsewhere) != is_tested);
  }
}
