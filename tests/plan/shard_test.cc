// Plans of one rank: what is cut, and what is refused.
#include <algorithm>
#include <catch2/catch.hpp>
#include <optional>
#include <string>
#include <vector>

#include "plan/compiled.h"
#include "weft/complement.h"

namespace weft {
namespace {

// A mapping without rules, with this list of entries for the `to` side; each on a line from the
// second on.
Mapping Sharing(const std::vector<std::string>& entries, const std::string& fields = "") {
  std::string json = "{\"weft\": 1, \"name\": \"m\", " + fields + "\"sharding\": {\"to\": [\n";
  for (size_t i = 0; i < entries.size(); ++i) {
    json += entries[i] + (i + 1 < entries.size() ? ",\n" : "");
  }
  return MappingOf(json + "]}, \"stages\": []}");
}

CompileOptions Rank(uint64_t rank, uint64_t world_size) {
  CompileOptions options;
  options.shard = Shard{rank, world_size};
  return options;
}

Plan PlanOf(const Mapping& mapping, std::vector<NamedShape> tensors,
            const CompileOptions& options) {
  absl::StatusOr<Plan> plan = Compile({mapping}, CatalogOf(std::move(tensors)), options);
  INFO(MessageOf(plan.status()));
  REQUIRE(plan.ok());
  return *std::move(plan);
}

Lines Refused(const Mapping& mapping, std::vector<NamedShape> tensors,
              const CompileOptions& options) {
  return ErrorsOf(Compile({mapping}, CatalogOf(std::move(tensors)), options).status());
}

TEST_CASE("shards: a matrix split by rows, and one by columns", "[plan]") {
  const Mapping mapping = Sharing({R"({"names": "column", "layout": "o i", "split": "o"})",
                                   R"({"names": "row", "layout": "o i", "split": "i"})",
                                   R"({"names": "bias", "replicate": true})"});
  const std::vector<NamedShape> tensors = {{"bias", {4}}, {"column", {4, 6}}, {"row", {4, 6}}};
  CHECK(TextOf(PlanOf(mapping, tensors, Rank(1, 2))) ==
        "bias F32 [4] <- bias[0 at 0, 4 by 1/1]\n"
        "column F32 [2, 6] <- column[12 at 0, 12 by 1/1]\n"
        "row F32 [4, 3] <- row[3 at 0, 4 by 6/3, 3 by 1/1]\n");
}

TEST_CASE("shards: each part of a sum is split, gate and up", "[plan]") {
  const Mapping mapping =
      Sharing({R"({"names": "gu", "layout": "[gate:f | up:f] d", "split": "f"})"});
  // Of 4 + 4 rows rank 1 has rows 2, 3 and 6, 7.
  CHECK(TextOf(PlanOf(mapping, {{"gu", {8, 3}}}, Rank(1, 2))) ==
        "gu F32 [4, 3] <- gu[6 at 0, 2 by 12/6, 6 by 1/1]\n");
}

TEST_CASE("shards: parts of a sum may be split along axes of their own", "[plan]") {
  const Mapping mapping = Sharing(
      {R"({"names": "qkv", "layout": "[q:(h c) | k:(kv c) | v:(kv c)]", "sizes": {"h": 4, "kv": 1},
           "split": ["h", {"axis": "kv", "shared": true}]})"});
  // Heads of 2 elements: q0 q1 q2 q3 k v. Rank 1 has q2, q3, and k and v as rank 0 has them.
  const Plan plan = PlanOf(mapping, {{"qkv", {12}}}, Rank(1, 2));
  std::vector<uint64_t> places;
  const auto elements = ElementsOf(plan);
  for (const Element& element : elements.at("qkv")) places.push_back(element.place);
  CHECK(places == std::vector<uint64_t>{4, 5, 6, 7, 8, 9, 10, 11});
}

TEST_CASE("shards: an axis is filled up with zeros to a multiple", "[plan]") {
  const Mapping mapping = Sharing({R"({"names": "e", "layout": "v d",
                                       "split": {"axis": "v", "pad": "2 * world_size"}})"});
  // 5 rows become 8, 2 for each of 4 ranks.
  const std::vector<NamedShape> tensors = {{"e", {5, 3}}};
  const Plan second = PlanOf(mapping, tensors, Rank(1, 4));
  CHECK(TextOf(second) == "e F32 [2, 3] <- e[6 at 0, 6 by 1/1]\n");
  const Plan third = PlanOf(mapping, tensors, Rank(2, 4));
  CHECK(TextOf(third) == "e F32 [2, 3] <- e[12 at 0, 3 by 1/1] <- ~0[0 at 3, 3 by 0/1]\n");
  CHECK(third.bytes_read == 12);
  CHECK(third.bytes_written == 24);
  CHECK(TextOf(PlanOf(mapping, tensors, Rank(3, 4))) == "e F32 [2, 3] <- ~0[0 at 0, 6 by 0/1]\n");
}

TEST_CASE("shards: the cut goes through the rules", "[plan]") {
  // Transposed and interleaved: w[i, 2c + j] becomes t[j, c, i], of which a rank has some c.
  const Mapping mapping =
      MappingOfRules({R"m({"from": ["w", "i (c j)"], "to": ["t", "j c i"], "sizes": {"j": 2}})m"},
                     R"("sharding": {"to": [{"names": "t", "layout": "j c i", "split": "c"}]}, )");
  CHECK(TextOf(PlanOf(mapping, {{"w", {3, 8}}}, Rank(1, 2))) ==
        "t F32 [2, 2, 3] <- w[4 at 0, 2 by 1/6, 2 by 2/3, 3 by 8/1]\n");
}

TEST_CASE("shards: whole tensors are dealt out by their index", "[plan]") {
  const Mapping mapping =
      Sharing({R"({"names": "experts.{e}.{w:gate|up}", "split": "e", "sizes": {"e": "n"}})",
               R"({"names": "{x*}", "replicate": true, "otherwise": true})"});
  std::vector<NamedShape> tensors = {{"norm", {2}}};
  for (const char* name : {"experts.0.gate", "experts.0.up", "experts.1.gate", "experts.1.up"}) {
    tensors.push_back({name, {2, 2}});
  }
  CompileOptions options = Rank(1, 2);
  options.set = {{"n", "2"}};
  CHECK(NamesOf(PlanOf(mapping, tensors, options)) ==
        "experts.1.gate [2, 2]\nexperts.1.up [2, 2]\nnorm [2]\n");
  options.set.clear();
  CHECK(Refused(mapping, tensors, options) ==
        Lines{"UNKNOWN_PARAM m.json:2:1 (/sharding/to/0), param 'n', tensor 'experts.{0,1}.gate': "
              "nothing gives its value, and there is no config",
              "hint: give it with --set n=VALUE, or a config with --config",
              "UNKNOWN_PARAM m.json:2:1 (/sharding/to/0), param 'n', tensor 'experts.{0,1}.up': "
              "nothing gives its value, and there is no config",
              "hint: give it with --set n=VALUE, or a config with --config"});
  options.set = {{"n", "1"}};
  options.shard->world_size = 2;
  CHECK(Refused(mapping, tensors, options)[0] ==
        "SIZE_CONFLICT m.json:2:1 (/sharding/to/0), tensor 'experts.1.gate': its e is 1; the "
        "config or params say that there are 1");
}

TEST_CASE("shards: a param chooses between two ways to share", "[plan]") {
  const Mapping mapping =
      Sharing({R"({"names": "x", "layout": "e f", "split": "e", "when": "expert_parallel"})",
               R"({"names": "x", "layout": "e f", "split": "f", "when": "not expert_parallel"})"},
              R"("params": {"expert_parallel": {"default": false}}, )");
  CHECK(NamesOf(PlanOf(mapping, {{"x", {4, 6}}}, Rank(0, 2))) == "x [4, 3]\n");
  CompileOptions options = Rank(0, 2);
  options.set = {{"expert_parallel", "true"}};
  CHECK(NamesOf(PlanOf(mapping, {{"x", {4, 6}}}, options)) == "x [2, 6]\n");
}

TEST_CASE("shards: shares that differ in size must be declared", "[plan]") {
  const std::vector<NamedShape> tensors = {{"a.0.w", {5, 2}}, {"a.1.w", {5, 2}}};
  CHECK(Refused(Sharing({R"({"names": "a.{i}.w", "layout": "f d", "split": "f"})"}), tensors,
                Rank(0, 2)) ==
        Lines{"UNEVEN_SHARES m.json:2:1 (/sharding/to/0), tensor 'a.{0,1}.w': f, of 5, cannot be "
              "shared evenly by 2 ranks",
              "hint: take another number of ranks; where ranks may have parts of different sizes, "
              "say \"uneven\": true in the entry"});
  const Mapping uneven =
      Sharing({R"({"names": "a.{i}.w", "layout": "f d", "split": "f", "uneven": true})"});
  CHECK(NamesOf(PlanOf(uneven, tensors, Rank(0, 2))) == "a.0.w [2, 2]\na.1.w [2, 2]\n");
  CHECK(NamesOf(PlanOf(uneven, tensors, Rank(1, 2))) == "a.0.w [3, 2]\na.1.w [3, 2]\n");
  // More ranks than units: some have none.
  CHECK(NamesOf(PlanOf(uneven, tensors, Rank(0, 8))) == "a.0.w [0, 2]\na.1.w [0, 2]\n");
}

TEST_CASE("shards: heads of keys are shared evenly where one number divides the other", "[plan]") {
  const Mapping mapping =
      Sharing({R"({"names": "k", "layout": "kv c", "split": {"axis": "kv", "shared": true}})"});
  CHECK(TextOf(PlanOf(mapping, {{"k", {2, 3}}}, Rank(5, 8))) ==
        "k F32 [1, 3] <- k[3 at 0, 3 by 1/1]\n");
  CHECK(TextOf(PlanOf(mapping, {{"k", {4, 3}}}, Rank(1, 2))) ==
        "k F32 [2, 3] <- k[6 at 0, 6 by 1/1]\n");
  CHECK(Refused(mapping, {{"k", {2, 3}}}, Rank(0, 3))[0] ==
        "UNEVEN_SHARES m.json:2:1 (/sharding/to/0), tensor 'k': kv, of 2, cannot be shared evenly "
        "by 3 ranks");
}

TEST_CASE("shards: shared shares are even where all ranks have as many units", "[plan]") {
  const Mapping mapping =
      Sharing({R"({"names": "k", "layout": "kv", "split": {"axis": "kv", "shared": true}})"});
  // The middle one of three is shared.
  CHECK(TextOf(PlanOf(mapping, {{"k", {3}}}, Rank(0, 2))) == "k F32 [2] <- k[0 at 0, 2 by 1/1]\n");
  CHECK(TextOf(PlanOf(mapping, {{"k", {3}}}, Rank(1, 2))) == "k F32 [2] <- k[1 at 0, 2 by 1/1]\n");
}

TEST_CASE("shards: a shared share holds the heads that the rank's queries need", "[plan]") {
  const Mapping mapping = Sharing(
      {R"({"names": "q", "layout": "h", "split": "h", "uneven": true})",
       R"({"names": "k", "layout": "kv", "split": {"axis": "kv", "shared": true}, "uneven": true})"});
  for (int64_t kv = 1; kv <= 6; ++kv) {
    for (int64_t group = 1; group <= 5; ++group) {
      for (uint64_t ranks = 1; ranks <= 9; ++ranks) {
        for (uint64_t rank = 0; rank < ranks; ++rank) {
          const auto elements =
              ElementsOf(PlanOf(mapping, {{"k", {kv}}, {"q", {kv * group}}}, Rank(rank, ranks)));
          for (const Element& query : elements.at("q")) {
            const Element needed = {0, query.place / static_cast<uint64_t>(group)};
            const auto& keys = elements.at("k");
            if (std::find(keys.begin(), keys.end(), needed) == keys.end()) {
              FAIL("rank " << rank << " of " << ranks << " lacks the head of query " << query.place
                           << "; kv " << kv << ", group " << group);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("shards: every tensor is named by one entry", "[plan]") {
  const Mapping mapping = Sharing(
      {R"({"names": "a.{i}", "replicate": true})", R"({"names": "a.1", "replicate": true})"});
  CHECK(Refused(mapping, {{"a.0", {1}}, {"a.1", {1}}, {"b.0", {1}}, {"b.1", {1}}}, Rank(0, 2)) ==
        Lines{"NOT_SHARDED mapping \"m\", /sharding/to: no entry names tensor 'b.{0,1}'",
              "hint: say how ranks share it, or that each has it whole: \"replicate\": true",
              "TWO_RULES_ONE_TENSOR m.json:3:1 (/sharding/to/1), tensor 'a.1': m.json:2:1 "
              "(/sharding/to/0) names it as well",
              "hint: narrow one of the entries, or say \"otherwise\": true in the wider one"});
}

TEST_CASE("shards: a mapping that does not say how is refused", "[plan]") {
  const Mapping silent = MappingOfRules({R"({"rename": "a", "to": "b"})"});
  CHECK(Refused(silent, {{"a", {4}}}, Rank(0, 2)) ==
        Lines{"NOT_SHARDED mapping \"m\": it does not say how ranks share the tensors of its `to` "
              "side",
              "hint: write a section \"sharding\": {\"to\": […]}, or give one (docs/sharding.md)"});
  CompileOptions reverse = Rank(0, 2);
  reverse.direction = Direction::kReverse;
  CHECK(Refused(Sharing({R"({"names": "b", "replicate": true})"}), {{"b", {4}}}, reverse)[0] ==
        "NOT_SHARDED mapping \"m\": it does not say how ranks share the tensors of its `from` "
        "side");
}

TEST_CASE("shards: ranks count from 0, and a shard is not cut again", "[plan]") {
  const Mapping mapping = Sharing({R"({"names": "a", "layout": "f", "split": "f"})"});
  CHECK(
      Refused(mapping, {{"a", {4}}}, Rank(2, 2)) ==
      Lines{"BAD_ARGUMENT shard: rank 2 of 2 ranks; expected a rank below the number of ranks, of "
            "which there are 1 to 1048576"});
  CHECK(Refused(mapping, {{"a", {4}}}, Rank(0, 0)).size() == 1);
  const Plan part = PlanOf(mapping, {{"a", {4}}}, Rank(1, 2));
  CHECK(part.metadata.at("weft.rank") == "1");
  CHECK(part.metadata.at("weft.world_size") == "2");
  CHECK(ErrorsOf(Compile({mapping}, CatalogOf(part), Rank(0, 2)).status()) ==
        Lines{"ALREADY_CONVERTED model.safetensors: it is a shard itself: rank 1 of 2",
              "hint: cut the whole model, or load this shard without a rank"});
}

TEST_CASE("shards: rules may rename what a shard has, and no more", "[plan]") {
  const Mapping rows = Sharing({R"({"names": "{x:seg}", "layout": "f d", "split": "f"})"});
  const Plan part = PlanOf(rows, {{"a", {8, 4}}, {"b", {8, 4}}}, Rank(1, 2));
  const auto compile = [&](const std::string& rule) {
    CompileOptions options;
    options.dtype = DType::kBF16;
    return Compile({MappingOfRules({rule})}, CatalogOf(part), options);
  };
  const auto renamed = compile(R"({"rename": "a", "to": "c"})");
  INFO(MessageOf(renamed.status()));
  REQUIRE(renamed.ok());
  CHECK(NamesOf(*renamed) == "b [4, 4]\nc [4, 4]\n");
  // The whole model has 2 heads of 4 rows; the part would have 2 of 2.
  CHECK(ErrorsOf(compile(R"m({"from": ["a", "(h c) d"], "to": ["a", "(c h) d"],
                             "sizes": {"h": 2}})m")
                     .status()) ==
        Lines{"ALREADY_CONVERTED model.safetensors: it is a shard, rank 1 of 2: the rules that "
              "make 'a' are for the whole model, and so are its sizes",
              "hint: convert the whole model, and cut what comes out; with --map identity the "
              "shard stays as it is"});
  // What fails for another reason is told to be one, too.
  CHECK(ErrorsOf(compile(R"({"from": ["a", "f 5"], "to": ["a", "5 f"]})").status())[0] ==
        "ALREADY_CONVERTED model.safetensors: it is a shard, rank 1 of 2, and rules are for the "
        "whole model");
  CHECK(ErrorsOf(compile(R"({"from": {"x": ["a", "f d"], "y": ["b", "f d"]},
                             "to": ["c", "[x:f | y:f] d"]})")
                     .status())
            .size() == 2);
}

TEST_CASE("shards: a part is one-way, and says what the whole is", "[plan]") {
  const Mapping mapping =
      MappingOfRules({R"({"rename": "a", "to": "b"})"},
                     R"("sharding": {"to": [{"names": "b", "layout": "f", "split": "f"}]}, )");
  CompileOptions options = Rank(0, 2);
  options.require_reversible = true;  // of the whole
  const Plan part = PlanOf(mapping, {{"a", {4}}}, options);
  CHECK(part.exactness == Exactness::kOneWay);
  CHECK(part.exactness_reasons ==
        std::vector<std::string>{"rank 0 of 2 has a part of the result; the whole is exact"});
  CHECK(part.metadata.at("weft.reversible") == "one-way");
  CHECK(PlanOf(mapping, {{"a", {4}}}, Rank(0, 1)).exactness == Exactness::kExact);
  CHECK(MessageOf(ComplementOf(part, options).status()) ==
        "BAD_ARGUMENT complement: a complement is that of a whole model, not of a shard");
}

TEST_CASE("shards: an expectation speaks of the whole model", "[plan]") {
  const Mapping mapping = Sharing({R"({"names": "a", "layout": "f d", "split": "f"})"});
  CompileOptions options = Rank(0, 2);
  options.expectation.emplace();
  options.expectation->tensors.push_back({"a", std::nullopt, Shape{4, 2}, false});
  CHECK(NamesOf(PlanOf(mapping, {{"a", {4, 2}}}, options)) == "a [2, 2]\n");
  options.expectation->tensors[0].shape = Shape{2, 2};
  CHECK(Refused(mapping, {{"a", {4, 2}}}, options).front().rfind("WRONG_SHAPE", 0) == 0);
}

TEST_CASE("shards: all ranks together make all checks, each a part of them", "[plan]") {
  const Mapping mapping =
      MappingOfRules({R"({"rename": "a", "to": "b", "copies": {"from": ["tied"]}})"},
                     R"("sharding": {"to": [{"names": "b", "layout": "f d", "split": "f"}]}, )");
  const std::vector<NamedShape> tensors = {{"a", {8, 5}}, {"tied", {8, 5}}};
  uint64_t next = 0;
  for (uint64_t rank = 0; rank < 3; ++rank) {
    CompileOptions options = Rank(rank, 3);
    options.shard->sharding = *Sharding::FromJson(
        R"([{"names": "b", "layout": "f d", "split": "f", "uneven": true}])", "mine");
    const Plan plan = PlanOf(mapping, tensors, options);
    REQUIRE(plan.checks.size() == 1);
    const Check& check = plan.checks[0];
    CHECK(check.first_element == next);
    for (const auto* side : {&check.found, &check.expected}) {
      REQUIRE(side->size() == 1);
      CHECK((*side)[0].source_offset == next);
      CHECK((*side)[0].target_offset == 0);
      CHECK(ElementsOf((*side)[0]) == check.elements);
    }
    next += check.elements;
  }
  CHECK(next == 40);
}

TEST_CASE("shards: of several mappings the last that does anything decides", "[plan]") {
  const Mapping first =
      MappingOfRules({R"({"rename": "a", "to": "b"})"},
                     R"("sharding": {"to": [{"names": "b", "layout": "f d", "split": "f"}]}, )");
  const Mapping second =
      MappingOfRules({R"({"from": ["b", "f d"], "to": ["c", "d f"]})"},
                     R"("sharding": {"to": [{"names": "c", "layout": "d f", "split": "f"}],
                      "from": [{"names": "b", "layout": "f d", "split": "d"}]}, )");
  const auto catalog = CatalogOf({{"a", {4, 6}}});
  CHECK(NamesOf(*Compile({first, second}, catalog, Rank(0, 2))) == "c [6, 2]\n");
  CHECK(NamesOf(*Compile({first, Mapping::Identity()}, catalog, Rank(0, 2))) == "b [2, 6]\n");
  const Mapping silent = MappingOfRules({R"({"rename": "b", "to": "c"})"});
  CHECK(ErrorsOf(Compile({first, silent}, catalog, Rank(0, 2)).status())[0] ==
        "NOT_SHARDED mapping \"m\": it does not say how ranks share the tensors of its `to` side");
  CompileOptions reverse = Rank(0, 2);
  reverse.direction = Direction::kReverse;
  CHECK(NamesOf(*Compile({second}, CatalogOf({{"c", {6, 4}}}), reverse)) == "b [4, 3]\n");
}

TEST_CASE("shards: the caller may bring the section along, and its params", "[plan]") {
  const Mapping mapping = MappingOfRules({R"({"rename": "a", "to": "b"})"},
                                         R"("params": {"heads": {"from": "num_heads"}}, )");
  CompileOptions options = Rank(1, 2);
  options.config_json = R"({"num_heads": 4})";
  const auto sharding = Sharding::FromJson(
      R"([{"names": "b", "layout": "(h c) ...", "split": "h", "sizes": {"h": "heads"}}])", "mine");
  REQUIRE(sharding.ok());
  options.shard->sharding = *sharding;
  CHECK(TextOf(PlanOf(mapping, {{"a", {8, 3}}}, options)) ==
        "b F32 [4, 3] <- a[12 at 0, 12 by 1/1]\n");
  CompileOptions alone = Rank(1, 2);
  alone.shard->sharding = *Sharding::FromJson(
      R"([{"names": "b", "layout": "(h c) ...", "split": "h", "sizes": {"h": 4}}])", "mine");
  CHECK(NamesOf(*Compile({}, CatalogOf({{"b", {8}}}), alone)) == "b [4]\n");
  CHECK(Refused(mapping, {{"a", {9, 3}}}, options)[0] ==
        "WRONG_SHAPE mine:1:2 (/0), tensor 'b': axis 0 of layout \"(h c) ...\" is 4 * c, which no "
        "size of c makes 9; got shape [9, 3]");
}

TEST_CASE("shards: what an included mapping says comes along, behind what the outer one says",
          "[plan]") {
  const std::string outer = R"({"weft": 1, "name": "m",
      "stages": [{"include": "mixtral", "from": "llm.", "to": "text.", "config": "text_config"}],
      "sharding": {"to": [{"names": "text.model.norm.weight", "layout": "d", "split": "d"}]}})";
  CompileOptions options = Rank(1, 2);
  options.config_json = R"({"text_config": {"num_attention_heads": 4, "num_key_value_heads": 1}})";
  const Plan plan = PlanOf(MappingOf(outer),
                           {{"llm.model.layers.0.self_attn.k_proj.weight", {3, 8}},
                            {"llm.model.layers.0.self_attn.q_proj.weight", {12, 8}},
                            {"llm.model.layers.0.input_layernorm.weight", {8}},
                            {"llm.model.norm.weight", {8}}},
                           options);
  CHECK(NamesOf(plan) ==
        "text.model.layers.0.input_layernorm.weight [8]\n"
        "text.model.layers.0.self_attn.k_proj.weight [3, 8]\n"
        "text.model.layers.0.self_attn.q_proj.weight [6, 8]\n"
        "text.model.norm.weight [4]\n");
}

TEST_CASE("shards: a section says where it is wrong", "[plan]") {
  const auto errors = [](const std::string& entry) {
    return ErrorsOf(Sharding::FromJson("[" + entry + "]", "mine").status());
  };
  CHECK(errors(R"({"names": "a", "layout": "heads c", "split": "head"})") ==
        Lines{"UNKNOWN_VARIABLE mine:1:47 (/0/split): \"head\" is no axis of the layout, and no "
              "index of all names",
              "hint: did you mean \"heads\"?"});
  CHECK(errors(R"({"names": ["a.{e}", "b"], "split": "e"})")[0] ==
        "UNKNOWN_VARIABLE mine:1:37 (/0/split): \"e\" is no axis of the layout, and no index of "
        "all names");
  CHECK(errors(R"({"names": "a.{x:seg}", "split": "x"})").size() == 2);
  CHECK(errors(R"({"names": "a", "layout": "h c", "split": ["h", "c"]})")[0] ==
        "MAPPING_FIELD mine:1:43 (/0/split): the split cuts one element along two axes");
  CHECK(errors(R"({"names": "a.{e}", "layout": "h c", "split": ["h", "e"]})").size() == 3);
  CHECK(errors(R"({"names": "a.{e}", "split": {"axis": "e", "pad": 2}})")[0] ==
        "MAPPING_FIELD mine:1:30 (/0/split): the split along index e deals out whole tensors: they "
        "are neither \"shared\" nor filled up by \"pad\"");
  CHECK(errors(R"({"names": "a.{h}", "layout": "h c", "split": "h"})")[0] ==
        "MAPPING_FIELD mine:1:47 (/0/split): the split names an axis and an index: \"h\" is both");
  CHECK(errors(R"({"names": "a", "layout": "[t:v | ~0:n]", "split": "v"})")[0] ==
        "MAPPING_FIELD mine:1:27 (/0/layout): the layout of a shared tensor has no part that "
        "begins with \"~\"");
  CHECK(errors(R"({"names": "a"})") ==
        Lines{"MAPPING_FIELD mine:1:2 (/0): the field \"split\" is missing",
              "hint: where every rank has the whole tensor, say \"replicate\": true"});
  CHECK(errors(R"({"names": "a", "replicate": false})")[0] ==
        "MAPPING_FIELD mine:1:30 (/0/replicate): expected true");
  CHECK(errors("")[0] == "MAPPING_FIELD mine:1:1 (/): an empty list of entries");
  CHECK(errors(R"m({"names": "a", "layout": "(rank c) d", "split": "c"})m") ==
        Lines{"MAPPING_FIELD mine:1:27 (/0/layout): an axis cannot be named \"rank\": in this "
              "section that is the number of the rank",
              "hint: give the axis another name"});
  CHECK(errors(R"({"names": "a", "layout": "f d", "split": "f", "sizes": {"world_size": 2}})")[0] ==
        "MAPPING_FIELD mine:1:57 (/0/sizes): an axis cannot be named \"world_size\": in this "
        "section that is the number of ranks");
  CHECK(errors(R"({"names": "a", "layout": "f d", "split": 0})").size() == 1);
}

TEST_CASE("shards: sizes that nothing tells, and numbers that are none", "[plan]") {
  const auto refused = [](const std::string& entry) {
    return Refused(Sharing({entry}), {{"a", {8}}}, Rank(0, 2));
  };
  CHECK(refused(R"m({"names": "a", "layout": "(h c)", "split": "h"})m") ==
        Lines{"SIZE_UNKNOWN m.json:2:1 (/sharding/to/0), tensor 'a': the size of h is unknown: "
              "no shape tells it, and no param gives it",
              "hint: give it with --set h=…, in a config, or under \"sizes\""});
  CHECK(refused(R"({"names": "a", "layout": "f d", "split": "f"})")[0] ==
        "WRONG_SHAPE m.json:2:1 (/sharding/to/0), tensor 'a': layout \"f d\" has 2 axes, got shape "
        "[8]");
  CHECK(refused(R"({"names": "a", "layout": "f", "split": {"axis": "f", "pad": 0}})")[0] ==
        "BAD_PARAM m.json:2:1 (/sharding/to/0), tensor 'a': axis f is to be filled up to a "
        "multiple of 0; expected 1 or more");
  CHECK(refused(
            R"({"names": "a", "layout": "f", "split": {"axis": "f", "pad": 9223372036854775807}})")
            .size() == 2);
  CHECK(
      refused(
          R"m({"names": "a", "layout": "(h c)", "split": "h", "sizes": {"h": "c", "c": "h"}})m")[0]
          .rfind("BAD_PARAM", 0) == 0);
}

}  // namespace
}  // namespace weft
