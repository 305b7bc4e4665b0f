// What a plan loses, decided from names and shapes alone.
#include "weft/complement.h"

#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "plan/compiled.h"

namespace weft {
namespace {

// "lost/NAME [shape] …", "NAME as BF16: 8 …".
std::string LossesOf(const Mapping& mapping, std::vector<NamedShape> tensors,
                     const CompileOptions& options = {}) {
  const absl::StatusOr<Plan> plan = Compile({mapping}, CatalogOf(std::move(tensors)), options);
  INFO(plan.status());
  REQUIRE(plan.ok());
  const absl::StatusOr<Complement> complement = ComplementOf(*plan, options);
  INFO(complement.status());
  REQUIRE(complement.ok());
  std::string text;
  uint64_t bytes = 0;
  for (const PlannedTensor& tensor : complement->lost) {
    text +=
        tensor.name + " " + std::string(NameOf(tensor.dtype)) + " " + TextOf(tensor.shape) + "\n";
    bytes += ElementsOf(tensor.shape) * static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8;
  }
  CHECK(complement->lost_bytes == bytes);
  for (const CastTensor& cast : complement->cast) {
    text += plan->catalog->tensors[cast.source].name + " as " + std::string(NameOf(cast.dtype)) +
            ": " + std::to_string(cast.elements) + "\n";
  }
  return text;
}

std::string LossesOf(const std::vector<std::string>& rules, std::vector<NamedShape> tensors,
                     const CompileOptions& options = {}, const std::string& fields = "") {
  return LossesOf(MappingOfRules(rules, fields), std::move(tensors), options);
}

TEST_CASE("complement: what is moved about is not lost", "[plan]") {
  CHECK(LossesOf({R"({"from": {"q": ["q.{i}", "f d"], "k": ["k.{i}", "f d"]},
                      "to": ["qk", "i d [q:f | k:f]"]})",
                  R"({"rename": "x", "to": "y"})"},
                 {{"q.0", {4, 3}}, {"q.1", {4, 3}}, {"k.0", {4, 3}}, {"k.1", {4, 3}}, {"x", {5}}})
            .empty());
}

TEST_CASE("complement: dropped tensors are lost whole, in their shape", "[plan]") {
  CHECK(LossesOf({R"({"drop": "x"})"}, {{"x", {2, 3}, DType::kI64}, {"y", {2}}}) ==
        "lost/x I64 [2, 3]\n");
  CHECK(LossesOf({R"({"rename": "a", "to": "b"})"}, {{"a", {2}}, {"x", {2, 3}}}, {},
                 R"("others": "drop",)") == "lost/x F32 [2, 3]\n");
  CHECK(LossesOf({R"({"drop": "x"})"}, {{"x", {0, 3}}, {"y", {2}}}).empty());
}

TEST_CASE("complement: of a part that is ignored its elements are lost", "[plan]") {
  CHECK(LossesOf({R"({"from": ["a", "[v:v | ~:2] d"], "to": ["b", "v d"], "sizes": {"v": 3}})"},
                 {{"a", {5, 4}}}) == "lost/a F32 [8]\n");
  CHECK(LossesOf({R"({"from": ["a", "d [v:v | ~:2]"], "to": ["b", "v d"], "sizes": {"v": 3}})"},
                 {{"a", {4, 5}}}) == "lost/a F32 [8]\n");
}

TEST_CASE("complement: a constant part that is checked is not lost", "[plan]") {
  CHECK(LossesOf({R"({"from": ["a", "[v:v | ~0:2] d"], "to": ["b", "v d"], "sizes": {"v": 3}})"},
                 {{"a", {5, 4}}})
            .empty());
}

TEST_CASE("complement: of a slice the rest is lost", "[plan]") {
  CHECK(LossesOf({R"({"convert": ["a"], "to": "b",
                      "operations": [{"op": "Slice", "dim": 1, "start": 1, "end": 3}]})"},
                 {{"a", {2, 5}}}) == "lost/a F32 [6]\n");
}

TEST_CASE("complement: what equals something that is kept is not lost", "[plan]") {
  const char* const tie =
      R"({"convert": ["a", "b", "c"], "to": "t", "operations": [{"op": "Tie"}]})";
  CHECK(LossesOf({tie}, {{"a", {4}}, {"b", {4}}, {"c", {4}}}).empty());
  // Neither is kept: one of the two is enough.
  const std::string lost = LossesOf(MappingOf(R"({"weft": 1, "stages": [
        [{"convert": ["a", "b"], "to": "$t", "operations": [{"op": "Tie"}]}], [{"drop": "$t"}]]})"),
                                    {{"a", {4}}, {"b", {4}}});
  CHECK(lost == "lost/a F32 [4]\n");
}

TEST_CASE("complement: parts of one tensor that are equal are found through the check", "[plan]") {
  // Columns 0 and 1 are equal, and only the first is kept; column 2 is lost.
  CHECK(LossesOf(MappingOf(R"({"weft": 1, "stages": [
          [{"convert": ["a"], "to": ["$x", "$y", "$z"], "operations": [{"op": "Chunk", "dim": 1}]}],
          [{"convert": ["$x", "$y"], "to": "t", "operations": [{"op": "Tie"}]}, {"drop": "$z"}]]})"),
                 {{"a", {5, 3}}}) == "lost/a F32 [5]\n");
}

TEST_CASE("complement: equal elements are followed from tensor to tensor", "[plan]") {
  // c is kept, and equals b, a part of which equals a.
  CHECK(LossesOf(MappingOf(R"({"weft": 1, "stages": [
          [{"convert": ["b"], "to": ["$p", "$q"], "operations": [{"op": "Chunk", "dim": 0}]}],
          [{"convert": ["$p", "a"], "to": "$t", "operations": [{"op": "Tie"}]}],
          [{"convert": ["c", "$t"], "to": "u", "operations": [{"op": "Tie"}]}, {"drop": "$q"}]]})"),
                 {{"a", {2}}, {"b", {4}}, {"c", {2}}}) == "lost/b F32 [2]\n");
}

TEST_CASE("complement: cast elements are told from those that are kept as they are", "[plan]") {
  CompileOptions options;
  options.dtype = DType::kBF16;
  CHECK(LossesOf({R"({"drop": "x"})"},
                 {{"a", {4, 2}}, {"i", {3}, DType::kI32}, {"x", {3}}, {"z", {3}, DType::kBF16}},
                 options) == "lost/x F32 [3]\na as BF16: 8\n");
  // The mapping casts one of two parts.
  CHECK(LossesOf({R"({"from": ["qk", "[q:a | k:b] d"],
                      "to": {"q": ["q", "a d"], "k": ["k", "b d"]}, "sizes": {"a": 2}})"},
                 {{"qk", {5, 2}}}, {},
                 R"("cast": {"to": [{"names": "k", "dtype": "BF16"}]},)") == "qk as BF16: 6\n");
  // Of two targets the one that is not cast is chosen.
  CHECK(LossesOf({R"({"convert": ["a"], "to": ["b", "c"], "operations": [{"op": "Repeat"}]})"},
                 {{"a", {4}}}, {}, R"("cast": {"to": [{"names": "b", "dtype": "BF16"}]},)")
            .empty());
}

TEST_CASE("complement: losses that are scattered too widely to be listed are refused", "[plan]") {
  const Mapping mapping = MappingOfRules(
      {R"({"from": ["a", "n [c:c | ~:1]"], "to": ["b", "n c"], "sizes": {"c": 1}})"});
  const auto errors = [&mapping](int64_t rows) {
    const absl::StatusOr<Plan> plan = Compile({mapping}, CatalogOf({{"a", {rows, 2}}}));
    REQUIRE(plan.ok());
    return MessagesOf(ComplementOf(*plan, {}).status());
  };
  CHECK(errors(int64_t{1} << 22).empty());
  const Lines refused = errors((int64_t{1} << 22) + 1);
  REQUIRE(refused.size() == 1);
  CHECK(refused[0].rfind("LIMIT_EXCEEDED complement, tensor 'a': ", 0) == 0);
}

}  // namespace
}  // namespace weft
