#include "json/edit.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "io/error_of.h"

namespace weft::json {
namespace {

absl::StatusOr<std::string> Patched(const std::string& text, const std::string& operations,
                                    const EditLimits& limits = {}) {
  return EditJson(text, "config.json", {{EditKind::kPatch, operations, "m.json:2:3"}}, limits);
}

absl::StatusOr<std::string> Merged(const std::string& text, const std::string& document,
                                   const EditLimits& limits = {}) {
  return EditJson(text, "config.json", {{EditKind::kMerge, document, "m.json:2:3"}}, limits);
}

TEST_CASE("edit: without edits a document is only laid out", "[json]") {
  CHECK(*EditJson("{\"b\":1, \"a\":[true,null,1.5,\"\\u00e9\"]}", "f", {}) ==
        "{\n  \"b\": 1,\n  \"a\": [\n    true,\n    null,\n    1.5,\n    \"\u00e9\"\n  ]\n}\n");
}

// The examples of RFC 7386, appendix A.
TEST_CASE("edit: merges as the standard's examples", "[json]") {
  const std::string cases[][3] = {
      {R"({"a":"b"})", R"({"a":"c"})", "{\n  \"a\": \"c\"\n}\n"},
      {R"({"a":"b"})", R"({"b":"c"})", "{\n  \"a\": \"b\",\n  \"b\": \"c\"\n}\n"},
      {R"({"a":"b"})", R"({"a":null})", "{}\n"},
      {R"({"a":"b","b":"c"})", R"({"a":null})", "{\n  \"b\": \"c\"\n}\n"},
      {R"({"a":["b"]})", R"({"a":"c"})", "{\n  \"a\": \"c\"\n}\n"},
      {R"({"a":{"b":"c"}})", R"({"a":{"b":"d","c":null}})",
       "{\n  \"a\": {\n    \"b\": \"d\"\n  }\n}\n"},
      {R"(["a","b"])", R"(["c","d"])", "[\n  \"c\",\n  \"d\"\n]\n"},
      {R"({"a":"foo"})", "null", "null\n"},
      {R"([1,2])", R"({"a":"b","c":null})", "{\n  \"a\": \"b\"\n}\n"},
      {"{}", R"({"a":{"bb":{"ccc":null}}})", "{\n  \"a\": {\n    \"bb\": {}\n  }\n}\n"},
  };
  for (const auto& [text, document, expected] : cases) {
    CAPTURE(text, document);
    const auto merged = Merged(text, document);
    REQUIRE(merged.ok());
    CHECK(*merged == expected);
  }
}

TEST_CASE("edit: every operation of a patch", "[json]") {
  const auto patched =
      Patched(R"({"keep": 0, "replace": 1, "remove": 2, "list": ["a", "c"], "move": {"x": 3}})",
              R"([{"op": "test", "path": "/keep", "value": 0},
          {"op": "replace", "path": "/replace", "value": [1]},
          {"op": "remove", "path": "/remove"},
          {"op": "add", "path": "/list/1", "value": "b"},
          {"op": "add", "path": "/list/-", "value": "d"},
          {"op": "move", "from": "/move/x", "path": "/moved"},
          {"op": "copy", "from": "/keep", "path": "/a~1b"}])");
  INFO(patched.status());
  REQUIRE(patched.ok());
  CHECK(*patched ==
        "{\n  \"keep\": 0,\n  \"replace\": [\n    1\n  ],\n"
        "  \"list\": [\n    \"a\",\n    \"b\",\n    \"c\",\n    \"d\"\n  ],\n  \"move\": {},\n"
        "  \"moved\": 3,\n  \"a/b\": 0\n}\n");
}

TEST_CASE("edit: an operation that does not apply is refused with its place", "[json]") {
  const std::string text = R"({"a": 1, "s": "x", "n": null, "list": [1]})";
  const std::string operations[] = {
      R"({"op": "test", "path": "/a", "value": 2})",
      R"({"op": "remove", "path": "/b"})",
      R"({"op": "remove", "path": ""})",
      R"({"op": "replace", "path": "/b", "value": 1})",
      R"({"op": "add", "path": "/b/c", "value": 1})",
      R"({"op": "add", "path": "/a/b", "value": 1})",
      R"({"op": "add", "path": "/s/b", "value": 1})",
      R"({"op": "add", "path": "/n/b", "value": 1})",
      R"({"op": "add", "path": "/list/5", "value": 1})",
      R"({"op": "add", "path": "/list/01", "value": 1})",
      R"({"op": "add", "path": "/list/99999999999999999999", "value": 1})",
      R"({"op": "add", "path": "a", "value": 1})",
      R"({"op": "add", "path": "/a~2", "value": 1})",
      R"({"op": "add", "path": "/c"})",
      R"({"op": "copy", "from": "/b", "path": "/c"})",
      R"({"op": "copy", "from": "/a", "path": "/a/b"})",
      R"({"op": "move", "from": "/s", "path": "/a/b"})",
      R"({"op": "move", "path": "/c"})",
      R"({"op": "turn", "path": "/a"})",
      R"({"op": 1, "path": "/a"})",
      R"({"path": "/a"})",
      R"("remove")",
      "null",
  };
  for (const std::string& operation : operations) {
    CAPTURE(operation);
    const auto patched =
        Patched(text, R"([{"op": "test", "path": "/a", "value": 1}, )" + operation + "]");
    CHECK(ErrorNameOf(patched) == "PATCH_REFUSED");
    CHECK(ErrorTextOf(patched).rfind("config.json, changed by m.json:2:3: operation 1", 0) == 0);
  }
  CHECK(ErrorTextOf(Patched(text, R"([{"op": "add", "path": "/a/b", "value": 1}])")) ==
        "config.json, changed by m.json:2:3: operation 0, add \"/a/b\": \"/a\" is neither an "
        "object nor an array");
  CHECK(ErrorNameOf(Patched(text, R"({"op": "remove", "path": "/a"})")) == "PATCH_REFUSED");
}

TEST_CASE("edit: what is no JSON is refused, and who repeats a key", "[json]") {
  for (const std::string bad :
       {"", "{", "{\"a\": NaN}", "{} {}", "{\"a\": 1, \"a\": 2}", "\"\xff\""}) {
    CAPTURE(bad);
    CHECK(ErrorNameOf(Merged(bad, "{}")) == "PATCH_REFUSED");
    CHECK(ErrorNameOf(Merged("{}", bad)) == "PATCH_REFUSED");
    CHECK(ErrorNameOf(Patched("{}", bad)) == "PATCH_REFUSED");
  }
}

TEST_CASE("edit: a document that grows beyond the limits is stopped", "[json]") {
  EditLimits limits;
  limits.bytes = 4000;
  CHECK(ErrorNameOf(Merged("{}", "\"" + std::string(4000, 'x') + "\"", limits)) ==
        "LIMIT_EXCEEDED");
  // Each copy doubles the document.
  std::string doubling = "[";
  for (int i = 0; i < 40; ++i) {
    doubling += (i == 0 ? "" : ", ");
    doubling += R"({"op": "copy", "from": "", "path": "/)" + std::to_string(i) + "\"}";
  }
  limits.depth = 1000;
  CHECK(ErrorNameOf(Patched(R"({"a": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"})", doubling + "]",
                            limits)) == "LIMIT_EXCEEDED");
  // Each copy nests it deeper.
  limits = EditLimits();
  limits.depth = 5;
  std::string nesting = "[";
  for (int i = 0; i < 5; ++i) {
    nesting += (i == 0 ? "" : ", ");
    nesting += R"({"op": "copy", "from": "", "path": "/a"})";
  }
  const auto nested = Patched("{}", nesting + "]", limits);
  CHECK(ErrorTextOf(nested) ==
        "config.json, changed by m.json:2:3: operation 4, copy \"/a\": the result is nested deeper "
        "than 5");
  CHECK(ErrorNameOf(Merged("[[[[[[]]]]]]", "{}", limits)) == "LIMIT_EXCEEDED");
}

}  // namespace
}  // namespace weft::json
