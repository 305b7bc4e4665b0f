#include <catch2/catch.hpp>
#include <string>

#include "diagnostic/status.h"
#include "json/json.h"

namespace weft::json {
namespace {

TEST_CASE("json tree: values, members in order, offsets", "[json]") {
  const std::string text = R"({"z": [1, {"k": "v"}, 2.5], "a": null, "b": true, "n": -7})";
  const absl::StatusOr<Value> parsed = ParseTree(text, {});
  REQUIRE(parsed.ok());
  const Value& root = *parsed;
  CHECK(root.kind == Kind::kObject);
  REQUIRE(root.members.size() == 4);
  CHECK(root.members[0].key == "z");
  CHECK(root.members[0].key_offset == 1);
  CHECK(root.members[1].key == "a");

  const Value* list = root.Find("z");
  REQUIRE(list != nullptr);
  CHECK(list->kind == Kind::kArray);
  REQUIRE(list->elements.size() == 3);
  CHECK(list->offset == 6);
  CHECK(list->elements[0].integer == 1);
  CHECK(list->elements[0].number == 1.0);
  CHECK(list->elements[1].Find("k")->string == "v");
  CHECK(list->elements[1].Find("k")->offset == text.find("\"v\""));
  CHECK(list->elements[2].kind == Kind::kNumber);
  CHECK(list->elements[2].number == 2.5);

  CHECK(root.Find("a")->kind == Kind::kNull);
  CHECK(root.Find("b")->boolean);
  CHECK(root.Find("n")->integer == -7);
  CHECK(root.Find("missing") == nullptr);
}

TEST_CASE("json tree: the root may be any value", "[json]") {
  CHECK(ParseTree("\"s\"", {})->string == "s");
  CHECK(ParseTree("[[],[]]", {})->elements.size() == 2);
  CHECK(ParseTree("9223372036854775807", {})->kind == Kind::kInteger);
  CHECK(ParseTree("9223372036854775808", {})->kind == Kind::kNumber);
}

TEST_CASE("json tree: an error gives no tree", "[json]") {
  Options options;
  options.file_name = "m.json";
  const absl::Status status = ParseTree("{\"a\": [1, 2}", options).status();
  CHECK(DiagnosticsOf(status)[0].where == "m.json:1:12");
}

TEST_CASE("json tree: kinds have names for messages", "[json]") {
  CHECK(NameOf(Kind::kNull) == "null");
  CHECK(NameOf(Kind::kBool) == "true or false");
  CHECK(NameOf(Kind::kInteger) == "an integer");
  CHECK(NameOf(Kind::kNumber) == "a number");
  CHECK(NameOf(Kind::kString) == "a string");
  CHECK(NameOf(Kind::kArray) == "an array");
  CHECK(NameOf(Kind::kObject) == "an object");
}

}  // namespace
}  // namespace weft::json
