// What a mapping file may not say, and how it is told so: the fields of the file, its params,
// tables, guards and stages. Rules have a file of their own.
#include <catch2/catch.hpp>
#include <string>

#include "mapping/errors_of.h"
#include "weft/mapping.h"

namespace weft {
namespace {

Lines ErrorsIn(std::string_view json, const Limits& limits = {}) {
  return ErrorsOf(Mapping::FromJson(json, "m.json", limits).status());
}

// A file whose second line is `field`.
Lines ErrorsInField(const std::string& field) {
  return ErrorsIn("{\"weft\": 1, \"stages\": [],\n" + field + "}");
}

TEST_CASE("mapping file: the smallest file", "[mapping]") {
  const absl::StatusOr<Mapping> mapping =
      Mapping::FromJson(R"({"weft": 1, "stages": []})", "m.json");
  REQUIRE(mapping.ok());
  CHECK(mapping->name() == "m");
}

TEST_CASE("mapping file: names and texts are kept", "[mapping]") {
  const absl::StatusOr<Mapping> mapping = Mapping::FromJson(
      R"({"$schema": "x", "weft": 1, "name": "n", "description": "d", "from": "f", "to": "t",
          "others": "drop", "stages": [{"name": "s", "note": "why", "rules": []}]})",
      "m.json");
  REQUIRE(mapping.ok());
  CHECK(mapping->name() == "n");
  CHECK(mapping->description() == "d");
  CHECK(mapping->from() == "f");
  CHECK(mapping->to() == "t");
}

TEST_CASE("mapping file: what is not JSON", "[mapping]") {
  CHECK(ErrorsIn(R"({"weft": 1, "weft": 1, "stages": []})") ==
        Lines{"JSON_SYNTAX m.json:1:13: the key 'weft' stands twice in one object"});
  CHECK(ErrorsIn("{\"weft\": 1,\n \"stages\": [[{\"rename\": \"a\", \"rename\": \"b\"}]]}") ==
        Lines{"JSON_SYNTAX m.json:2:30: the key 'rename' stands twice in one object"});
  const Lines cut = ErrorsIn("{\"weft\": 1,\n \"stages\": [");
  REQUIRE(cut.size() == 1);
  CHECK(cut[0].rfind("JSON_SYNTAX m.json:2:13: ", 0) == 0);
  Limits shallow;
  shallow.json_depth = 3;
  CHECK(ErrorsIn(R"({"weft": 1, "stages": [[[[]]]]})", shallow) ==
        Lines{"LIMIT_EXCEEDED m.json:1:25: arrays and objects are nested more than 3 deep"});
  Limits small;
  small.json_bytes = 10;
  CHECK(ErrorsIn(R"({"weft": 1, "stages": []})", small) ==
        Lines{"LIMIT_EXCEEDED m.json: a mapping file of 25 bytes; the limit is 10"});
}

TEST_CASE("mapping file: the fields of the file", "[mapping]") {
  CHECK(ErrorsIn("[]") == Lines{"MAPPING_FIELD m.json:1:1 (/): expected an object, got an array"});
  CHECK(ErrorsIn("{}") == Lines{"MAPPING_FIELD m.json:1:1 (/): the field \"weft\" is missing",
                                "hint: a mapping file begins with {\"weft\": 1, …",
                                "MAPPING_FIELD m.json:1:1 (/): the field \"stages\" is missing"});
  CHECK(ErrorsIn(R"({"weft": 2, "stages": []})") ==
        Lines{"MAPPING_FIELD m.json:1:10 (/weft): version 2 of the mapping language; expected 1"});
  CHECK(ErrorsIn(R"({"weft": "1", "stages": []})") ==
        Lines{"MAPPING_FIELD m.json:1:10 (/weft): expected an integer, got a string"});
  CHECK(ErrorsInField(R"("param": {})") ==
        Lines{"MAPPING_FIELD m.json:2:1 (/param): unknown field \"param\"",
              "hint: did you mean \"params\"?"});
  CHECK(ErrorsInField(R"("zzzzzzzz": {})") ==
        Lines{"MAPPING_FIELD m.json:2:1 (/zzzzzzzz): unknown field \"zzzzzzzz\""});
  CHECK(ErrorsInField(R"("a/b~c": {})") ==
        Lines{"MAPPING_FIELD m.json:2:1 (/a~1b~0c): unknown field \"a/b~c\""});
  CHECK(ErrorsInField(R"("name": 3)") ==
        Lines{"MAPPING_FIELD m.json:2:9 (/name): expected a string, got an integer"});
  CHECK(ErrorsInField(R"("others": "keep")") ==
        Lines{"MAPPING_FIELD m.json:2:11 (/others): \"keep\" is no treatment of other tensors",
              "hint: expected \"pass\", \"error\" or \"drop\""});
}

TEST_CASE("mapping file: tables are one-to-one", "[mapping]") {
  CHECK(ErrorsInField(R"("tables": [])") ==
        Lines{"MAPPING_FIELD m.json:2:11 (/tables): expected an object, got an array"});
  CHECK(ErrorsInField(R"("tables": {"t": {"a": "x", "b": "x"}})") ==
        Lines{"TABLE_SYNTAX m.json:2:33 (/tables/t/b): \"x\" stands twice in the right column of "
              "table \"t\"",
              "hint: a table is one-to-one, so that it can be read backwards"});
  CHECK(ErrorsInField(R"("tables": {"t": {"a": "x", "a": "y"}})") ==
        Lines{"JSON_SYNTAX m.json:2:28: the key 'a' stands twice in one object"});
  CHECK(ErrorsInField(R"("tables": {"t": {}})") ==
        Lines{"TABLE_SYNTAX m.json:2:17 (/tables/t): an empty table"});
  CHECK(ErrorsInField(R"("tables": {"my table": {"a": "b"}})") ==
        Lines{"TABLE_SYNTAX m.json:2:24 (/tables/my table): \"my table\" is no name of a table"});
  CHECK(ErrorsInField(R"("tables": {"t": {"a": "x", "b": 3}, "u": 4})") ==
        Lines{"MAPPING_FIELD m.json:2:33 (/tables/t/b): expected a string, got an integer",
              "MAPPING_FIELD m.json:2:42 (/tables/u): expected an object, got an integer"});
}

TEST_CASE("mapping file: params", "[mapping]") {
  CHECK(ErrorsInField(R"("params": {"a": 1, "b": true, "c": "a * 2", "d": {"from": "x.y"},
                         "e": {"from": ["x", "y"], "to": "z", "default": [1, 2]}})")
            .empty());
  CHECK(
      ErrorsInField(R"("params": {"num heads": 1})") ==
      Lines{"MAPPING_FIELD m.json:2:25 (/params/num heads): \"num heads\" is no name of a param"});
  CHECK(ErrorsInField(R"("params": {"a": "1 +"})") ==
        Lines{"EXPRESSION_SYNTAX m.json:2:17 (/params/a): expected a value at position 4 of "
              "expression \"1 +\"",
              "hint: operators: or and not == != < <= > >= + - * // %; functions: ceil_to, "
              "ceil_div, min, max, at"});
  CHECK(ErrorsInField(R"("params": {"a": [1]})") ==
        Lines{"MAPPING_FIELD m.json:2:17 (/params/a): expected an expression (a string, an integer "
              "or a boolean), got an array"});
  CHECK(ErrorsInField(R"("params": {"a": {"form": "x", "default": 1.5}})") ==
        Lines{"MAPPING_FIELD m.json:2:18 (/params/a/form): unknown field \"form\"",
              "hint: did you mean \"from\"?",
              "BAD_PARAM m.json:2:42 (/params/a/default): expected an integer, a boolean, a string "
              "or a list of these; got a number"});
  CHECK(ErrorsInField(R"("params": {"a": {"from": ["x", 3], "to": {}}})") ==
        Lines{"MAPPING_FIELD m.json:2:32 (/params/a/from/1): expected a string, got an integer",
              "MAPPING_FIELD m.json:2:42 (/params/a/to): expected a string, got an object"});
}

TEST_CASE("mapping file: stages", "[mapping]") {
  CHECK(ErrorsIn(R"({"weft": 1, "stages": {}})") ==
        Lines{"MAPPING_FIELD m.json:1:23 (/stages): expected an array, got an object"});
  CHECK(ErrorsIn(R"({"weft": 1, "stages": ["x", {"name": "s"}, {"rules": {}}]})") ==
        Lines{"MAPPING_FIELD m.json:1:24 (/stages/0): a stage is a list of rules or an object with "
              "\"rules\"; got a string",
              "MAPPING_FIELD m.json:1:29 (/stages/1): the field \"rules\" is missing",
              "MAPPING_FIELD m.json:1:54 (/stages/2/rules): expected an array, got an object"});
  CHECK(ErrorsIn(R"({"weft": 1, "stages": [{"rule": [], "rules": []}]})") ==
        Lines{"MAPPING_FIELD m.json:1:25 (/stages/0/rule): unknown field \"rule\"",
              "hint: did you mean \"rules\"?"});
}

// A file with one guarded stage, its guard on the second line.
Lines ErrorsInGuard(const std::string& guard) {
  return ErrorsIn("{\"weft\": 1, \"stages\": [{\"rules\": [], \"when\":\n" + guard + "}]}");
}

TEST_CASE("mapping file: guards", "[mapping]") {
  CHECK(ErrorsInGuard(R"({"all": [{"has": "a.{i}"}, {"not": {"lacks": "b"}},
      {"any": [{"param": "n > 1"}, {"dtype": {"pattern": "a", "is": "BF16"}},
               {"shape": {"pattern": "a", "is": [1, "n"]}}]}]})")
            .empty());
  CHECK(ErrorsInGuard(R"("x")") ==
        Lines{"MAPPING_FIELD m.json:2:1 (/stages/0/when): expected an object, got a string"});
  CHECK(ErrorsInGuard(R"({"has": "a", "lacks": "b"})") ==
        Lines{"MAPPING_FIELD m.json:2:1 (/stages/0/when): a guard has one field, this one has 2",
              "hint: combine guards with {\"all\": […]} or {\"any\": […]}"});
  CHECK(ErrorsInGuard("{}") ==
        Lines{"MAPPING_FIELD m.json:2:1 (/stages/0/when): a guard has one field, this one has 0",
              "hint: combine guards with {\"all\": […]} or {\"any\": […]}"});
  CHECK(ErrorsInGuard(R"({"lack": "b"})") ==
        Lines{"MAPPING_FIELD m.json:2:2 (/stages/0/when/lack): unknown field \"lack\"",
              "hint: did you mean \"lacks\"?"});
  CHECK(ErrorsInGuard(R"({"any": [{"has": "{x"}, {"not": 1}]})") ==
        Lines{"PATTERN_SYNTAX m.json:2:18 (/stages/0/when/any/0/has): \"{\" at position 1 without "
              "\"}\" in pattern \"{x\"",
              "MAPPING_FIELD m.json:2:33 (/stages/0/when/any/1/not): expected an object, got an "
              "integer"});
  CHECK(ErrorsInGuard(R"({"all": {"has": "a"}})") ==
        Lines{"MAPPING_FIELD m.json:2:9 (/stages/0/when/all): expected an array, got an object"});
  CHECK(ErrorsInGuard(R"({"dtype": {"pattern": "a", "is": "BFLOAT16"}})") ==
        Lines{"MAPPING_FIELD m.json:2:34 (/stages/0/when/dtype/is): not the name of a dtype",
              "hint: for example \"BF16\""});
  CHECK(ErrorsInGuard(R"({"shape": {"pattern": "a"}})") ==
        Lines{"MAPPING_FIELD m.json:2:11 (/stages/0/when/shape): expected the fields \"pattern\" "
              "and \"is\""});
  CHECK(ErrorsInGuard(R"({"shape": {"pattern": "a", "is": 3}})") ==
        Lines{"MAPPING_FIELD m.json:2:34 (/stages/0/when/shape/is): expected an array, got an "
              "integer"});
}

TEST_CASE("mapping file: the evidence for detection", "[mapping]") {
  CHECK(ErrorsInField(R"("detect": {"config": {"model_type": ["a", "b"]}, "from": {"has": "x"}})")
            .empty());
  CHECK(ErrorsInField(R"("detect": {"form": {"has": "x"}, "to": {"has": "{a*}{b*}"}})") ==
        Lines{"MAPPING_FIELD m.json:2:12 (/detect/form): unknown field \"form\"",
              "hint: did you mean \"from\"?",
              "PATTERN_SYNTAX m.json:2:48 (/detect/to/has): {a*} must stand alone between dots in "
              "pattern \"{a*}{b*}\"",
              "hint: a path takes whole segments; two paths need a segment between them"});
  CHECK(ErrorsInField(R"("detect": {"config": {"model_type": null}})") ==
        Lines{"BAD_PARAM m.json:2:37 (/detect/config/model_type): expected an integer, a boolean, "
              "a string or a list of these; got null"});
}

TEST_CASE("mapping file: all errors are reported, in the order of the file", "[mapping]") {
  CHECK(MessagesOf(Mapping::FromJson(R"({
 "weft": 3,
 "tables": {"t": {}},
 "params": {"p": "1 +"},
 "others": "none",
 "stages": [
  [{"rename": "a.{i}", "to": "b.{j}"},
   {"rename": "a.{i", "to": "b.{@}"},
   {"convert": "x", "to": "y", "operations": [{"op": "Fold"}]}],
  [{"from": ["a", "h d"], "to": ["b", "d"]},
   {"drop": "c", "unles": "d"}]]})",
                                     "m.json")
                       .status()) ==
        Lines{
            "MAPPING_FIELD m.json:2:10 (/weft): version 3 of the mapping language; expected 1",
            "TABLE_SYNTAX m.json:3:18 (/tables/t): an empty table",
            "EXPRESSION_SYNTAX m.json:4:18 (/params/p): expected a value at position 4 of "
            "expression \"1 +\"",
            "MAPPING_FIELD m.json:5:12 (/others): \"none\" is no treatment of other tensors",
            "UNKNOWN_VARIABLE m.json:7:4 (/stages/0/0): variable {j} stands only in `to`, and is "
            "no axis of `from`",
            "PATTERN_SYNTAX m.json:8:15 (/stages/0/1/rename): \"{\" at position 3 without \"}\" in "
            "pattern \"a.{i\"",
            "PATTERN_SYNTAX m.json:8:29 (/stages/0/1/to): \"{@}\" is none of the forms of a "
            "variable in pattern \"b.{@}\"",
            "UNKNOWN_OPERATION m.json:9:54 (/stages/0/2/operations/0/op): unknown operation "
            "\"Fold\"",
            "CELLS_DIFFER m.json:10:4 (/stages/1/0): the two sides have different cells: `from` "
            "has (h d); `to` has (d)",
            "MAPPING_FIELD m.json:11:18 (/stages/1/1/unles): unknown field \"unles\"",
        });
}

TEST_CASE("mapping file: of very many errors the first hundred are told", "[mapping]") {
  std::string rules;
  for (int i = 0; i < 150; ++i) rules += (i > 0 ? "," : "") + std::string("{\"drop\": \"\"}");
  const Lines errors = MessagesOf(
      Mapping::FromJson("{\"weft\": 1, \"stages\": [[" + rules + "]]}", "m.json").status());
  REQUIRE(errors.size() == 101);
  CHECK(errors[100] == "PATTERN_SYNTAX 50 more errors are not shown");
}

std::string FileOfRules(int count) {
  std::string rules;
  for (int i = 0; i < count; ++i) {
    rules += (i > 0 ? "," : "") + std::string("{\"drop\": \"x") + std::to_string(i) + "\"}";
  }
  return "{\"weft\": 1, \"stages\": [[{\"drop\": \"first\"}],{\"rules\":[" + rules + "]}]}";
}

TEST_CASE("mapping file: 10,000 rules are read, 10,001 are too many", "[mapping]") {
  CHECK(ErrorsIn(FileOfRules(9'999)).empty());
  CHECK(ErrorsIn(FileOfRules(10'000)) ==
        Lines{"LIMIT_EXCEEDED m.json:1:23 (/stages): 10001 rules; the limit is 10000"});
  Stage stage(10'001, WeightDrop{"x"});
  CHECK(ErrorsOf(Mapping::FromRules("coded", {stage}).status()) ==
        Lines{"LIMIT_EXCEEDED mapping 'coded': 10001 rules; the limit is 10000"});
}

TEST_CASE("mapping file: a pattern of 4,096 bytes is read, one of 4,097 is too long", "[mapping]") {
  const auto file = [](size_t bytes) {
    return "{\"weft\": 1, \"stages\": [[{\"rename\": \"" + std::string(bytes, 'x') +
           "\", \"to\": \"" + std::string(bytes, 'y') + "\", \"unless\": [\"a\", \"" +
           std::string(bytes, 'z') + "\"]}]]}";
  };
  CHECK(ErrorsIn(file(4'096)).empty());
  CHECK(ErrorsIn(file(4'097)) ==
        Lines{"LIMIT_EXCEEDED m.json:1:36 (/stages/0/0/rename): a pattern of 4097 bytes; the limit "
              "is 4096",
              "LIMIT_EXCEEDED m.json:1:4143 (/stages/0/0/to): a pattern of 4097 bytes; the limit "
              "is 4096",
              "LIMIT_EXCEEDED m.json:1:8260 (/stages/0/0/unless/1): a pattern of 4097 bytes; the "
              "limit is 4096"});
  const std::string in_guard = "{\"weft\": 1, \"stages\": [{\"rules\": [], \"when\": {\"has\": \"" +
                               std::string(4'097, 'x') + "\"}}]}";
  CHECK(ErrorsIn(in_guard) ==
        Lines{"LIMIT_EXCEEDED m.json:1:54 (/stages/0/when/has): a pattern of 4097 bytes; the limit "
              "is 4096"});
}

TEST_CASE("mapping: a file that is not there", "[mapping]") {
  const std::vector<Diagnostic> errors =
      DiagnosticsOf(Mapping::FromFile("no/such/mapping.json").status());
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].code == ErrorCode::kCannotRead);
}

TEST_CASE("mapping: a built-in name that there is not names the nearest", "[mapping]") {
  const std::vector<Diagnostic> errors = DiagnosticsOf(Mapping::Builtin("mixtrl").status());
  REQUIRE(errors.size() == 1);
  CHECK(errors[0].code == ErrorCode::kUnknownMapping);
  CHECK(TextOf(errors[0]) == "mixtrl: there is no mapping of this name");
  CHECK(errors[0].hint.rfind("did you mean \"mixtral\"? there are: ", 0) == 0);
  CHECK(errors[0].hint.find("qwen2_moe") != std::string::npos);
}

TEST_CASE("mapping: every built-in mapping reads, under its own name", "[mapping]") {
  CHECK(Mapping::Builtins().size() >= 2);
  for (const BuiltinMapping& builtin : Mapping::Builtins()) {
    const absl::StatusOr<Mapping> mapping = Mapping::Builtin(builtin.name);
    INFO(builtin.name);
    REQUIRE(ErrorsOf(mapping.status()).empty());
    CHECK(mapping->name() == builtin.name);
    CHECK_FALSE(mapping->description().empty());
    CHECK_FALSE(mapping->from().empty());
    CHECK_FALSE(mapping->to().empty());
  }
}

}  // namespace
}  // namespace weft
