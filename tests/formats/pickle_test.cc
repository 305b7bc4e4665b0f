// What pickles say, and what they may not.
#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/byte_reader.h"
#include "formats/pickle/literal.h"
#include "formats/pickle/machine.h"
#include "formats/raw_pickle.h"
#include "io/error_of.h"

namespace weft {
namespace {

using pickle::Kind;
using pickle::Ref;
using pickle::Tree;
using test::Bytes;

absl::StatusOr<Tree> Read(const std::string& bytes, const pickle::Limits& limits = {}) {
  const auto is_inert = [](std::string_view module, std::string_view) { return module == "known"; };
  return pickle::ReadWhole(bytes, "p", is_inert, limits);
}

Tree Right(const std::string& bytes) {
  absl::StatusOr<Tree> tree = Read(bytes);
  INFO(tree.status().message());
  REQUIRE(tree.ok());
  return *std::move(tree);
}

int64_t IntOf(const std::string& bytes) {
  const Tree tree = Right(bytes);
  REQUIRE(tree.KindOf(tree.root()) == Kind::kInt);
  return tree.IntOf(tree.root());
}

std::string TextOf(const std::string& bytes) {
  const Tree tree = Right(bytes);
  return std::string(tree.TextOf(tree.root()));
}

TEST_CASE("pickle: numbers of every protocol", "[formats]") {
  CHECK(IntOf("I42\n.") == 42);
  CHECK(IntOf("L-7L\n.") == -7);
  CHECK(IntOf("K\xFF.") == 255);
  CHECK(IntOf("M\x01\x02.") == 513);
  CHECK(IntOf("J\xFE\xFF\xFF\xFF.") == -2);
  CHECK(IntOf(std::string("\x8A\0.", 3)) == 0);
  CHECK(IntOf("\x8A\1\xFF.") == -1);
  CHECK(IntOf("\x8A\2\xFF\x7F.") == 32767);
  CHECK(IntOf("\x8A\10" + Bytes(uint64_t{1} << 63U, 8) + ".") == INT64_MIN);
  CHECK(IntOf("\x8B" + Bytes(1, 4) + "\5.") == 5);
  const Tree half = Right("G\x3F\xE0" + std::string(6, '\0') + ".");
  CHECK(half.FloatOf(half.root()) == 0.5);
  const Tree line = Right("F0.25\n.");
  CHECK(line.FloatOf(line.root()) == 0.25);
  const Tree yes = Right("I01\n.");
  CHECK((yes.KindOf(yes.root()) == Kind::kBool && yes.BoolOf(yes.root())));
}

TEST_CASE("pickle: integers beyond 64 bits are kept as text", "[formats]") {
  const Tree tree = Right("\x8A\11" + Bytes(0, 8) + "\1.");
  CHECK(tree.KindOf(tree.root()) == Kind::kLong);
  CHECK(tree.TextOf(tree.root()) == "18446744073709551616");
  CHECK(TextOf("\x8A\11" + Bytes(0, 8) + "\xFF.") == "-18446744073709551616");
  CHECK(TextOf("L99999999999999999999L\n.") == "99999999999999999999");
  CHECK(pickle::DecimalOf("") == "0");
  CHECK(pickle::DecimalOf(std::string(9, '\0') + "\1") == "4722366482869645213696");
}

TEST_CASE("pickle: text of every protocol", "[formats]") {
  CHECK(TextOf("X\2" + std::string(3, '\0') + "hi.") == "hi");
  CHECK(TextOf("\x8C\2hi.") == "hi");
  CHECK(TextOf("\x8D\2" + std::string(7, '\0') + "hi.") == "hi");
  CHECK(TextOf("U\2hi.") == "hi");
  CHECK(TextOf("T\2" + std::string(3, '\0') + "hi.") == "hi");
  CHECK(TextOf("C\2hi.") == "hi");
  CHECK(TextOf("\x96\2" + std::string(7, '\0') + "hi.") == "hi");
  CHECK(TextOf("S'a\\n\\x41\\101\\''\n.") == "a\nAA'");
  CHECK(TextOf("V\xE9\\u03c4\\U0001F600\n.") == "é\xCF\x84\xF0\x9F\x98\x80");
  // Text that was decoded lies behind the pickle, in order.
  const Tree two = Right("(Va\\u0062\nU\1cS'd'\nt.");
  REQUIRE(two.ItemsOf(two.root()).size() == 3);
  CHECK(two.TextOf(two.ItemsOf(two.root())[0]) == "ab");
  CHECK(two.TextOf(two.ItemsOf(two.root())[1]) == "c");
  CHECK(two.TextOf(two.ItemsOf(two.root())[2]) == "d");
  for (const char* wrong : {"S'a\n.", "Sa\n.", "S'\\q'\n.", "S'\\x4'\n.", "V\\u00\n.",
                            "V\\ud800\n.", "V\\U00110000\n.", "I1x\n.", "L\n.", "Fx\n."}) {
    CAPTURE(wrong);
    CHECK(ErrorNameOf(Read(wrong)) == "BAD_HEADER_SYNTAX");
  }
}

TEST_CASE("pickle: containers take items in any number of steps", "[formats]") {
  const Tree list = Right("](K\1K\2eK\3a(K\4e.");
  std::vector<int64_t> numbers;
  for (const Ref item : list.ItemsOf(list.root())) numbers.push_back(list.IntOf(item));
  CHECK(numbers == std::vector<int64_t>{1, 2, 3, 4});
  // Two lists that grow by turns.
  std::string steps = "]q\1]q\2\x86";
  for (char i = 0; i < 100; ++i) {
    steps += std::string("h\1K") + i + "a0" + "h\2K" + i + "a0";
  }
  const Tree turns = Right(steps + ".");
  const auto outer = turns.ItemsOf(turns.root());
  REQUIRE(outer.size() == 2);
  for (const Ref inner : outer) {
    REQUIRE(turns.ItemsOf(inner).size() == 100);
    for (int64_t i = 0; i < 100; ++i) CHECK(turns.IntOf(turns.ItemsOf(inner)[size_t(i)]) == i);
  }
  const Tree dict = Right(
      "}(U\1aK\1u(d\x85"
      "0U\1bK\2s.");
  CHECK(dict.IntOf(dict.Find(dict.root(), "b")) == 2);
  CHECK(dict.Find(dict.root(), "c") == pickle::kNoValue);
  const Tree set = Right("\x8F(K\1K\2\x90.");
  CHECK(set.KindOf(set.root()) == Kind::kSet);
  CHECK(set.ItemsOf(set.root()).size() == 2);
  CHECK(Right("(lp0\nI1\nag0\n0.").values() > 0);
}

TEST_CASE("pickle: a value that is used twice is one value", "[formats]") {
  const Tree tree = Right("(]q\7h\7]r\xFF\xFF\xFF\xFFj\xFF\xFF\xFF\xFF\x94h\2t.");
  const auto items = tree.ItemsOf(tree.root());
  REQUIRE(items.size() == 5);
  CHECK(items[0] == items[1]);
  CHECK(items[2] == items[3]);
  CHECK(items[3] == items[4]);
  CHECK(items[0] != items[2]);
}

TEST_CASE("pickle: a list in itself does no harm", "[formats]") {
  const Tree tree = Right(std::string("]q\0h\0a.", 7));
  CHECK(tree.ItemsOf(tree.root())[0] == tree.root());
}

TEST_CASE("pickle: nesting does not recurse", "[formats]") {
  const Tree tree = Right("N" + std::string(200'000, '\x85') + ".");
  CHECK(tree.values() > 200'000);
}

TEST_CASE("pickle: a call is a value that says what would be called", "[formats]") {
  const Tree tree = Right("cknown\nmake\n(K\1tR}U\1aK\2sb(K\3e(U\1kK\4u.");
  REQUIRE(tree.KindOf(tree.root()) == Kind::kObject);
  const pickle::Object& object = tree.ObjectOf(tree.root());
  CHECK(tree.globals().at(tree.GlobalOf(object.callee)).name == "make");
  CHECK(tree.IntOf(tree.ItemsOf(object.arguments)[0]) == 1);
  CHECK(tree.IntOf(tree.Find(object.state, "a")) == 2);
  CHECK(tree.IntOf(tree.ItemsOf(object.elements)[0]) == 3);
  CHECK(tree.IntOf(tree.Find(object.entries, "k")) == 4);
  CHECK(Right("cknown\nC\n)\x81.").globals().size() == 1);
  CHECK(Right("cknown\nC\n)}\x92.").globals().size() == 1);
  CHECK(Right("\x8C\5known\x8C\1C\x93.").globals()[0].module == "known");
  const Tree persistent = Right("U\2idQ.");
  CHECK(persistent.KindOf(persistent.root()) == Kind::kPersistent);
  CHECK(persistent.TextOf(persistent.PersistentIdOf(persistent.root())) == "id");
}

TEST_CASE("pickle: a name that is not known refuses the pickle, wherever it stands", "[formats]") {
  const auto unknown = Read(
      "(cos\nsystem\nU\2idcknown\nC\n\x8C\3sub\x8C\5Popen\x93"
      "cos\nsystem\nt.");
  const std::vector<Diagnostic> found = DiagnosticsOf(unknown.status());
  REQUIRE(found.size() == 2);
  CHECK(found[0].code == ErrorCode::kUnknownGlobal);
  CHECK(TextOf(found[0]) ==
        "p: byte 1: the pickle names 'os.system', which is not known to be data");
  CHECK(found[0].hint ==
        "weft calls nothing; where you trust that name, allow it with --allow-global os.system");
  CHECK(found[1].what == "the pickle names 'sub.Popen', which is not known to be data");
  // Even when what follows is no pickle.
  const auto broken = Read("cos\nsystem\n\xFF");
  CHECK(ErrorNameOf(broken) == "UNKNOWN_GLOBAL");
  CHECK(DiagnosticsOf(broken.status()).size() == 2);
}

TEST_CASE("pickle: instructions that plain data do not need are refused by name", "[formats]") {
  const std::vector<std::pair<std::string, std::string>> refused = {
      {"(iknown\nC\n.", "INST"},    {"(cknown\nC\no.", "OBJ"},
      {"P1\n.", "PERSID"},          {"N2.", "DUP"},
      {"\x82\1.", "EXT1"},          {"\x83\1\1.", "EXT2"},
      {"\x84\1\1\1\1.", "EXT4"},    {"\x97.", "NEXT_BUFFER"},
      {"N\x98.", "READONLY_BUFFER"}};
  for (const auto& [bytes, name] : refused) {
    CAPTURE(name);
    const auto tree = Read(bytes);
    CHECK(ErrorNameOf(tree) == "UNSUPPORTED_FEATURE");
    CHECK(ErrorTextOf(tree).find("the instruction " + name + ",") != std::string::npos);
  }
  CHECK(ErrorNameOf(Read("\xFF.")) == "BAD_HEADER_SYNTAX");
  CHECK(ErrorNameOf(Read("\x80\6N.")) == "UNSUPPORTED_FEATURE");
}

TEST_CASE("pickle: what is no pickle is refused", "[formats]") {
  const std::vector<std::string> wrong = {".",
                                          "NN.",
                                          "(N.",
                                          "0.",
                                          "t.",
                                          "N(N",
                                          "a.",
                                          "Na.",
                                          "NNa.",
                                          "}(Nu.",
                                          "(Nd.",
                                          "NK\1s.",
                                          "h\1.",
                                          "g1\n.",
                                          "gx\n.",
                                          "q\1.",
                                          "NR.",
                                          "NNR.",
                                          "cknown\nC\nNR.",
                                          "N)R.",
                                          "cknown\nC\n)NN\x92.",
                                          "NNb.",
                                          "cknown\nC\n)RNbNb.",
                                          "NN\x93.",
                                          "Q.",
                                          "N\x80\2.",
                                          "\x8F(N\x90"
                                          "a.",
                                          "\x85.",
                                          "N\x86.",
                                          "NN\x87.",
                                          "1.",
                                          "p1\n."};
  for (const std::string& bytes : wrong) {
    CAPTURE(bytes);
    const std::string name = ErrorNameOf(Read(bytes));
    const bool is_named = name == "BAD_HEADER_SYNTAX" || name == "TRUNCATED";
    CHECK(is_named);
  }
  CHECK(ErrorNameOf(Read("N.N")) == "TRAILING_DATA");
  CHECK(ErrorNameOf(Read("\x95" + Bytes(100, 8) + "N.")) == "TRUNCATED");
  CHECK(ErrorNameOf(Read("X" + Bytes(100, 4) + "abc.")) == "TRUNCATED");
}

TEST_CASE("pickle: everything is limited before it is allocated", "[formats]") {
  pickle::Limits limits;
  CHECK(ErrorNameOf(Read("\x8D" + Bytes(uint64_t{1} << 60U, 8) + ".")) == "LIMIT_EXCEEDED");
  CHECK(ErrorNameOf(Read("\x8B" + Bytes(0x7FFFFFFF, 4) + ".")) == "LIMIT_EXCEEDED");
  limits.values = 300;  // those that are always there among them
  CHECK(Read("(" + std::string(20, ']') + "t.", limits).ok());
  CHECK(ErrorNameOf(Read("(" + std::string(100, ']') + "t.", limits)) == "LIMIT_EXCEEDED");
  CHECK(ErrorNameOf(Read("(" + std::string(400, 'N') + "t.", limits)) == "LIMIT_EXCEEDED");
  limits = {};
  limits.marks = 3;
  CHECK(Read("(((ttt.", limits).ok());
  CHECK(ErrorNameOf(Read("((((tttt.", limits)) == "LIMIT_EXCEEDED");
  limits = {};
  limits.bytes = 4;
  const auto is_inert = [](std::string_view, std::string_view) { return false; };
  CHECK(pickle::Read(TextReader("(Nt.N", "p"), 0, "p", is_inert, limits).ok());
  CHECK(ErrorNameOf(pickle::Read(TextReader("(NNt.", "p"), 0, "p", is_inert, limits)) ==
        "LIMIT_EXCEEDED");
}

TEST_CASE("pickle: one of several is read as far as its end", "[formats]") {
  const std::string bytes = "xxK\5.K\6.";
  const TextReader reader(bytes, "f");
  const auto is_inert = [](std::string_view, std::string_view) { return false; };
  const auto first = pickle::Read(reader, 2, "p", is_inert, {});
  REQUIRE(first.ok());
  CHECK(first->size_bytes() == 3);
  CHECK(first->IntOf(first->root()) == 5);
  const auto second = pickle::Read(reader, 5, "p", is_inert, {});
  REQUIRE(second.ok());
  CHECK(second->IntOf(second->root()) == 6);
  CHECK(ErrorNameOf(pickle::Read(reader, 8, "p", is_inert, {})) == "TRUNCATED");
  CHECK(ErrorNameOf(pickle::Read(reader, 99, "p", is_inert, {})) == "TRUNCATED");
}

}  // namespace
}  // namespace weft
