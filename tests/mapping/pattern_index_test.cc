#include "mapping/pattern_index.h"

#include <catch2/catch.hpp>
#include <memory>
#include <string>
#include <vector>

#include "mapping/named_pattern.h"

namespace weft {
namespace {

class IndexedPatterns {
 public:
  explicit IndexedPatterns(const std::vector<std::string>& texts) {
    for (const std::string& text : texts) {
      patterns_.push_back(std::make_unique<NamedPattern>(text));
      index_.Add(patterns_.back()->pattern(), static_cast<uint32_t>(patterns_.size() - 1));
    }
  }

  std::vector<uint32_t> Candidates(std::string_view name) const {
    std::vector<uint32_t> ids;
    index_.Candidates(name, &ids);
    return ids;
  }

 private:
  std::vector<std::unique_ptr<NamedPattern>> patterns_;
  PatternIndex index_;
};

using Ids = std::vector<uint32_t>;

TEST_CASE("pattern index: literal segments tell patterns apart", "[mapping]") {
  const IndexedPatterns patterns({"a.b.c", "a.b.d", "a.{i}.c", "a.b"});
  CHECK(patterns.Candidates("a.b.c") == Ids{0, 2});
  CHECK(patterns.Candidates("a.b.d") == Ids{1});
  CHECK(patterns.Candidates("a.7.c") == Ids{2});
  CHECK(patterns.Candidates("a.b") == Ids{3});
  CHECK(patterns.Candidates("a").empty());
  CHECK(patterns.Candidates("").empty());
}

TEST_CASE("pattern index: a segment with a variable is known by what stands around it",
          "[mapping]") {
  const IndexedPatterns patterns({"linear_{i}.w", "linear_{i}x.w", "{i}_conv.w", "l{i}{j}_v.w"});
  CHECK(patterns.Candidates("linear_3.w") == Ids{0});
  CHECK(patterns.Candidates("linear_3x.w") == Ids{0, 1});
  CHECK(patterns.Candidates("3_conv.w") == Ids{2});
  CHECK(patterns.Candidates("linear_v.w") == Ids{0, 3});
  CHECK(patterns.Candidates("linear.w").empty());
}

TEST_CASE("pattern index: a path stands for any number of segments", "[mapping]") {
  const IndexedPatterns patterns({"{p*}.w", "a.{p*}", "a.{p*}.w", "{p*}"});
  CHECK(patterns.Candidates("w") == Ids{0, 3});
  CHECK(patterns.Candidates("a") == Ids{1, 3});
  CHECK(patterns.Candidates("a.w") == Ids{0, 1, 2, 3});
  CHECK(patterns.Candidates("a.x.y.w") == Ids{0, 1, 2, 3});
  CHECK(patterns.Candidates("b.x") == Ids{3});
}

TEST_CASE("pattern index: what follows a part is a name of its own", "[mapping]") {
  const IndexedPatterns patterns({"{r}/a.w", "{r}/{p*}.w", "{x:seg}.w", "a.w", "{r}/{i}.w"});
  CHECK(patterns.Candidates("0/a.w") == Ids{0, 1, 2, 4});
  CHECK(patterns.Candidates("10/b.c.w") == Ids{1});
  CHECK(patterns.Candidates("a.w") == Ids{2, 3});
  CHECK(patterns.Candidates("x/a.w") == Ids{2});
}

TEST_CASE("pattern index: alternatives are written out", "[mapping]") {
  const IndexedPatterns patterns({"a.{w:x|y.z}.b", "a.{w:x|y}{v:1|2}"});
  CHECK(patterns.Candidates("a.x.b") == Ids{0});
  CHECK(patterns.Candidates("a.y.z.b") == Ids{0});
  CHECK(patterns.Candidates("a.y.b").empty());
  CHECK(patterns.Candidates("a.y2") == Ids{1});
  CHECK(patterns.Candidates("a.y3").empty());
}

TEST_CASE("pattern index: a pattern of very many alternatives is still found", "[mapping]") {
  std::string many;
  for (int i = 0; i < 300; ++i) many += (i > 0 ? "|w" : "w") + std::to_string(i);
  std::string dotted = many + "|x.y";
  const IndexedPatterns patterns({"a.{t:" + many + "}.b", "a.{t:" + dotted + "}.b"});
  CHECK(patterns.Candidates("a.w17.b") == Ids{0, 1});
  CHECK(patterns.Candidates("a.x.y.b") == Ids{1});
  CHECK(patterns.Candidates("b.x.y.b").empty());
}

TEST_CASE("pattern index: look-ups see few of thousands of patterns", "[mapping]") {
  std::vector<std::string> texts;
  for (int layer = 0; layer < 40; ++layer) {
    for (int part = 0; part < 50; ++part) {
      texts.push_back("{p*}.layers." + std::to_string(layer) + ".experts.{e}.w" +
                      std::to_string(part) + ".weight");
    }
  }
  const IndexedPatterns patterns(texts);
  CHECK(patterns.Candidates("model.layers.7.experts.63.w12.weight") == Ids{7 * 50 + 12});
  CHECK(patterns.Candidates("model.layers.40.experts.63.w12.weight").empty());
}

}  // namespace
}  // namespace weft
