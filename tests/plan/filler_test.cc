// Parts of a sum that exist on one side only: constants that are written, and checked when read.
#include <catch2/catch.hpp>
#include <string>
#include <utility>
#include <vector>

#include "plan/compiled.h"

namespace weft {
namespace {

const char* const kPadded =
    R"({"from": {"text": ["text", "t d"], "speech": ["speech", "s d"]},
        "to": ["all", "[text:t | speech:s | ~0:pad] d"], "sizes": {"t": "vocab"}})";

absl::StatusOr<Plan> Planned(const std::vector<std::string>& rules, std::vector<NamedShape> tensors,
                             std::map<std::string, std::string> set,
                             Direction direction = Direction::kForward) {
  CompileOptions options;
  options.set = std::move(set);
  options.direction = direction;
  return Compile({MappingOfRules(rules)}, CatalogOf(std::move(tensors)), options);
}

TEST_CASE("filler: a padding is written", "[plan]") {
  const auto plan = Planned({kPadded}, {{"text", {3, 2}}, {"speech", {1, 2}}}, {{"pad", "4"}});
  INFO(plan.status());
  REQUIRE(plan.ok());
  CHECK(TextOf(*plan) ==
        "all F32 [8, 2] <- text[0 at 0, 6 by 1/1] <- speech[0 at 6, 2 by 1/1] <- ~0[0 at 8, 8 by "
        "0/1]\n");
  REQUIRE(plan->constants.size() == 1);
  CHECK(plan->constants[0].bytes == std::string(4, '\0'));
  CHECK(plan->bytes_read == 32);
  CHECK(plan->bytes_written == 64);
  CHECK(plan->exactness == Exactness::kExact);
  CHECK(plan->metadata.at("weft.sizes.m") == R"({"0.0.s":1,"0.0.t":3})");
}

TEST_CASE("filler: a padding is checked when it is read, its size solved from the shape",
          "[plan]") {
  const auto plan =
      Planned({kPadded}, {{"all", {8, 2}}}, {{"vocab", "3"}, {"s", "1"}}, Direction::kReverse);
  INFO(plan.status());
  REQUIRE(plan.ok());
  CHECK(TextOf(*plan) ==
        "speech F32 [1, 2] <- all[6 at 0, 2 by 1/1]\n"
        "text F32 [3, 2] <- all[0 at 0, 6 by 1/1]\n");
  CHECK(ChecksOf(*plan) ==
        "the padding of tensor 'all', \"[text:t | speech:s | ~0:pad] d\", must be 0 F32 8: <- "
        "all[8 at 0, 8 by 1/1] = <- ~0[0 at 0, 8 by 0/1]\n");
  CHECK(plan->exactness == Exactness::kExact);
}

TEST_CASE("filler: a column of -inf beside others", "[plan]") {
  const auto plan =
      Planned({R"({"from": ["a", "n m"], "to": ["b", "n [x:m | ~-inf:2]"]})"}, {{"a", {2, 1}}}, {});
  INFO(plan.status());
  REQUIRE(plan.ok());
  CHECK(TextOf(*plan) ==
        "b F32 [2, 3] <- a[0 at 0, 2 by 1/3] <- ~-inf[0 at 1, 2 by 0/3, 2 by 0/1]\n");
  CHECK(plan->constants[0].bytes == std::string("\0\0\x80\xff", 4));
}

TEST_CASE("filler: any elements are made up or left out, and that is one-way", "[plan]") {
  const char* const rule = R"({"from": ["a", "n"], "to": ["b", "[x:n | ~:2]"]})";
  const auto there = Planned({rule}, {{"a", {2}}}, {});
  REQUIRE(there.ok());
  CHECK(TextOf(*there) == "b F32 [4] <- a[0 at 0, 2 by 1/1] <- ~0[0 at 2, 2 by 0/1]\n");
  CHECK(there->exactness_reasons ==
        std::vector<std::string>{"m.json:2:1 (/stages/0/0): the rule makes up elements (\"~:\")"});
  const auto back = Planned({rule}, {{"b", {4}}}, {}, Direction::kReverse);
  REQUIRE(back.ok());
  CHECK(TextOf(*back) == "a F32 [2] <- b[0 at 0, 2 by 1/1]\n");
  CHECK(back->checks.empty());
  CHECK(
      back->exactness_reasons ==
      std::vector<std::string>{"m.json:2:1 (/stages/0/0): the rule leaves out elements (\"~:\")"});
}

TEST_CASE("filler: what one stage writes another takes off again, without a check of data",
          "[plan]") {
  const absl::StatusOr<Plan> plan = Compile({MappingOf(R"({"weft": 1, "name": "m", "stages": [
[{"from": ["a", "n"], "to": ["$p", "[x:n | ~0:2]"], "sizes": {"n": 3}}],
[{"from": ["$p", "[x:n | ~0:2]"], "to": ["b", "n"], "sizes": {"n": 3}}]]})")},
                                            CatalogOf({{"a", {3}}}));
  INFO(plan.status());
  REQUIRE(plan.ok());
  CHECK(TextOf(*plan) == "b F32 [3] <- a[0 at 0, 3 by 1/1]\n");
  CHECK(plan->checks.empty());
}

TEST_CASE("filler: elements are those of the dtype", "[plan]") {
  const char* const rule = R"({"from": ["a", "n"], "to": ["b", "[x:n | ~-1.5:2]"]})";
  const auto bytes = [&](DType dtype) {
    const auto plan = Planned({rule}, {{"a", {2}, dtype}}, {});
    REQUIRE(plan.ok());
    return plan->constants[0].bytes;
  };
  CHECK(bytes(DType::kF64) == std::string("\0\0\0\0\0\0\xf8\xbf", 8));
  CHECK(bytes(DType::kBF16) == std::string("\xc0\xbf", 2));
  CHECK(bytes(DType::kF16) == std::string("\0\xbe", 2));
  CHECK(MessageOf(Planned({rule}, {{"a", {2}, DType::kI32}}, {}).status()) ==
        "UNSUPPORTED_FEATURE m.json:2:1 (/stages/0/0): I32 has no element -1.5");
}

TEST_CASE("filler: a size that nothing tells is named", "[plan]") {
  CHECK(MessageOf(Planned({kPadded}, {{"text", {3, 2}}, {"speech", {1, 2}}}, {}).status()) ==
        "SIZE_UNKNOWN m.json:2:1 (/stages/0/0): the size of axis pad is unknown: no shape tells "
        "it, and no param gives it");
  CHECK(MessageOf(
            Planned({kPadded}, {{"all", {8, 2}}}, {{"vocab", "9"}, {"s", "1"}}, Direction::kReverse)
                .status()) ==
        "WRONG_SHAPE m.json:2:1 (/stages/0/0), tensor 'all': axis 0 of layout \"[text:t | "
        "speech:s | ~0:pad] d\" is 10 + 1 * pad, which no size of pad makes 8; got shape [8, 2]");
}

TEST_CASE("filler: layouts that say no elements are refused", "[plan]") {
  const auto refused =
      [](const std::string& layout) {
        return MessageOf(Mapping::FromJson(R"({"weft": 1, "stages": [[
{"from": ["a", "n"], "to": ["b", ")" + layout + R"("]}]]})",
                                           "m.json")
                             .status());
      };
  CHECK(refused("[x:n | ~zero:2]") ==
        "LAYOUT_SYNTAX m.json:2:34 (/stages/0/0/to/1): \"zero\" is no number at position 9 of "
        "layout \"[x:n | ~zero:2]\"");
  CHECK(refused("[x:n | ~0 2]") ==
        "LAYOUT_SYNTAX m.json:2:34 (/stages/0/0/to/1): \"0 2\" is no number at position 9 of "
        "layout \"[x:n | ~0 2]\"");
  CHECK(refused("[~0:2]") ==
        "LAYOUT_SYNTAX m.json:2:34 (/stages/0/0/to/1): layout \"[~0:2]\" has fillers only");
  CHECK(refused("[x:n | ~0:2] [y:1 | ~1:3]") ==
        "LAYOUT_SYNTAX m.json:2:34 (/stages/0/0/to/1): fillers of different elements meet in "
        "layout \"[x:n | ~0:2] [y:1 | ~1:3]\"");
}

}  // namespace
}  // namespace weft
