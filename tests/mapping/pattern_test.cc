#include "mapping/pattern.h"

#include <catch2/catch.hpp>
#include <string>

#include "mapping/named_pattern.h"

namespace weft {
namespace {

TEST_CASE("pattern: text outside braces is literal", "[mapping]") {
  NamedPattern plain("a.b(c)|d*}+$");
  CHECK(plain.Read("a.b(c)|d*}+$").empty());
  CHECK(plain.Read("aXb(c)|d*}+$") == "no match");
  CHECK(plain.Read("a.b(c)|d*}+$.x") == "no match");
  CHECK(plain.Read("") == "no match");
}

TEST_CASE("pattern: {i} is a decimal index without leading zero", "[mapping]") {
  NamedPattern index("layers.{i}.w");
  CHECK(index.Read("layers.0.w") == "i=0");
  CHECK(index.Read("layers.10.w") == "i=10");
  for (const char* name : {"layers.01.w", "layers.00.w", "layers.-1.w", "layers.+1.w", "layers..w",
                           "layers.1x.w", "layers. 1.w", "layers.1.w.w"}) {
    CHECK(index.Read(name) == "no match");
  }
}

TEST_CASE("pattern: an index has at most 18 digits", "[mapping]") {
  NamedPattern index("w{i}");
  CHECK(index.Read("w999999999999999999") == "i=999999999999999999");
  CHECK(index.Read("w1000000000000000000") == "no match");
  CHECK(index.Read("w18446744073709551616") == "no match");
}

TEST_CASE("pattern: sets of an index", "[mapping]") {
  NamedPattern two("w{i=0|15}");
  CHECK(two.Read("w0") == "i=0");
  CHECK(two.Read("w15") == "i=15");
  CHECK(two.Read("w1") == "no match");
  CHECK(two.Write({IndexBinding(15)}) == "w15");
  CHECK(two.Write({IndexBinding(1)}) == "no name");

  NamedPattern stepped("w{i=3..12/3}");
  for (const char* name : {"w3", "w6", "w9", "w12"}) CHECK(stepped.Read(name) != "no match");
  for (const char* name : {"w0", "w4", "w15"}) CHECK(stepped.Read(name) == "no match");

  NamedPattern open("w{i=1..}");
  CHECK(open.Read("w0") == "no match");
  CHECK(open.Read("w1") == "i=1");
  CHECK(open.Read("w123456") == "i=123456");

  NamedPattern open_step("w{i=1../2}");
  CHECK(open_step.Read("w7") == "i=7");
  CHECK(open_step.Read("w8") == "no match");

  NamedPattern several("w{i = 0 | 4 .. 6 | 9..}");
  CHECK(several.Read("w3") == "no match");
  CHECK(several.Read("w5") == "i=5");
  CHECK(several.Read("w7") == "no match");
  CHECK(several.Read("w10") == "i=10");

  NamedPattern none("w{i=5..4}");
  CHECK(none.Read("w5") == "no match");
}

TEST_CASE("pattern: bounds and steps of sets are expressions over params", "[mapping]") {
  NamedPattern bounded("w{i=k..n//2-1/s}", Side::kFrom, {}, {{"n", 20}, {"k", 1}, {"s", 4}});
  CHECK(bounded.Read("w1") == "i=1");
  CHECK(bounded.Read("w5") == "i=5");
  CHECK(bounded.Read("w9") == "i=9");
  CHECK(bounded.Read("w3") == "no match");
  CHECK(bounded.Read("w13") == "no match");

  NamedPattern missing("w{i=0..n-1}");
  CHECK(missing.Read("other") == "no match");  // params are looked up only when needed
  CHECK(missing.Read("w3") == "UNKNOWN_PARAM param 'n': nothing gives it");

  NamedPattern still("w{i=0..9/s}", Side::kFrom, {}, {{"s", 0}});
  CHECK(still.Read("w3") ==
        "PATTERN_SYNTAX here: the step of a set in pattern \"w{i=0..9/s}\" is 0; expected 1 or "
        "more");
}

TEST_CASE("pattern: an affine index is solved when read", "[mapping]") {
  NamedPattern next("norm{i+1}");
  CHECK(next.Read("norm1") == "i=0");
  CHECK(next.Read("norm2") == "i=1");
  CHECK(next.Read("norm0") == "no match");

  NamedPattern scaled("model.{3*i+1}.conv");
  CHECK(scaled.Read("model.1.conv") == "i=0");
  CHECK(scaled.Read("model.10.conv") == "i=3");
  CHECK(scaled.Read("model.3.conv") == "no match");
  CHECK(scaled.Read("model.0.conv") == "no match");

  NamedPattern shifted("w{i-k}", Side::kFrom, {}, {{"k", 3}});
  CHECK(shifted.Read("w0") == "i=3");
  CHECK(shifted.Write({IndexBinding(2)}) == "no name");

  NamedPattern falling("w{n-1-i}", Side::kFrom, {}, {});
  CHECK(falling.variables().name(0) == "n");  // the first name is the variable
  NamedPattern down("w{0-i+n}", Side::kFrom, {}, {{"n", 5}});
  CHECK(down.Read("w5") == "i=0");
  CHECK(down.Read("w0") == "i=5");
  CHECK(down.Read("w6") == "no match");
  CHECK(down.Write({IndexBinding(6)}) == "no name");

  NamedPattern in_set("w{2*i=0..3}");  // the set is of i itself
  CHECK(in_set.Read("w6") == "i=3");
  CHECK(in_set.Read("w8") == "no match");
}

TEST_CASE("pattern: an index that is not affine is refused when it is used", "[mapping]") {
  CHECK(NamedPattern("w{i*i}").Read("w4") ==
        "PATTERN_SYNTAX here: {i*i} is not of the form a * i + b");
  CHECK(NamedPattern("w{i//2}").Read("w4") ==
        "PATTERN_SYNTAX here: {i//2} is not of the form a * i + b");
  CHECK(NamedPattern("w{0*i+4}").Read("w4") ==
        "PATTERN_SYNTAX here: {0*i+4} is not of the form a * i + b");
}

TEST_CASE("pattern: affine indexes and sets at the ends of 64 bits are no match, not an overflow",
          "[mapping]") {
  const std::string most = "9223372036854775807";
  CHECK(NamedPattern("w{i-" + most + "}").Read("w5") == "no match");
  CHECK(NamedPattern("w{i+" + most + "}").Read("w5") ==
        "BAD_PARAM here: overflow in expression \"i+" + most + "\"");
  CHECK(NamedPattern("w{i=-" + most + "..}").Read("w5") == "i=5");
  CHECK(NamedPattern("w{i=-" + most + "..9/2}").Read("w5") == "i=5");
  CHECK(NamedPattern("w{i=-" + most + "..9/2}").Read("w6") == "no match");
  CHECK(NamedPattern("w{(i % 2 * 2 - 1) * " + most + "}").Read("w5") ==
        "PATTERN_SYNTAX here: {(i % 2 * 2 - 1) * " + most + "} is not of the form a * i + b");
  NamedPattern wide("w{3000000000000000000*i}");
  CHECK(wide.Read("w0") == "i=0");
  CHECK(wide.Read("w3") == "no match");
  CHECK(wide.Write({IndexBinding(4)}) == "no name");
}

TEST_CASE("pattern: {r:02} is an index of fixed width", "[mapping]") {
  NamedPattern padded("part.{r:02}");
  CHECK(padded.Read("part.00") == "r=0");
  CHECK(padded.Read("part.07") == "r=7");
  CHECK(padded.Read("part.42") == "r=42");
  CHECK(padded.Read("part.7") == "no match");
  CHECK(padded.Read("part.007") == "no match");
  CHECK(padded.Write({IndexBinding(100)}) == "no name");

  NamedPattern in_set("part.{r:03=0..7}");
  CHECK(in_set.Read("part.007") == "r=7");
  CHECK(in_set.Read("part.008") == "no match");

  NamedPattern affine("part.{r+1:02}");
  CHECK(affine.Read("part.01") == "r=0");
  CHECK(affine.Read("part.00") == "no match");
}

TEST_CASE("pattern: {x:seg} is one segment, never empty", "[mapping]") {
  NamedPattern segment("a.{x:seg}.b");
  CHECK(segment.Read("a.anything at all.b") == "x=anything at all");
  CHECK(segment.Read("a..b") == "no match");
  CHECK(segment.Read("a.x.y.b") == "no match");
  CHECK(segment.Write({TextBinding("x.y")}) == "no name");
  CHECK(segment.Write({TextBinding("")}) == "no name");
  CHECK(NamedPattern("linear_{x:seg}").Read("linear_") == "no match");
}

TEST_CASE("pattern: {x*} is any number of whole segments; the dot goes when there is none",
          "[mapping]") {
  NamedPattern start("{p*}.norm");
  CHECK(start.Read("norm") == "p=");
  CHECK(start.Read("a.norm") == "p=a");
  CHECK(start.Read("a.b.norm") == "p=a.b");
  CHECK(start.Read(".norm") == "no match");
  CHECK(start.Read("a..norm") == "no match");
  CHECK(start.Read("xnorm") == "no match");

  NamedPattern middle("a.{p*}.z");
  CHECK(middle.Read("a.z") == "p=");
  CHECK(middle.Read("a.b.z") == "p=b");
  CHECK(middle.Read("a.b.c.z") == "p=b.c");
  CHECK(middle.Read("a..z") == "no match");
  CHECK(middle.Read("az") == "no match");

  NamedPattern end("model.{p*}");
  CHECK(end.Read("model") == "p=");
  CHECK(end.Read("model.x") == "p=x");
  CHECK(end.Read("model.x.y") == "p=x.y");
  CHECK(end.Read("model.") == "no match");
  CHECK(end.Read("models") == "no match");

  NamedPattern whole("{p*}");
  CHECK(whole.Read("") == "p=");
  CHECK(whole.Read("a.b") == "p=a.b");
  CHECK(whole.Read("a..b") == "no match");
  CHECK(whole.Read(".a") == "no match");
  CHECK(whole.Write({TextBinding("a..b")}) == "no name");
}

TEST_CASE("pattern: a part ends with its slash", "[mapping]") {
  NamedPattern literal("{r}/norm.weight");
  CHECK(literal.Read("0/norm.weight") == "r=0");
  CHECK(literal.Read("12/norm.weight") == "r=12");
  CHECK(literal.Read("norm.weight") == "no match");
  CHECK(literal.Read("01/norm.weight") == "no match");
  CHECK(literal.Write({IndexBinding(3)}) == "3/norm.weight");

  NamedPattern path("{r}/{p*}.w");
  CHECK(path.Read("0/w") == "r=0, p=");
  CHECK(path.Read("1/a.b.w") == "r=1, p=a.b");
  CHECK(path.Read("1/2/a.w") == "r=1, p=2/a");
  CHECK(path.Read("a.w") == "no match");
  CHECK(path.Write({IndexBinding(3), TextBinding("")}) == "3/w");

  CHECK(NamedPattern("{r}/{p*}").Read("4/a.b") == "r=4, p=a.b");
  CHECK(NamedPattern("{r}/x{i}.{s:seg}").Read("4/x5.y") == "r=4, i=5, s=y");
  CHECK(Renamed("{r}/{p*}.w", "{p*}.ranks.{r}", "1/a.w") == "a.ranks.1");
}

TEST_CASE("pattern: a path at the start of one side and in the middle of the other", "[mapping]") {
  CHECK(Renamed("{p*}.w", "model.{p*}.weight", "w") == "model.weight");
  CHECK(Renamed("{p*}.w", "model.{p*}.weight", "a.b.w") == "model.a.b.weight");
  CHECK(Renamed("model.{p*}", "{p*}.x", "model") == "x");
  CHECK(Renamed("model.{p*}", "{p*}.x", "model.a.b") == "a.b.x");
}

TEST_CASE("pattern: alternatives may hold dots and be empty", "[mapping]") {
  NamedPattern words("gate.{w:weight|bias}");
  CHECK(words.Read("gate.weight") == "w=weight");
  CHECK(words.Read("gate.bias") == "w=bias");
  CHECK(words.Read("gate.weights") == "no match");
  CHECK(words.Write({TextBinding("other")}) == "no name");

  NamedPattern dotted("{w:a.b|a}.c");
  CHECK(dotted.Read("a.b.c") == "w=a.b");
  CHECK(dotted.Read("a.c") == "w=a");

  NamedPattern prefix("{w:a|ab|abc}");
  CHECK(prefix.Read("ab") == "w=ab");
  CHECK(prefix.Read("abc") == "w=abc");

  NamedPattern empty("weight{s:|_scale}");
  CHECK(empty.Read("weight") == "s=");
  CHECK(empty.Read("weight_scale") == "s=_scale");

  NamedPattern special("{w:a+b|(c)|d|}x");
  CHECK(special.Read("a+bx") == "w=a+b");
  CHECK(special.Read("(c)x") == "w=(c)");
  CHECK(special.Read("aabx") == "no match");
}

TEST_CASE("pattern: an inline table has a column for each side", "[mapping]") {
  const std::string inline_table = "b.{t:ls1=lambda_1|ls2=lambda.2}.g";
  CHECK(NamedPattern(inline_table).Read("b.ls1.g") == "t=ls1");
  CHECK(NamedPattern(inline_table).Read("b.lambda_1.g") == "no match");
  CHECK(NamedPattern(inline_table, Side::kTo).Read("b.lambda_1.g") == "t=ls1");
  CHECK(NamedPattern(inline_table, Side::kTo).Read("b.lambda.2.g") == "t=ls2");
  CHECK(Renamed("x.{t:a=b|b=a}", "y.{t:a=b|b=a}", "x.a") == "y.b");
  CHECK(Renamed("x.{t:a=b|b=a}", "y.{t:a=b|b=a}", "x.b") == "y.a");
  CHECK(Renamed("x.{t:a=|b=_b}", "y{t:a=|b=_b}", "x.a") == "y");
}

TEST_CASE("pattern: a named table has a column for each side, and entries may hold dots",
          "[mapping]") {
  const Tables tables = {{"leaf", {{"convtr.weight", "conv.weight"}, {"norm.bias", "norm.bias"}}}};
  CHECK(Renamed("m.{i}.{l@leaf}", "layers.{i}.{l@leaf}", "m.3.convtr.weight", tables) ==
        "layers.3.conv.weight");
  CHECK(Renamed("m.{i}.{l@leaf}", "layers.{i}.{l@leaf}", "m.3.conv.weight", tables) == "no match");
  NamedPattern to("layers.{i}.{l@leaf}", Side::kTo, tables);
  CHECK(to.Read("layers.3.conv.weight") == "i=3, l=convtr.weight");
}

TEST_CASE("pattern: {x:/RE/} is text that an RE2 expression matches whole", "[mapping]") {
  NamedPattern regex("a.{x:/[a-c]+|(d)(e)?/}.{i}");
  CHECK(regex.Read("a.abc.1") == "x=abc, i=1");
  CHECK(regex.Read("a.de.2") == "x=de, i=2");
  CHECK(regex.Read("a.abd.1") == "no match");
  CHECK(regex.Write({TextBinding("x"), IndexBinding(1)}) == "no name");
  CHECK(NamedPattern("{x:/a{2}b/}").Read("aab") == "x=aab");
  CHECK(NamedPattern("{x://}z").Read("z") == "x=");
  // Anchors say what holds anyway.
  CHECK(NamedPattern("a{x:/^b+$/}.c").Read("abb.c") == "x=bb");
  CHECK(NamedPattern("a{x:/^b|c$/}.c").Read("ac.c") == "x=c");
  CHECK(NamedPattern(R"(a{x:/b\$/})").Read("ab$") == "x=b$");
  CHECK(NamedPattern(R"(a{x:/b\\$/})").Read("ab\\") == R"(x=b\\)");
  CHECK(NamedPattern("a{x:/^/}b").Read("ab") == "x=");
}

TEST_CASE("pattern: a variable used twice has one value", "[mapping]") {
  NamedPattern index("a.{i}.b.{i}");
  CHECK(index.Read("a.3.b.3") == "i=3");
  CHECK(index.Read("a.3.b.4") == "no match");
  NamedPattern shifted("a.{i}.b.{i+1}");
  CHECK(shifted.Read("a.3.b.4") == "i=3");
  CHECK(shifted.Read("a.3.b.3") == "no match");
  NamedPattern segment("{x:seg}.{x:seg}");
  CHECK(segment.Read("a.a") == "x=a");
  CHECK(segment.Read("a.b") == "no match");
  NamedPattern path("{p*}.x.{p*}");
  CHECK(path.Read("x") == "p=");
  CHECK(path.Read("a.b.x.a.b") == "p=a.b");
  CHECK(path.Read("a.x.b") == "no match");
  CHECK(path.Read("x.x.x") == "p=x");
}

TEST_CASE("pattern: a name that reads in two ways is an error that shows both", "[mapping]") {
  NamedPattern paths("{p*}.norm.{q*}");
  CHECK(paths.Read("a.norm.b") == "p=a, q=b");
  CHECK(paths.Read("norm") == "p=, q=");
  CHECK(paths.Read("a.norm.b.norm.c") ==
        "AMBIGUOUS_KEY here: tensor 'a.norm.b.norm.c' reads in two ways by pattern "
        "\"{p*}.norm.{q*}\": p=a, q=b.norm.c; or p=a.norm.b, q=c");
  CHECK(NamedPattern("{i}{j}").Read("123") ==
        "AMBIGUOUS_KEY here: tensor '123' reads in two ways by pattern \"{i}{j}\": "
        "i=1, j=23; or i=12, j=3");
  CHECK(NamedPattern("{i}{j}").Read("10") == "i=1, j=0");
  CHECK(NamedPattern("{i}{j}").Read("100") == "i=10, j=0");
  CHECK(NamedPattern("{a:seg}{b:seg}").Read("xy") == "a=x, b=y");
  CHECK(NamedPattern("{a:seg}_{b:seg}").Read("x_y_z") ==
        "AMBIGUOUS_KEY here: tensor 'x_y_z' reads in two ways by pattern \"{a:seg}_{b:seg}\": "
        "a=x, b=y_z; or a=x_y, b=z");
  CHECK(NamedPattern("{w:weight|weight_scale}{s:|_scale}").Read("weight_scale") ==
        "AMBIGUOUS_KEY here: tensor 'weight_scale' reads in two ways by pattern "
        "\"{w:weight|weight_scale}{s:|_scale}\": w=weight, s=_scale; or w=weight_scale, s=");
  CHECK(NamedPattern("{x:/a*/}{y:/a*/}").Read("a") ==
        "AMBIGUOUS_KEY here: tensor 'a' reads in two ways by pattern \"{x:/a*/}{y:/a*/}\": "
        "x=, y=a; or x=a, y=");
}

TEST_CASE("pattern: an ambiguity that a set or a repeated variable rules out is none",
          "[mapping]") {
  CHECK(NamedPattern("{i=1}{j}").Read("123") == "i=1, j=23");
  CHECK(NamedPattern("{i}{i}").Read("1111") == "i=11");
  CHECK(NamedPattern("{p*}.norm.{q*}.x.{p*}").Read("a.norm.b.norm.c.x.a") == "p=a, q=b.norm.c");
}

TEST_CASE("pattern: the form alone tells most patterns unambiguous", "[mapping]") {
  const auto plain = [](std::string_view text) {
    return NamedPattern(text).pattern().plainly_unambiguous();
  };
  CHECK(plain("{p*}.mlp.experts.{e}.gate_proj.weight"));
  CHECK(plain("model.layers.{i}.norm.{q*}"));
  CHECK(plain("{a:seg}.x{b:seg}y.{i}"));
  CHECK(plain("{w:a.b|c}.{x:seg}"));
  CHECK(plain("{r}/{p*}.{x:seg}"));
  CHECK_FALSE(plain("{p*}.norm.{q*}"));
  CHECK_FALSE(plain("{i}{j}"));
  CHECK_FALSE(plain("{w:a.b|c}.{v:d|e.f}"));
  CHECK_FALSE(plain("{x:/a/}"));
}

TEST_CASE("pattern: a search without end is cut off", "[mapping]") {
  const std::string text = "{a:/x*/}{b:/x*/}{c:/x*/}{d:/x*/}{a:/x*/}y{e=1}{e=2}";
  CHECK(NamedPattern(text)
            .Read(std::string(400, 'x') + "y12")
            .rfind("LIMIT_EXCEEDED here: tensor '", 0) == 0);
}

TEST_CASE("pattern: names are bytes, UTF-8 included", "[mapping]") {
  NamedPattern segment("größe.{x:seg}.{i}");
  CHECK(segment.Read("größe.重み.3") == "x=重み, i=3");
  CHECK(NamedPattern("{p*}.重み").Read("α.β.重み") == "p=α.β");
  CHECK(NamedPattern("{w:ä|ö}b").Read("öb") == "w=ö");
  CHECK(NamedPattern("{a:seg}{b:seg}").Read("éß") == "a=é, b=ß");
  CHECK(NamedPattern("{a:seg}{b:seg}").Read("é") == "no match");
  CHECK(NamedPattern("a.{x:seg}").Read("a.line\nbreak") == "x=line\\nbreak");
  CHECK(NamedPattern("a.{x:seg}").Read(std::string_view("a.\0b", 4)) == "x=\\x00b");
}

TEST_CASE("pattern: empty segments are literal or no match", "[mapping]") {
  CHECK(NamedPattern("a..b").Read("a..b").empty());
  CHECK(NamedPattern("a..{x:seg}").Read("a..b") == "x=b");
  CHECK(NamedPattern("{x:seg}").Read("") == "no match");
  CHECK(NamedPattern(".{i}.").Read(".1.") == "i=1");
}

TEST_CASE("pattern: syntax errors", "[mapping]") {
  const auto check = [](const std::string& text, const Lines& expected) {
    CHECK(ErrorsOf(NamedPattern(text).error()) == expected);
  };
  const std::string forms =
      "hint: {i} {i=0..n-1} {3*i+1} {r:02} {x:seg} {x*} {w:a|b} {t:a=b|c=d} {a@table} {x:/RE/}";
  const std::string alone =
      "hint: a path takes whole segments; two paths need a segment between them";
  check("", {"PATTERN_SYNTAX here: an empty pattern in pattern \"\""});
  check("a.{i", {"PATTERN_SYNTAX here: \"{\" at position 3 without \"}\" in pattern \"a.{i\""});
  check("a.{x:/b}", {"PATTERN_SYNTAX here: \"{\" at position 3 without \"/}\" in pattern "
                     "\"a.{x:/b}\""});
  check("a.{i{j}", {"PATTERN_SYNTAX here: \"{\" inside the braces at position 3 in pattern "
                    "\"a.{i{j}\""});
  check("a.{}", {"PATTERN_SYNTAX here: \"{}\" is none of the forms of a variable in pattern "
                 "\"a.{}\"",
                 forms});
  check("a.{3}", {"PATTERN_SYNTAX here: \"{3}\" is none of the forms of a variable in pattern "
                  "\"a.{3}\"",
                  forms});
  check("a.{i j}", {"PATTERN_SYNTAX here: \"{i j}\" is none of the forms of a variable in pattern "
                    "\"a.{i j}\"",
                    forms});
  check("a.{2*}", {"PATTERN_SYNTAX here: \"{2*}\" is none of the forms of a variable in pattern "
                   "\"a.{2*}\"",
                   forms});
  check("a.{i+1:2}", {"PATTERN_SYNTAX here: \"2\" is no width in pattern \"a.{i+1:2}\"",
                      "hint: a width is written {r:02}"});
  check("{r:019}", {"PATTERN_SYNTAX here: a width of 19 digits; expected 1..18 in pattern "
                    "\"{r:019}\""});
  check("{r:00}", {"PATTERN_SYNTAX here: a width of 0 digits; expected 1..18 in pattern "
                   "\"{r:00}\""});
  check("{r:099999999999999999999}",
        {"PATTERN_SYNTAX here: a width of 99999999999999999999 digits; expected 1..18 in pattern "
         "\"{r:099999999999999999999}\""});
  check("x{p*}",
        {"PATTERN_SYNTAX here: {p*} must stand alone between dots in pattern \"x{p*}\"", alone});
  check("{p*}x",
        {"PATTERN_SYNTAX here: {p*} must stand alone between dots in pattern \"{p*}x\"", alone});
  check(
      "a.{p*}{i}",
      {"PATTERN_SYNTAX here: {p*} must stand alone between dots in pattern \"a.{p*}{i}\"", alone});
  check(
      "{p*}.{q*}",
      {"PATTERN_SYNTAX here: {q*} must stand alone between dots in pattern \"{p*}.{q*}\"", alone});
  check("{w:a|b|a}", {"PATTERN_SYNTAX here: alternative \"a\" stands twice in pattern "
                      "\"{w:a|b|a}\"",
                      "hint: a table is one-to-one: no text may stand twice in a column"});
  check("{t:a=x|b=x}", {"PATTERN_SYNTAX here: alternative \"x\" stands twice in pattern "
                        "\"{t:a=x|b=x}\"",
                        "hint: a table is one-to-one: no text may stand twice in a column"});
  check("{t:a=b=c}", {"PATTERN_SYNTAX here: alternative \"a=b=c\" has two \"=\" in pattern "
                      "\"{t:a=b=c}\""});
  check("{a@leaf}", {"UNKNOWN_TABLE here: pattern \"{a@leaf}\" uses table \"leaf\", which is not "
                     "in \"tables\""});
  check("{i=0..}{j=1..x y}", {"EXPRESSION_SYNTAX here: unexpected \"y\" at position 3 of "
                              "expression \"x y\"",
                              "hint: operators: or and not == != < <= > >= + - * // %; functions: "
                              "ceil_to, ceil_div, min, max, at"});
}

TEST_CASE("pattern: an expression that RE2 refuses is refused when it is read", "[mapping]") {
  for (const char* text : {"{x:/(a/}", "{x:/a(?=b)/}", "{x:/\\1/}"}) {
    const Lines errors = ErrorsOf(NamedPattern(text).error());
    REQUIRE(errors.size() == 2);
    CHECK(errors[0].rfind("REGEX_REFUSED here: RE2 refuses /", 0) == 0);
    CHECK(errors[1] == "hint: RE2 has no look-around and no back-references");
  }
}

TEST_CASE("pattern: a dropped expression compiles again", "[mapping]") {
  VariableTable variables;
  const Expression::Resolver resolver = [](std::string_view name) -> absl::StatusOr<ParamValue> {
    return ErrorStatus(ErrorCode::kUnknownParam, name, "nothing gives it");
  };
  RegexCache tiny(1);
  auto a = *Pattern::Parse("a.{i}", Side::kFrom, {}, variables, "here");
  auto b = *Pattern::Parse("b.{i}", Side::kFrom, {}, variables, "here");
  PatternMatcher match_a(a, variables, resolver, tiny);
  PatternMatcher match_b(b, variables, resolver, tiny);
  Bindings bindings(1);
  for (int round = 0; round < 3; ++round) {
    CHECK(*match_a.Match("a.1", bindings));
    CHECK(*match_b.Match("b.2", bindings));
    CHECK_FALSE(*match_a.Match("b.2", bindings));
  }
}

}  // namespace
}  // namespace weft
