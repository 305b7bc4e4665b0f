// The interpreter itself, on what can be told by hand.
#include "interpreter/interpreter.h"

#include <catch2/catch.hpp>
#include <string>
#include <vector>

namespace weft::interpreter {
namespace {

Array Row(const std::vector<uint32_t>& elements) { return {"I32", {elements.size()}, elements}; }

Array Matrix(uint64_t columns, const std::vector<uint32_t>& elements) {
  return {"I32", {elements.size() / columns, columns}, elements};
}

// Forward, and back to where it began.
Tensors ThereAndBack(const std::string& rules, const Tensors& source, const Params& set = {}) {
  const Json mapping = Json::parse("{\"stages\": [[" + rules + "]]}");
  Record record;
  const Tensors made = Interpret(mapping, {}, set, Direction::kForward, source, &record);
  CHECK(Interpret(mapping, {}, set, Direction::kReverse, made, &record) == source);
  return made;
}

ErrorCode Refused(const std::string& rules, const Tensors& source) {
  const Json mapping = Json::parse("{\"stages\": [[" + rules + "]]}");
  Record record;
  try {
    Interpret(mapping, {}, {}, Direction::kForward, source, &record);
  } catch (const Refusal& refusal) {
    return refusal.code;
  }
  return ErrorCode::kInternal;
}

TEST_CASE("interpreter: experts become one tensor", "[interpreter]") {
  const Tensors source = {{"l.0.e.0.gate", Matrix(1, {1, 2})},
                          {"l.0.e.0.up", Matrix(1, {3, 4})},
                          {"l.0.e.1.gate", Matrix(1, {5, 6})},
                          {"l.0.e.1.up", Matrix(1, {7, 8})}};
  const Tensors expected = {{"l.0.fused", {"I32", {2, 4, 1}, {1, 2, 3, 4, 5, 6, 7, 8}}}};
  CHECK(ThereAndBack(R"json({"from": {"gate": ["{p*}.e.{e}.gate", "f d"],
                                  "up": ["{p*}.e.{e}.up", "f d"]},
                         "to": ["{p*}.fused", "e [gate:f | up:f] d"]})json",
                     source) == expected);
  CHECK(ThereAndBack(R"json({"convert": ["{p*}.e.{e}.gate", "{p*}.e.{e}.up"], "to": "{p*}.fused",
                         "operations": [{"op": "MergeModulelist", "over": "e", "dim": 0},
                                        {"op": "Concatenate", "dim": 1}]})json",
                     source) == expected);
}

TEST_CASE("interpreter: grouped queries, keys and values", "[interpreter]") {
  const Tensors made = ThereAndBack(
      R"json({"from": ["qkv", "(kv [q:g | k:1 | v:1] hd)"],
          "to": {"q": ["q", "(kv g hd)"], "k": ["k", "(kv hd)"], "v": ["v", "(kv hd)"]},
          "sizes": {"kv": 2, "g": "heads // kv"}})json",
      {{"qkv", Row({1, 2, 3, 4, 5, 6, 7, 8})}}, {{"heads", 4}});
  CHECK(made == Tensors{{"q", Row({1, 2, 5, 6})}, {"k", Row({3, 7})}, {"v", Row({4, 8})}});
}

TEST_CASE("interpreter: names of every kind", "[interpreter]") {
  const Array a = Row({1});
  const Array b = Row({2});
  CHECK(ThereAndBack(R"json({"rename": "{p*}.n.{i=0..4/2}.{w:ls1=one|ls2=two}",
                         "to": "{p*}.{w:ls1=one|ls2=two}.{3*i+1}_{i:02}"})json",
                     {{"n.4.ls1", a}, {"x.y.n.0.ls2", b}, {"n.3.ls1", b}}) ==
        Tensors{{"one.13_04", a}, {"x.y.two.1_00", b}, {"n.3.ls1", b}});
  CHECK(ThereAndBack(R"json({"rename": "{p*}", "to": "rest.{p*}", "otherwise": true},
                        {"rename": "a.{x:seg}", "to": "b.{x:seg}", "unless": "a.no"})json",
                     {{"a.yes", a}, {"a.no", b}}) == Tensors{{"b.yes", a}, {"rest.a.no", b}});
}

TEST_CASE("interpreter: constants and copies", "[interpreter]") {
  CHECK(ThereAndBack(R"json({"from": ["a", "n"], "to": ["b", "[x:n | ~0:2]"],
                         "copies": {"to": ["c"]}})json",
                     {{"a", Row({7})}}) == Tensors{{"b", Row({7, 0, 0})}, {"c", Row({7, 0, 0})}});
  const char* const strip = R"json({"from": ["b", "[x:n | ~0:2]"], "to": ["a", "n"]})json";
  CHECK(Refused(strip, {{"b", Row({7, 0, 1})}}) == ErrorCode::kValuesDiffer);
  CHECK(Refused(R"json({"rename": "h.{k=0..1}", "to": "h"})json",
                {{"h.0", Row({1})}, {"h.1", Row({2})}}) == ErrorCode::kValuesDiffer);
}

TEST_CASE("interpreter: what does not apply is refused", "[interpreter]") {
  const Array a = Row({1, 2});
  CHECK(Refused(R"json({"rename": "a.{i}", "to": "b"}, {"rename": "a.0", "to": "c"})json",
                {{"a.0", a}}) == ErrorCode::kTwoRulesOneTensor);
  CHECK(Refused(R"json({"rename": "a", "to": "b"})json", {{"a", a}, {"b", a}}) ==
        ErrorCode::kNameCollision);
  CHECK(Refused(R"json({"rename": "{p*}.{w:c|b.c}", "to": "{w:c|b.c}.{p*}"})json",
                {{"a.b.c", a}}) == ErrorCode::kAmbiguousKey);
  CHECK(Refused(R"json({"from": ["a.{e}", "d"], "to": ["b", "e d"]})json",
                {{"a.0", a}, {"a.2", a}}) == ErrorCode::kIncompleteList);
  CHECK(Refused(R"json({"from": ["a", "(h c)"], "to": ["b", "(c h)"]
})json",
                {{"a", a}}) == ErrorCode::kSizeUnknown);
}

}  // namespace
}  // namespace weft::interpreter
