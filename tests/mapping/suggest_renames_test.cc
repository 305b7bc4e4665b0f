#include <catch2/catch.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "weft/catalog.h"
#include "weft/name_report.h"

namespace weft {
namespace {

using Texts = std::vector<std::string>;

std::vector<ReportedName> Reported(const Texts& names) {
  std::vector<ReportedName> reported;
  for (const std::string& name : names) reported.push_back({name, nullptr});
  return reported;
}

Texts Suggested(const Texts& missing, const Texts& unexpected, const Texts& fitting = {}) {
  Texts texts;
  for (const RenameSuggestion& suggestion :
       SuggestRenames(Reported(missing), Reported(unexpected),
                      std::vector<std::string_view>(fitting.begin(), fitting.end()))) {
    texts.push_back(TextOf(suggestion));
  }
  return texts;
}

// "layers.#.w" for the layers 0 … n−1
Texts Layers(const Texts& forms, int n) {
  Texts names;
  for (const std::string& form : forms) {
    const size_t mark = form.find('#');
    if (mark == std::string::npos) {
      names.push_back(form);
      continue;
    }
    for (int i = 0; i < n; ++i) {
      names.push_back(form.substr(0, mark) + std::to_string(i) + form.substr(mark + 1));
    }
  }
  return names;
}

TEST_CASE("suggest renames: one form over all its indices", "[mapping]") {
  CHECK(
      Suggested(Layers({"model.encoder.layers.#.attention.weight"}, 12),
                Layers({"encoder.#.attn.w"}, 12)) ==
      Texts{
          R"({"rename": "encoder.{i}.attn.w", "to": "model.encoder.layers.{i}.attention.weight"})"});
}

TEST_CASE("suggest renames: a prefix that is too much or lacks", "[mapping]") {
  const Texts with = Layers({"model.embed.weight", "model.layers.#.q.weight", "model.norm"}, 3);
  const Texts without = Layers({"embed.weight", "layers.#.q.weight", "norm"}, 3);
  CHECK(Suggested(without, with) == Texts{R"({"rename": "model.{x*}", "to": "{x*}"})"});
  CHECK(Suggested(with, without) == Texts{R"({"rename": "{x*}", "to": "model.{x*}"})"});
  // "{x*}" would take what fits, so each form gets its own.
  CHECK(Suggested(with, without, {"lm_head.weight"}) ==
        Texts{R"({"rename": "layers.{i}.q.weight", "to": "model.layers.{i}.q.weight"})",
              R"({"rename": "embed.weight", "to": "model.embed.weight"})",
              R"({"rename": "norm", "to": "model.norm"})"});
}

TEST_CASE("suggest renames: a segment replaced in many names", "[mapping]") {
  CHECK(Suggested(
            Layers({"l.#.attn.q.weight", "l.#.attn.k.weight", "l.#.attn.v.bias"}, 4),
            Layers({"l.#.self_attn.q.weight", "l.#.self_attn.k.weight", "l.#.self_attn.v.bias"},
                   4)) == Texts{R"({"rename": "{p*}.self_attn.{x*}", "to": "{p*}.attn.{x*}"})"});
}

TEST_CASE("suggest renames: a segment inserted behind another", "[mapping]") {
  CHECK(Suggested(Layers({"encoder.layers.#.q.weight", "encoder.layers.#.k.weight"}, 4),
                  Layers({"encoder.#.q.weight", "encoder.#.k.weight"}, 4)) ==
        Texts{R"({"rename": "encoder.{x*}", "to": "encoder.layers.{x*}"})"});
  CHECK(Suggested(Layers({"l.#.attn.q.weight", "l.#.attn.k.weight"}, 4),
                  Layers({"l.#.q.weight", "l.#.k.weight"}, 4)) ==
        Texts{R"({"rename": "l.{i}.{x*}", "to": "l.{i}.attn.{x*}"})"});
}

TEST_CASE("suggest renames: a suffix replaced", "[mapping]") {
  CHECK(Suggested({"a.norm.weight", "b.norm.weight"}, {"a.norm.gamma", "b.norm.gamma"}) ==
        Texts{R"({"rename": "{p*}.gamma", "to": "{p*}.weight"})"});
}

TEST_CASE("suggest renames: letters tell which of several is meant", "[mapping]") {
  CHECK(
      Suggested(Layers({"l.#.q_proj.weight", "l.#.k_proj.weight", "l.#.v_proj.weight",
                        "l.#.o_proj.weight"},
                       2),
                Layers({"l.#.wq.weight", "l.#.wk.weight", "l.#.wv.weight", "l.#.wo.weight"}, 2)) ==
      Texts{R"({"rename": "l.{i}.wk.weight", "to": "l.{i}.k_proj.weight"})",
            R"({"rename": "l.{i}.wo.weight", "to": "l.{i}.o_proj.weight"})",
            R"({"rename": "l.{i}.wq.weight", "to": "l.{i}.q_proj.weight"})",
            R"({"rename": "l.{i}.wv.weight", "to": "l.{i}.v_proj.weight"})"});
}

TEST_CASE("suggest renames: where several fit equally well, none is suggested", "[mapping]") {
  CHECK(Suggested({"x.gate", "x.up"}, {"x.w1", "x.w3"}).empty());
}

TEST_CASE("suggest renames: shapes tell names apart, and a rename keeps the shape", "[mapping]") {
  const Shape wide = {8, 2};
  const Shape tall = {2, 8};
  const std::vector<ReportedName> missing = {{"x.gate", &wide}, {"x.down", &tall}};
  const std::vector<ReportedName> unexpected = {{"x.w1", &wide}, {"x.w2", &tall}};
  const std::vector<RenameSuggestion> suggestions = SuggestRenames(missing, unexpected);
  REQUIRE(suggestions.size() == 2);
  CHECK(TextOf(suggestions[0]) == R"({"rename": "x.w1", "to": "x.gate"})");
  CHECK(TextOf(suggestions[1]) == R"({"rename": "x.w2", "to": "x.down"})");
  CHECK(SuggestRenames({{"x.gate", &wide}}, {{"x.gatte", &tall}}).empty());
}

TEST_CASE("suggest renames: an index that is written out on one side", "[mapping]") {
  CHECK(Suggested(Layers({"l.#.norm1.weight", "l.#.norm2.weight"}, 5),
                  Layers({"l.#.1.weight", "l.#.2.weight"}, 5))
            .empty());
  CHECK(Suggested(Layers({"l.#.attn.weight"}, 5), Layers({"l.#.0.weight"}, 5)) ==
        Texts{R"({"rename": "l.{i}.0.weight", "to": "l.{i}.attn.weight"})"});
}

TEST_CASE("suggest renames: missing tensors that are nowhere do not keep a rule away",
          "[mapping]") {
  CHECK(Suggested(Layers({"layers.#.w"}, 8), Layers({"blocks.#.w"}, 7)) ==
        Texts{R"({"rename": "blocks.{i}.w", "to": "layers.{i}.w"})"});
  // What becomes a name that nobody misses is no suggestion.
  CHECK(Suggested(Layers({"layers.#.w"}, 7), Layers({"blocks.#.w"}, 8)).empty());
}

TEST_CASE("suggest renames: what would be read otherwise in a pattern is left out", "[mapping]") {
  CHECK(Suggested({"a.b"}, {"a.{b}"}).empty());
  CHECK(Suggested({"a.b"}, {"$a.b"}).empty());
  CHECK(Suggested({"$a.b"}, {"a.b"}).empty());
  CHECK(Suggested({"a.}b"}, {"a.}c"}) == Texts{R"({"rename": "a.}c", "to": "a.}b"})"});
}

TEST_CASE("suggest renames: texts are JSON", "[mapping]") {
  CHECK(TextOf(RenameSuggestion{"a\"b", "\\c", 1}) == R"({"rename": "a\"b", "to": "\\c"})");
}

TEST_CASE("suggest renames: nothing to pair", "[mapping]") {
  CHECK(Suggested({}, {"a"}).empty());
  CHECK(Suggested({"a"}, {}).empty());
  CHECK(Suggested({}, {}).empty());
}

TEST_CASE("suggest renames: at most as many as asked for", "[mapping]") {
  CHECK(SuggestRenames(Reported({"a.x", "b.y"}), Reported({"a.x1", "b.y1"}), {}, 1).size() == 1);
}

TEST_CASE("suggest renames: 94,428 names with experts", "[mapping]") {
  Texts missing = {"model.embed.weight"};
  Texts unexpected = {"embed.weight"};
  for (int layer = 0; layer < 61; ++layer) {
    for (int expert = 0; expert < 516; ++expert) {
      for (const char* part : {"gate", "up", "down"}) {
        const std::string rest = "layers." + std::to_string(layer) + ".experts." +
                                 std::to_string(expert) + "." + part + ".weight";
        missing.push_back("model." + rest);
        unexpected.push_back(rest);
      }
    }
  }
  CHECK(Suggested(missing, unexpected) == Texts{R"({"rename": "{x*}", "to": "model.{x*}"})"});
}

TEST_CASE("suggest renames: names that all differ are paired as far as bounds go", "[mapping]") {
  Texts missing;
  Texts unexpected;
  for (int i = 0; i < 20'000; ++i) {
    missing.push_back("model.x" + std::to_string(i) + "y.weight");
    unexpected.push_back("x" + std::to_string(i) + "y.weight");
  }
  CHECK(Suggested(missing, unexpected) == Texts{R"({"rename": "{x*}", "to": "model.{x*}"})"});
}

}  // namespace
}  // namespace weft
