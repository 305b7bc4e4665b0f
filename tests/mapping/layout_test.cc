#include "mapping/layout.h"

#include <catch2/catch.hpp>
#include <string>

#include "mapping/errors_of.h"

namespace weft {
namespace {

// "gate(e f d) up(e f d)", or the error.
std::string CellsOf(std::string_view text, std::string_view tensor_label = "") {
  AtomTable atoms;
  const absl::StatusOr<Layout> layout = Layout::Parse(text, atoms, "here");
  if (!layout.ok()) return MessageOf(layout.status());
  const auto cells = layout->Cells(tensor_label, atoms, "here");
  if (!cells.ok()) return MessageOf(cells.status());
  std::string result;
  for (const LayoutCell& cell : *cells) {
    std::string row;
    for (const int atom : cell.atoms) row += (row.empty() ? "" : " ") + atoms.name(atom);
    result += (result.empty() ? "" : " ") + cell.label + "(" + row + ")";
  }
  return result;
}

TEST_CASE("layout: axes and products are one cell", "[mapping]") {
  CHECK(CellsOf("h d") == "(h d)");
  CHECK(CellsOf("h d", "w") == "w(h d)");
  CHECK(CellsOf("(h j c) d") == "(h j c d)");
  CHECK(CellsOf("((a b) (c d)) e") == "(a b c d e)");
  CHECK(CellsOf("(h)") == "(h)");
  CHECK(CellsOf("  h\td ") == "(h d)");
  CHECK(CellsOf("") == "()");
}

TEST_CASE("layout: numbers are axes of a fixed size, 1 is none", "[mapping]") {
  CHECK(CellsOf("o i 1 k") == "(o i k)");
  CHECK(CellsOf("(3 h) d") == "(3 h d)");
  AtomTable atoms;
  REQUIRE(Layout::Parse("(3 h) d", atoms, "here").ok());
  CHECK(atoms.fixed_size(atoms.Find("3")) == 3);
  CHECK(atoms.fixed_size(atoms.Find("h")) == AtomTable::kUnknown);
}

TEST_CASE("layout: each part of a sum is a cell with the part's label", "[mapping]") {
  CHECK(CellsOf("e [gate:f | up:f] d") == "gate(e f d) up(e f d)");
  CHECK(CellsOf("[q:g|k:1|v:1]") == "q(g) k() v()");
  CHECK(CellsOf("(kv [q:g | k:1 | v:1] hd) d") == "q(kv g hd d) k(kv hd d) v(kv hd d)");
  CHECK(CellsOf("(h [rot:(j c) | pass:r]) d") == "rot(h j c d) pass(h r d)");
  CHECK(CellsOf("[q:h j c | k:kv j c] d") == "q(h j c d) k(kv j c d)");
  CHECK(CellsOf("[only:a] d") == "only(a d)");
}

TEST_CASE("layout: the innermost label names a cell; labels side by side are joined in order",
          "[mapping]") {
  CHECK(CellsOf("[q:[qrot:a | qpass:b] | k:c] d", "w") == "qrot(a d) qpass(b d) k(c d)");
  CHECK(CellsOf("[z:x | y:w] [b:u | a:v]") == "b&z(x u) a&z(x v) b&y(w u) a&y(w v)");
}

TEST_CASE("layout: the rest stands for any number of axes", "[mapping]") {
  AtomTable atoms;
  const absl::StatusOr<Layout> layout = Layout::Parse("a ... [x:b | y:c]", atoms, "here");
  REQUIRE(layout.ok());
  CHECK(layout->axes().size() == 3);
  CHECK(layout->rest_axis() == 1);
  CHECK(layout->sum_count() == 1);
  CHECK(layout->text() == "a ... [x:b | y:c]");
  CHECK(CellsOf("a ... [x:b | y:c]") == "x(a ... b) y(a ... c)");
}

TEST_CASE("layout: both sides of a rule share atoms by name", "[mapping]") {
  AtomTable atoms;
  REQUIRE(Layout::Parse("(h c) d", atoms, "here").ok());
  REQUIRE(Layout::Parse("d c h 2", atoms, "here").ok());
  CHECK(atoms.size() == 4);
  CHECK(atoms.Find("h") == 0);
  CHECK(atoms.Find("nobody") == -1);
  CHECK(atoms.Intern("d") == atoms.Find("d"));
}

TEST_CASE("layout: syntax errors name the position", "[mapping]") {
  const auto check = [](const std::string& text, const std::string& what, int position) {
    CHECK(CellsOf(text) == "LAYOUT_SYNTAX here: " + what + " at position " +
                               std::to_string(position) + " of layout \"" + text + "\"");
  };
  check("(a b", "expected \")\"", 5);
  check("a ()", "expected an axis", 4);
  check("a-b", "expected an axis", 2);
  check("a ] b", "expected an axis", 3);
  check("(a ... b)", "expected an axis", 4);
  check("[a b]", "expected \":\" behind the label of a part", 4);
  check("[:a]", "expected the label of a part", 2);
  check("[1:a]", "expected the label of a part", 2);
  check("[a:x | ", "expected the label of a part", 8);
  check("[a:x", "expected \"]\"", 5);
  check("[a:]", "expected an axis", 4);
  check("[a:x)", "expected an axis", 5);
  check("[a:x | a:y]", "label \"a\" stands twice in one sum", 8);
  check("a ... b ...", "\"...\" stands twice", 9);
  check("d 0", "an axis of size 0", 3);
  check("d 2x", "an axis name begins with a letter", 3);
  check("d 1234567890123456789", "a number beyond 18 digits", 3);
}

TEST_CASE("layout: a syntax error says what a layout is", "[mapping]") {
  AtomTable atoms;
  CHECK(ErrorsOf(Layout::Parse("?", atoms, "m.json:3:4 (/stages/0/0/to/1)").status()) ==
        Lines{"LAYOUT_SYNTAX m.json:3:4 (/stages/0/0/to/1): expected an axis at position 1 of "
              "layout \"?\"",
              "hint: a layout is a row of axes: a word, a number, (a b), [x:a | y:b | ~0:pad], or "
              "..."});
}

TEST_CASE("layout: an axis stands once in a cell", "[mapping]") {
  CHECK(CellsOf("d (h d)") ==
        "LAYOUT_SYNTAX here: axis d stands twice in one cell of layout \"d (h d)\"");
  CHECK(CellsOf("[a:d | b:d]") == "a(d) b(d)");
  CHECK(CellsOf("d [a:d | b:x]") ==
        "LAYOUT_SYNTAX here: axis d stands twice in one cell of layout \"d [a:d | b:x]\"");
}

TEST_CASE("layout: of one number several times each is an axis of its own", "[mapping]") {
  CHECK(CellsOf("o i 3 3") == "(o i 3 3#2)");
  CHECK(CellsOf("(3 3) 3") == "(3 3#2 3#3)");
  // Counted within a cell, whatever stands in other parts.
  CHECK(CellsOf("[a:2 c | b:c] 2") == "a(2 c 2#2) b(c 2)");
  // A part that only one side has needs no names.
  CHECK(CellsOf("[t:n | ~0:4] 4") == "t(n 4) (4 4#2)");
}

TEST_CASE("layout: depth and number of cells are bounded", "[mapping]") {
  const auto nested = [](size_t depth) {
    return std::string(depth, '(') + "a" + std::string(depth, ')');
  };
  CHECK(CellsOf(nested(16)) == "(a)");
  CHECK(CellsOf(nested(100'000)).find("too many nested brackets at position 18") !=
        std::string::npos);
  const auto sums = [](int count) {
    std::string text;
    for (int i = 0; i < count; ++i) {
      const std::string n = std::to_string(i);
      text += "[a" + n + ":x" + n + " | b" + n + ":y" + n + "] ";
    }
    return text;
  };
  CHECK(CellsOf(sums(3)).find("a0&b1&b2") != std::string::npos);
  CHECK(CellsOf(sums(13)) ==
        "LIMIT_EXCEEDED here: layout \"" + Escaped(sums(13)) + "\" has more than 4096 cells");
}

}  // namespace
}  // namespace weft
