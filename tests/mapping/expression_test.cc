#include "mapping/expression.h"

#include <catch2/catch.hpp>
#include <map>
#include <string>

#include "diagnostic/status.h"
#include "mapping/errors_of.h"

namespace weft {
namespace {

ParamValue ListOf(std::vector<int64_t> values) {
  ParamValue list;
  list.kind = ParamValue::Kind::kList;
  for (const int64_t value : values) list.list.push_back(ParamValue::Integer(value));
  return list;
}

absl::StatusOr<ParamValue> Look(std::string_view name) {
  static const std::map<std::string, ParamValue, std::less<>> kValues = {
      {"n", ParamValue::Integer(7)},         {"list", ListOf({10, 20, 30})},
      {"kind", ParamValue::String("moe")},   {"flag", ParamValue::Bool(true)},
      {"order", ParamValue::Integer(3)},     {"notes", ParamValue::Integer(4)},
      {"config.a.b", ParamValue::Integer(5)}};
  const auto found = kValues.find(name);
  if (found != kValues.end()) return found->second;
  return ErrorStatus(ErrorCode::kUnknownParam, name, "nothing gives it");
}

// The value as JSON, or the error.
std::string ValueOf(std::string_view text) {
  const absl::StatusOr<Expression> expression = Expression::Parse(text, "here");
  if (!expression.ok()) return MessageOf(expression.status());
  const absl::StatusOr<ParamValue> value = expression->Evaluate(Look);
  return value.ok() ? TextOf(*value) : MessageOf(value.status());
}

std::string ParseError(std::string_view text) {
  const absl::StatusOr<Expression> expression = Expression::Parse(text, "here");
  return expression.ok() ? "parsed" : MessageOf(expression.status());
}

TEST_CASE("expression: operators bind as in Python", "[mapping]") {
  CHECK(ValueOf("1 + 2 * 3") == "7");
  CHECK(ValueOf("(1 + 2) * 3") == "9");
  CHECK(ValueOf("10 - 3 - 2") == "5");
  CHECK(ValueOf("7 * 3 % 4") == "1");
  CHECK(ValueOf("100 // 7 // 2") == "7");
  CHECK(ValueOf("-2 * 3 + 1") == "-5");
  CHECK(ValueOf("- -2") == "2");
  CHECK(ValueOf("2 - -2") == "4");
  CHECK(ValueOf("1 + 1 == 2 and 3 > 2") == "true");
  CHECK(ValueOf("not 1 == 2") == "true");
  CHECK(ValueOf("not true or true") == "true");
  CHECK(ValueOf("true or true and false") == "true");
  CHECK(ValueOf("not not flag") == "true");
  CHECK(ValueOf("\t n+1 ") == "8");
}

TEST_CASE("expression: // and % round towards minus infinity", "[mapping]") {
  CHECK(ValueOf("7 // 2") == "3");
  CHECK(ValueOf("-7 // 2") == "-4");
  CHECK(ValueOf("7 // -2") == "-4");
  CHECK(ValueOf("-7 // -2") == "3");
  CHECK(ValueOf("-6 // 3") == "-2");
  CHECK(ValueOf("7 % 3") == "1");
  CHECK(ValueOf("-7 % 3") == "2");
  CHECK(ValueOf("7 % -3") == "-2");
  CHECK(ValueOf("-7 % -3") == "-1");
  CHECK(ValueOf("-6 % 3") == "0");
}

TEST_CASE("expression: functions", "[mapping]") {
  CHECK(ValueOf("ceil_to(10, 4)") == "12");
  CHECK(ValueOf("ceil_to(12, 4)") == "12");
  CHECK(ValueOf("ceil_to(-10, 4)") == "-8");
  CHECK(ValueOf("ceil_div(10, 4)") == "3");
  CHECK(ValueOf("ceil_div(-10, 4)") == "-2");
  CHECK(ValueOf("ceil_div(-10, -4)") == "3");
  CHECK(ValueOf("min(3, 1, 2)") == "1");
  CHECK(ValueOf("max(1, n, 2)") == "7");
  CHECK(ValueOf("at(list, order - 1)") == "30");
}

TEST_CASE("expression: comparisons of values of different kinds are unequal, never an error",
          "[mapping]") {
  CHECK(ValueOf("kind == 'moe'") == "true");
  CHECK(ValueOf("kind != 'dense'") == "true");
  CHECK(ValueOf("kind == 1") == "false");
  CHECK(ValueOf("true == 1") == "false");
  CHECK(ValueOf("list == list") == "true");
  CHECK(ValueOf("n <= 7 and n >= 7 and not n < 7 and not n > 7") == "true");
}

TEST_CASE("expression: a word operator is no prefix of a name", "[mapping]") {
  CHECK(ValueOf("order + notes") == "7");
  CHECK(ValueOf("config.a.b") == "5");
}

TEST_CASE("expression: the right side of and and or is looked at only when it decides",
          "[mapping]") {
  CHECK(ValueOf("flag or missing") == "true");
  CHECK(ValueOf("not flag and missing") == "false");
  CHECK(ValueOf("missing or flag") == "UNKNOWN_PARAM missing: nothing gives it");
  CHECK(ValueOf("flag and missing") == "UNKNOWN_PARAM missing: nothing gives it");
}

TEST_CASE("expression: arithmetic at the ends of 64 bits is right or refused", "[mapping]") {
  const std::string least = "(-9223372036854775807 - 1)";
  CHECK(ValueOf("9223372036854775807") == "9223372036854775807");
  CHECK(ValueOf(least) == "-9223372036854775808");
  CHECK(ValueOf(least + " // 2") == "-4611686018427387904");
  CHECK(ValueOf(least + " % 10") == "2");
  CHECK(ValueOf(least + " % -1") == "0");
  CHECK(ValueOf("5 % " + least) == "-9223372036854775803");
  CHECK(ValueOf("5 // " + least) == "-1");
  CHECK(ValueOf("ceil_div(" + least + ", 3)") == "-3074457345618258602");
  CHECK(ValueOf("ceil_to(" + least + ", 8)") == "-9223372036854775808");
  for (const std::string& text :
       {std::string("9223372036854775807 + 1"), least + " - 1", "-" + least, least + " // -1",
        std::string("4611686018427387904 * 2"), std::string("ceil_to(9223372036854775807, 2)"),
        "ceil_div(" + least + ", -1)"}) {
    CHECK(ValueOf(text) == "BAD_PARAM here: overflow in expression \"" + text + "\"");
  }
}

TEST_CASE("expression: what has no value says why and in which expression", "[mapping]") {
  for (const char* text : {"1 // 0", "1 % 0", "ceil_div(1, 0)", "ceil_to(1, 0)"}) {
    CHECK(ValueOf(text) ==
          std::string("BAD_PARAM here: division by zero in expression \"") + text + "\"");
  }
  CHECK(ValueOf("at(list, 3)") ==
        "BAD_PARAM here: index 3 is outside a list of 3 entries in expression \"at(list, 3)\"");
  CHECK(ValueOf("at(list, -1)") ==
        "BAD_PARAM here: index -1 is outside a list of 3 entries in expression \"at(list, -1)\"");
  CHECK(ValueOf("at(n, 0)") == "BAD_PARAM here: expected a list, got 7 in expression \"at(n, 0)\"");
  CHECK(ValueOf("n and flag") ==
        "BAD_PARAM here: expected a boolean, got 7 in expression \"n and flag\"");
  CHECK(ValueOf("kind + 1") ==
        "BAD_PARAM here: expected an integer, got \"moe\" in expression \"kind + 1\"");
  CHECK(ValueOf("-flag") ==
        "BAD_PARAM here: expected an integer, got true in expression \"-flag\"");
  CHECK(ValueOf("list < 1") ==
        "BAD_PARAM here: expected an integer, got [10,20,30] in expression \"list < 1\"");
}

TEST_CASE("expression: syntax errors name the position", "[mapping]") {
  const auto error = [](const std::string& what, int position, const std::string& text) {
    return "EXPRESSION_SYNTAX here: " + what + " at position " + std::to_string(position) +
           " of expression \"" + text + "\"";
  };
  const auto check = [&](const std::string& text, const std::string& what, int position) {
    CHECK(ParseError(text) == error(what, position, text));
  };
  check("", "expected a value", 1);
  check("1 +", "expected a value", 4);
  check("1 2", "unexpected \"2\"", 3);
  check("n == == 2", "expected a value", 6);
  check("1 < 2 < 3", "unexpected \"< 3\"", 7);
  check("(1", "expected \")\"", 3);
  check("1)", "unexpected \")\"", 2);
  check("12x", "expected an operator", 3);
  check("a ? b", "unexpected \"? b\"", 3);
  check("and", "expected a value", 1);
  check("n / 2", "unexpected \"/ 2\"", 3);
  check("2 * a.", "the name \"a.\" ends in a dot", 5);
  check("1 + sum(1, 2)", "unknown function \"sum\"", 5);
  check("at(list)", "at takes two arguments, got 1", 1);
  check("1 + ceil_to(1, 2, 3)", "ceil_to takes two arguments, got 3", 5);
  check("min(1)", "min takes two or more arguments, got 1", 1);
  check("1 + 9223372036854775808", "an integer beyond 64 bits", 5);
  CHECK(ParseError("n == 'abc") == error("a string without closing quote", 6, "n == \\'abc"));
}

TEST_CASE("expression: a syntax error lists what there is", "[mapping]") {
  CHECK(ErrorsOf(Expression::Parse("", "m.json:1:2 (/when)").status()) ==
        Lines{"EXPRESSION_SYNTAX m.json:1:2 (/when): expected a value at position 1 of expression "
              "\"\"",
              "hint: operators: or and not == != < <= > >= + - * // %; functions: ceil_to, "
              "ceil_div, min, max, at"});
}

TEST_CASE("expression: depth and length are bounded", "[mapping]") {
  const auto nested = [](size_t depth) {
    return std::string(depth, '(') + "1" + std::string(depth, ')');
  };
  CHECK(ValueOf(nested(60)) == "1");
  CHECK(ParseError(nested(100'000)).find("too many nested parentheses at position") !=
        std::string::npos);
  CHECK(ParseError(std::string(100'000, '-') + "1").find("too many nested parentheses") !=
        std::string::npos);
  const auto sum = [](int terms) {
    std::string text = "1";
    for (int i = 1; i < terms; ++i) text += "+1";
    return text;
  };
  CHECK(ValueOf(sum(200)) == "200");
  CHECK(ParseError(sum(100'000)).find("too many operators at position") != std::string::npos);
}

TEST_CASE("expression: the longest sum that is read can be evaluated", "[mapping]") {
  std::string text = "1";
  int terms = 1;
  for (; ParseError(text + "+1") == "parsed"; ++terms) text += "+1";
  CHECK(ValueOf(text) == std::to_string(terms));
}

TEST_CASE("expression: names stand in order of appearance, each once", "[mapping]") {
  const absl::StatusOr<Expression> expression =
      Expression::Parse("b + a * b - config.x.y + at(l, a)", "here");
  REQUIRE(expression.ok());
  CHECK(expression->names() == std::vector<std::string>{"b", "a", "config.x.y", "l"});
  CHECK(expression->text() == "b + a * b - config.x.y + at(l, a)");
  CHECK(Expression::Constant(-3).names().empty());
}

TEST_CASE("expression: integer and boolean are asked for by kind", "[mapping]") {
  const auto parse = [](std::string_view text) { return *Expression::Parse(text, "here"); };
  CHECK(*parse("n + 1").EvaluateInteger(Look) == 8);
  CHECK(*parse("n > 1").EvaluateBool(Look));
  CHECK(MessageOf(parse("n > 1").EvaluateInteger(Look).status()) ==
        "BAD_PARAM here: expected an integer, got true in expression \"n > 1\"");
  CHECK(MessageOf(parse("n").EvaluateBool(Look).status()) ==
        "BAD_PARAM here: expected a boolean, got 7 in expression \"n\"");
  CHECK(*Expression::Constant(-3).EvaluateInteger(Look) == -3);
}

TEST_CASE("expression: identifiers", "[mapping]") {
  for (const char* text : {"a", "_", "num_heads", "X9"}) CHECK(IsIdentifier(text));
  for (const char* text : {"", "9a", "a.b", "a b", "a-b", "ä"}) CHECK_FALSE(IsIdentifier(text));
}

}  // namespace
}  // namespace weft
