// Mappings that we ship or show keep to the schema.
#include <catch2/catch.hpp>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "schema/compiler_verdict.h"
#include "schema/published_schema.h"
#include "weft/mapping.h"

namespace weft {
namespace {

using nlohmann::json;

TEST_CASE("schema: every mapping that weft ships keeps to it", "[schema]") {
  REQUIRE(Mapping::Builtins().size() >= 5);
  for (const BuiltinMapping& builtin : Mapping::Builtins()) {
    INFO(builtin.name);
    CHECK(SchemaErrors(json::parse(builtin.json)).empty());
  }
}

// The texts between "```json" and "```"; a name of a file may stand behind the word.
std::vector<std::string> ExamplesOf(const std::string& path) {
  std::ifstream file(WEFT_SOURCE_DIR "/" + path);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  std::vector<std::string> examples;
  const std::string opening = "```json";
  for (size_t at = text.find(opening); at != std::string::npos; at = text.find(opening, at)) {
    at = text.find('\n', at) + 1;
    examples.push_back(text.substr(at, text.find("```", at) - at));
  }
  return examples;
}

// An example is fields of a file, or files, stages and rules one after the other.
std::vector<json> DocumentsOf(const std::string& example) {
  if (example[0] == '"') {
    json document = json::parse("{" + example + "}");
    document["weft"] = 1;
    if (!document.contains("stages")) document["stages"] = json::array();
    return {document};
  }
  std::vector<json> documents;
  std::istringstream stream(example);
  while (stream >> std::ws && !stream.eof()) {
    json value;
    stream >> value;
    if (value.contains("weft")) {
      documents.push_back(value);
    } else if (value.contains("rules") || value.contains("include")) {
      documents.push_back({{"weft", 1}, {"stages", json::array({value})}});
    } else {
      documents.push_back(DocumentOfRule(value));
    }
  }
  return documents;
}

TEST_CASE("schema: every example of the documents keeps to it, and compiles", "[schema]") {
  int count = 0;
  for (const std::string path : {"docs/dsl.md", "docs/tour.md", "docs/writing-a-mapping.md"}) {
    for (const std::string& example : ExamplesOf(path)) {
      for (const json& document : DocumentsOf(example)) {
        INFO(path << ": " << document.dump());
        CHECK(SchemaErrors(document) == kNoErrors);
        CHECK(VerdictOf(document).errors == kNoErrors);
        ++count;
      }
    }
  }
  CHECK(count >= 8);
}

}  // namespace
}  // namespace weft
