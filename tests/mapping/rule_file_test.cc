// What a rule of a mapping file may not say, and how it is told so.
#include <catch2/catch.hpp>
#include <string>

#include "mapping/errors_of.h"
#include "weft/mapping.h"

namespace weft {
namespace {

// A file whose second line is the one rule.
Lines ErrorsInRule(const std::string& rule, const std::string& fields = "") {
  return ErrorsOf(
      Mapping::FromJson("{\"weft\": 1," + fields + "\"stages\": [[\n" + rule + "]]}", "m.json")
          .status());
}

constexpr char kBothSidesHint[] =
    "hint: a variable stands on both sides, or it is an axis of the other side's layout (or `over` "
    "of an operation), or it takes a finite set of values: {i=0..5}";
constexpr char kCellsHint[] =
    "hint: both sides need the same labels with the same axes; a list variable counts as an axis";

TEST_CASE("rule: it has one form", "[mapping]") {
  CHECK(ErrorsInRule("3") ==
        Lines{"MAPPING_FIELD m.json:2:1 (/stages/0/0): expected an object, got an integer"});
  CHECK(ErrorsInRule("{}") ==
        Lines{"MAPPING_FIELD m.json:2:1 (/stages/0/0): a rule has one of \"rename\", \"from\", "
              "\"convert\" and \"drop\"; this one has 0 of them"});
  CHECK(ErrorsInRule(R"({"rename": "a", "drop": "b", "to": "c"})") ==
        Lines{"MAPPING_FIELD m.json:2:1 (/stages/0/0): a rule has one of \"rename\", \"from\", "
              "\"convert\" and \"drop\"; this one has 2 of them"});
  CHECK(ErrorsInRule(R"({"rename": "a"})") ==
        Lines{"MAPPING_FIELD m.json:2:1 (/stages/0/0): the field \"to\" is missing"});
}

TEST_CASE("rule: fields of other forms are unknown", "[mapping]") {
  CHECK(ErrorsInRule(R"({"rename": "a", "to": "b", "size": {}})") ==
        Lines{"MAPPING_FIELD m.json:2:28 (/stages/0/0/size): unknown field \"size\""});
  CHECK(ErrorsInRule(R"({"from": ["a", "d"], "to": ["b", "d"], "size": {}})") ==
        Lines{"MAPPING_FIELD m.json:2:40 (/stages/0/0/size): unknown field \"size\"",
              "hint: did you mean \"sizes\"?"});
  CHECK(ErrorsInRule(R"({"drop": "a", "to": "b"})") ==
        Lines{"MAPPING_FIELD m.json:2:15 (/stages/0/0/to): unknown field \"to\""});
  CHECK(ErrorsInRule(R"({"from": ["a", "d"], "to": ["b", "d"], "operations": []})") ==
        Lines{"MAPPING_FIELD m.json:2:40 (/stages/0/0/operations): unknown field \"operations\""});
}

TEST_CASE("rule: fields have their kinds", "[mapping]") {
  CHECK(
      ErrorsInRule(R"({"rename": 1, "to": ["b"], "unless": [2], "when": [],
 "otherwise": "yes", "direction": "back", "reason": 3, "note": 4})") ==
      Lines{
          "MAPPING_FIELD m.json:2:12 (/stages/0/0/rename): expected a string, got an integer",
          "MAPPING_FIELD m.json:2:21 (/stages/0/0/to): expected a string, got an array",
          "MAPPING_FIELD m.json:2:39 (/stages/0/0/unless/0): expected a string, got an integer",
          "MAPPING_FIELD m.json:2:51 (/stages/0/0/when): expected an expression (a string, an "
          "integer or a boolean), got an array",
          "MAPPING_FIELD m.json:3:15 (/stages/0/0/otherwise): expected true or false, got a string",
          "MAPPING_FIELD m.json:3:53 (/stages/0/0/reason): expected a string, got an integer",
          "MAPPING_FIELD m.json:3:64 (/stages/0/0/note): expected a string, got an integer",
          "MAPPING_FIELD m.json:3:35 (/stages/0/0/direction): \"back\" is no direction",
          "hint: expected \"forward\", \"reverse\" or \"both\""});
}

TEST_CASE("rule: conditions are parsed where they stand", "[mapping]") {
  CHECK(MessagesOf(Mapping::FromJson(R"({"weft": 1, "stages": [[
{"rename": "a", "to": "b", "unless": "{x", "when": "1 +"},
{"drop": "a", "unless": ["c", "{y"]}]]})",
                                     "m.json")
                       .status()) ==
        Lines{"PATTERN_SYNTAX m.json:2:38 (/stages/0/0/unless): \"{\" at position 1 without \"}\" "
              "in pattern \"{x\"",
              "EXPRESSION_SYNTAX m.json:2:52 (/stages/0/0/when): expected a value at position 4 of "
              "expression \"1 +\"",
              "PATTERN_SYNTAX m.json:3:31 (/stages/0/1/unless/1): \"{\" at position 1 without "
              "\"}\" in pattern \"{y\""});
}

TEST_CASE("rule: a drop acts forward only", "[mapping]") {
  CHECK(ErrorsInRule(R"({"drop": "a", "direction": "reverse"})") ==
        Lines{"MAPPING_FIELD m.json:2:28 (/stages/0/0/direction): a drop acts forward only",
              "hint: in reverse there is nothing to drop; remove the direction"});
  CHECK(ErrorsInRule(R"({"drop": "a", "direction": "forward"})").empty());
}

TEST_CASE("rule: a variable stands on both sides, or is a list, or its values are known",
          "[mapping]") {
  CHECK(ErrorsInRule(R"({"rename": "a.{i}.{j}", "to": "b.{i}"})").empty());
  CHECK(ErrorsInRule(R"({"rename": "b.{i}", "to": "a.{i}.{j=0..5}"})").empty());
  CHECK(ErrorsInRule(R"({"rename": "b.{i}", "to": "a.{i}.{t:x|y}"})").empty());
  CHECK(ErrorsInRule(R"({"from": ["b", "d"], "to": ["a.{j}", "d"], "sizes": {"j": 6}})").empty());
  CHECK(ErrorsInRule(R"({"rename": "b.{i}", "to": "a.{i}.{j=2..}"})") ==
        Lines{"UNKNOWN_VARIABLE m.json:2:1 (/stages/0/0): variable {j} stands only in `to`, and is "
              "no axis of `from`",
              kBothSidesHint});
  CHECK(ErrorsInRule(R"({"from": ["a", "e d"], "to": ["b.{x}", "d"]})") ==
        Lines{"UNKNOWN_VARIABLE m.json:2:1 (/stages/0/0): variable {x} stands only in `to`, and is "
              "no axis of `from`",
              kBothSidesHint});
  CHECK(ErrorsInRule(R"({"convert": "a", "to": "b.{e}", "operations": [{"op": "Transpose"}]})") ==
        Lines{"UNKNOWN_VARIABLE m.json:2:1 (/stages/0/0): variable {e} stands only in `to`, and is "
              "no axis of `from`",
              kBothSidesHint});
}

TEST_CASE("rule: a variable of both sides stands in every name", "[mapping]") {
  CHECK(
      ErrorsInRule(
          R"({"from": {"a": ["a.{i}", "d"], "b": ["b", "d"]}, "to": ["c.{i}", "[a:d | b:d]"]})") ==
      Lines{"UNKNOWN_VARIABLE m.json:2:10 (/stages/0/0/from): pattern \"b\" lacks variable {i}, "
            "which stands on both sides",
            "hint: every name of a rule must say which group it belongs to"});
}

TEST_CASE("rule: a variable is a number or a text, and a list is numbers", "[mapping]") {
  CHECK(ErrorsInRule(R"({"rename": "a.{i}", "to": "b.{i:seg}"})") ==
        Lines{"PATTERN_SYNTAX m.json:2:1 (/stages/0/0): variable {i} is an index in one name and a "
              "text in another"});
  CHECK(ErrorsInRule(R"({"from": ["a.{e:seg}", "d"], "to": ["b", "e d"]})") ==
        Lines{"PATTERN_SYNTAX m.json:2:1 (/stages/0/0): variable {e} in pattern \"a.{e:seg}\" is a "
              "list, so it must be an index"});
}

TEST_CASE("rule: tables and regular expressions of patterns", "[mapping]") {
  CHECK(ErrorsInRule(R"({"rename": "a.{l@leaf}", "to": "b.{l@leaf}"})",
                     R"("tables": {"leaf": {"x": "y"}},)")
            .empty());
  CHECK(ErrorsInRule(R"({"rename": "a.{l@leaf}", "to": "b.{l@leaf}"})",
                     R"("tables": {"leave": {"x": "y"}},)") ==
        Lines{"UNKNOWN_TABLE m.json:2:12 (/stages/0/0/rename): pattern \"a.{l@leaf}\" uses table "
              "\"leaf\", which is not in \"tables\"",
              "UNKNOWN_TABLE m.json:2:32 (/stages/0/0/to): pattern \"b.{l@leaf}\" uses table "
              "\"leaf\", which is not in \"tables\""});
  const Lines regex = ErrorsInRule(R"({"rename": "a.{x:/(/}", "to": "b.{x:/(/}"})");
  REQUIRE(regex.size() == 4);
  CHECK(regex[0].rfind("REGEX_REFUSED m.json:2:12 (/stages/0/0/rename): RE2 refuses /(/: ", 0) ==
        0);
}

TEST_CASE("rule: tensors with layouts", "[mapping]") {
  const std::string hint = "hint: several tensors are written {\"label\": [name, layout], …}";
  CHECK(ErrorsInRule(R"({"from": "a", "to": ["b"]})") ==
        Lines{"MAPPING_FIELD m.json:2:10 (/stages/0/0/from): expected [name, layout]", hint,
              "MAPPING_FIELD m.json:2:21 (/stages/0/0/to): expected [name, layout]", hint});
  CHECK(ErrorsInRule(R"({"from": ["a", 3], "to": {"x": ["b", "d", "e"]}})") ==
        Lines{"MAPPING_FIELD m.json:2:16 (/stages/0/0/from/1): expected a string, got an integer",
              "MAPPING_FIELD m.json:2:32 (/stages/0/0/to/x): expected [name, layout]", hint});
  CHECK(ErrorsInRule(R"({"from": {}, "to": ["b", "d"]})") ==
        Lines{"MAPPING_FIELD m.json:2:10 (/stages/0/0/from): a converter needs at least one tensor "
              "on each side"});
  CHECK(ErrorsInRule(R"({"from": {"my gate": ["a", "d"], "up": ["b", "d"]},
 "to": ["c", "[gate:d | up:d]"]})") ==
        Lines{"MAPPING_FIELD m.json:2:22 (/stages/0/0/from/my gate): \"my gate\" is no label",
              "hint: a label is letters, digits and underscores, and begins with a letter"});
  CHECK(
      ErrorsInRule(R"({"from": ["a", "(h"], "to": {"q": ["b", "h 0"]}})") ==
      Lines{
          "LAYOUT_SYNTAX m.json:2:16 (/stages/0/0/from/1): expected \")\" at position 3 of "
          "layout \"(h\"",
          "hint: a layout is a row of axes: a word, a number, (a b), [x:a | y:b | ~0:pad], or ...",
          "LAYOUT_SYNTAX m.json:2:41 (/stages/0/0/to/q/1): an axis of size 0 at position 3 of "
          "layout \"h 0\"",
          "hint: a layout is a row of axes: a word, a number, (a b), [x:a | y:b | ~0:pad], or "
          "..."});
}

TEST_CASE("rule: both sides have the same cells", "[mapping]") {
  CHECK(ErrorsInRule(R"({"from": ["a", "h d"], "to": ["b", "h d e"]})") ==
        Lines{"CELLS_DIFFER m.json:2:1 (/stages/0/0): the two sides have different cells: `from` "
              "has (h d); `to` has (h d e)",
              kCellsHint});
  CHECK(ErrorsInRule(R"({"from": {"gate": ["a.{e}", "f d"], "up": ["b.{e}", "f d"]},
 "to": ["c", "e [gate:f | down:f] d"]})") ==
        Lines{"CELLS_DIFFER m.json:2:1 (/stages/0/0): the two sides have different cells: `from` "
              "has gate(f d e), up(f d e); `to` has down(f d e), gate(f d e)",
              kCellsHint});
  CHECK(ErrorsInRule(R"({"from": ["a", "[x:h | y:[x:k | z:l]] d"], "to": ["b", "h d"]})") ==
        Lines{"CELLS_DIFFER m.json:2:10 (/stages/0/0/from): two cells are labelled \"x\"",
              "hint: labels of cells are unique on a side: write qrot, krot"});
  CHECK(ErrorsInRule(R"({"from": ["a", "... d"], "to": ["b", "d"]})") ==
        Lines{"CELLS_DIFFER m.json:2:1 (/stages/0/0): \"...\" stands in the layouts of one side "
              "only",
              "hint: it means the same axes on both sides"});
}

TEST_CASE("rule: one cell on each side needs no label", "[mapping]") {
  CHECK(ErrorsInRule(R"({"from": {"q": ["a", "h d"]}, "to": ["b", "d h"]})").empty());
  CHECK(ErrorsInRule(R"({"from": ["a", "h d"], "to": {"q": ["b", "d h"]}})").empty());
  CHECK(ErrorsInRule(R"({"from": {"q": ["a", "h d"]}, "to": {"k": ["b", "d h"]}})").empty());
}

TEST_CASE("rule: sizes are expressions with names of axes", "[mapping]") {
  CHECK(
      ErrorsInRule(R"({"from": ["a", "d"], "to": ["b", "d"], "sizes": {"my d": 1, "d": "2 +"}})") ==
      Lines{"EXPRESSION_SYNTAX m.json:2:66 (/stages/0/0/sizes/d): expected a value at position 4 "
            "of expression \"2 +\"",
            "hint: operators: or and not == != < <= > >= + - * // %; functions: ceil_to, "
            "ceil_div, min, max, at",
            "MAPPING_FIELD m.json:2:58 (/stages/0/0/sizes/my d): \"my d\" is no name of an axis"});
}

TEST_CASE("rule: operations and their fields", "[mapping]") {
  const auto errors = [](const std::string& operations) {
    return ErrorsInRule("{\"convert\": [\"a\", \"b\"], \"to\": \"c\", \"operations\":\n" +
                        operations + "}");
  };
  CHECK(errors(R"([{"op": "Concatenate", "dim": 1}])").empty());
  CHECK(ErrorsInRule(R"({"convert": "a", "to": "b"})") ==
        Lines{"MAPPING_FIELD m.json:2:1 (/stages/0/0): the field \"operations\" is missing"});
  CHECK(errors("[]") ==
        Lines{"BAD_OPERATION m.json:3:1 (/stages/0/0/operations): an empty list of "
              "operations",
              "hint: a rule that changes only the name is written with \"rename\""});
  CHECK(errors(R"([3, {"dim": 1}])") ==
        Lines{"MAPPING_FIELD m.json:3:2 (/stages/0/0/operations/0): expected an object, got an "
              "integer",
              "BAD_OPERATION m.json:3:5 (/stages/0/0/operations/1): the field \"op\" is missing"});
  CHECK(errors(R"([{"op": "Concat"}])") ==
        Lines{"UNKNOWN_OPERATION m.json:3:9 (/stages/0/0/operations/0/op): unknown operation "
              "\"Concat\""});
  CHECK(errors(R"([{"op": "Concatenat"}])") ==
        Lines{"UNKNOWN_OPERATION m.json:3:9 (/stages/0/0/operations/0/op): unknown operation "
              "\"Concatenat\"",
              "hint: did you mean \"Concatenate\"?"});
  CHECK(errors(R"([{"op": "Concatenate", "dims": 1, "dim": "x"}])") ==
        Lines{"MAPPING_FIELD m.json:3:42 (/stages/0/0/operations/0/dim): expected an integer, got "
              "a string",
              "BAD_OPERATION m.json:3:32 (/stages/0/0/operations/0/dims): Concatenate has no field "
              "\"dims\"",
              "hint: did you mean \"dim\"?"});
  CHECK(errors(R"([{"op": "Concatenate", "dim": 1001}])") ==
        Lines{"BAD_OPERATION m.json:3:31 (/stages/0/0/operations/0/dim): 1001 is no axis"});
  CHECK(errors(R"([{"op": "Concatenate", "sizes": []}])") ==
        Lines{"BAD_OPERATION m.json:3:33 (/stages/0/0/operations/0/sizes): an empty list of "
              "sizes"});
  CHECK(errors(R"([{"op": "Concatenate", "sizes": ["n", "1 +"]}])") ==
        Lines{"EXPRESSION_SYNTAX m.json:3:2 (/stages/0/0/operations/0): expected a value at "
              "position 4 of expression \"1 +\"",
              "hint: operators: or and not == != < <= > >= + - * // %; functions: ceil_to, "
              "ceil_div, min, max, at"});
  CHECK(errors(R"([{"op": "Split", "dim": 0}, {"op": "Permute"}, {"op": "MergeModulelist"}])") ==
        Lines{"BAD_OPERATION m.json:3:2 (/stages/0/0/operations/0): Split needs the field "
              "\"sizes\"",
              "BAD_OPERATION m.json:3:29 (/stages/0/0/operations/1): Permute needs the field "
              "\"dims\"",
              "BAD_OPERATION m.json:3:48 (/stages/0/0/operations/2): MergeModulelist needs the "
              "field \"over\""});
  CHECK(
      errors(R"([{"op": "Permute", "dims": [0, "x"]}, {"op": "Interleave", "inverse": 1}])") ==
      Lines{"MAPPING_FIELD m.json:3:32 (/stages/0/0/operations/0/dims/1): expected an integer, "
            "got a string",
            "MAPPING_FIELD m.json:3:71 (/stages/0/0/operations/1/inverse): expected true or false, "
            "got an integer"});
}

TEST_CASE("rule: operations end with as many tensors as the target names", "[mapping]") {
  CHECK(
      ErrorsInRule(R"({"convert": ["a", "b"], "to": "c", "operations": [{"op": "Transpose"}]})") ==
      Lines{"BAD_OPERATION m.json:2:50 (/stages/0/0/operations): the operations end with 2 "
            "tensors; `to` names 1"});
  CHECK(ErrorsInRule(
            R"({"convert": ["a", "b"], "to": ["c", "d"], "operations": [{"op": "Chunk"}]})") ==
        Lines{"BAD_OPERATION m.json:2:58 (/stages/0/0/operations/0): Chunk takes one tensor; 2 "
              "arrive"});
}

TEST_CASE("rule: a list is merged or split over a variable of its side", "[mapping]") {
  const auto over = [](const std::string& from, const std::string& to, const std::string& op,
                       const std::string& variable) {
    return ErrorsInRule("{\"convert\": \"" + from + "\", \"to\": \"" + to +
                        "\", \"operations\":\n[{\"op\": \"" + op + "\", \"over\": \"" + variable +
                        "\"}]}");
  };
  CHECK(over("a.{e}", "b", "MergeModulelist", "e").empty());
  CHECK(over("a", "b.{e}", "SplitModulelist", "e").empty());
  CHECK(over("a.{e}", "b", "MergeModulelist", "f") ==
        Lines{"UNKNOWN_VARIABLE m.json:3:2 (/stages/0/0/operations/0): `over` of MergeModulelist "
              "names \"f\", which is no variable that stands only in `from`"});
  CHECK(over("a.{e}", "b.{e}", "MergeModulelist", "e") ==
        Lines{"UNKNOWN_VARIABLE m.json:3:2 (/stages/0/0/operations/0): `over` of MergeModulelist "
              "names \"e\", which is no variable that stands only in `from`"});
  CHECK(over("a", "b", "SplitModulelist", "e") ==
        Lines{"UNKNOWN_VARIABLE m.json:3:2 (/stages/0/0/operations/0): `over` of SplitModulelist "
              "names \"e\", which is no variable that stands only in `to`"});
}

TEST_CASE("rule: PermuteForRope has heads for all tensors, or for each", "[mapping]") {
  const auto errors = [](const std::string& heads) {
    return ErrorsInRule(R"({"convert": ["a", "b"], "to": ["c", "d"], "operations":
[{"op": "PermuteForRope", "heads": )" +
                        heads + "}]}");
  };
  CHECK(errors("2").empty());
  CHECK(errors("[2, 0]").empty());
  CHECK(
      errors("[2, 1, 1]") ==
      Lines{"BAD_OPERATION m.json:3:2 (/stages/0/0/operations/0): PermuteForRope has the heads "
            "of 3 tensors; 2 arrive",
            "hint: give one number for all tensors, or one for each; 0 leaves a tensor as it is"});
}

TEST_CASE("rule: the lists that operations end with are those of the target", "[mapping]") {
  const auto errors = [](const std::string& to, const std::string& operations) {
    return ErrorsInRule(R"({"convert": "a.{e}", "to": ")" + to + "\", \"operations\":\n" +
                        operations + "}");
  };
  const std::string merge = R"({"op": "MergeModulelist", "over": "e"})";
  const std::string split = R"({"op": "SplitModulelist", "over": "e"})";
  CHECK(errors("b", "[" + merge + ", " + split + "]") ==
        Lines{"BAD_OPERATION m.json:3:1 (/stages/0/0/operations): the operations end with lists "
              "over e; `to` names no lists"});
  CHECK(ErrorsInRule(R"({"convert": "a", "to": "b.{k}", "operations":
[{"op": "SplitModulelist", "over": "k"}, {"op": "MergeModulelist", "over": "k"}]})") ==
        Lines{"BAD_OPERATION m.json:3:1 (/stages/0/0/operations): the operations end with no "
              "lists; `to` names lists over k"});
  CHECK(ErrorsInRule(R"({"convert": "a.{i}", "to": ["b.{e}", "c.{e}"], "operations":
[{"op": "ErnieSplitAndDecoupleTextVisionExperts", "over": "e"}, {"op": "MergeModulelist", "over": "i"}]})") ==
        Lines{"BAD_OPERATION m.json:3:2 (/stages/0/0/operations/0): "
              "ErnieSplitAndDecoupleTextVisionExperts takes no lists; lists over i arrive"});
  CHECK(ErrorsInRule(R"({"convert": "a.{i}.{e}", "to": ["b", "c"], "operations":
[{"op": "ErnieFuseAndSplitTextVisionExperts", "over": "e"}, {"op": "MergeModulelist", "over": "i"}]})") ==
        Lines{"BAD_OPERATION m.json:3:2 (/stages/0/0/operations/0): "
              "ErnieFuseAndSplitTextVisionExperts takes lists over e; lists over i, e arrive"});
}

}  // namespace
}  // namespace weft
