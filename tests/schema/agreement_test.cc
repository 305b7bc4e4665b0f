// Small documents on which the schema and the compiler must agree.
#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "schema/compiler_verdict.h"
#include "schema/published_schema.h"

namespace weft {
namespace {

using nlohmann::json;

json FileWith(const std::string& fields) {
  return json::parse(R"({"weft": 1, "stages": [], )" + fields + "}");
}

json Rule(const std::string& rule) { return DocumentOfRule(json::parse(rule)); }

json Stage(const std::string& stage) {
  return json::parse(R"({"weft": 1, "stages": [)" + stage + "]}");
}

// A rule of one operation on one tensor.
json Operation(const std::string& operation) {
  return Rule(R"({"convert": "a", "to": "b", "operations": [)" + operation + "]}");
}

// A detection by this evidence.
json Guard(const std::string& guard) { return FileWith(R"("detect": {"from": )" + guard + "}"); }

std::vector<json> ValidDocuments() {
  return {
      json::parse(R"({"weft": 1, "stages": []})"),
      json::parse(R"({"$schema": "mapping.schema.json", "weft": 1, "stages": [[]]})"),
      FileWith(R"("name": "m", "description": "d", "from": "hub", "to": "engine")"),
      FileWith(R"("others": "drop")"),
      FileWith(R"("files": "consolidated.{r:02}.pth")"),
      FileWith(R"("files": "rank_{r}/model-{r+1:05}.safetensors")"),
      FileWith(R"("params": {})"),
      FileWith(R"("params": {"n": 4, "flag": true, "twice": "2 * n"})"),
      FileWith(R"("params": {"n": {"from": "a.b", "to": ["c", "d"], "default": 8}})"),
      FileWith(R"("params": {"kinds": {"default": ["a", 1, [true]]}})"),
      FileWith(R"("tables": {"t": {"a.b": "c", "": "d"}})"),
      FileWith(R"("detect": {})"),
      FileWith(R"("detect": {"config": {"model_type": ["a", "b"], "tie": false, "n.m": 3}})"),
      Guard(R"({"has": "{p*}.w1"})"),
      Guard(R"({"lacks": "a"})"),
      Guard(R"({"shape": {"pattern": "a", "is": ["n", 4]}})"),
      Guard(R"({"shape": {"pattern": "scalar", "is": []}})"),
      Guard(R"({"dtype": {"pattern": "a", "is": "F8_E4M3"}})"),
      Guard(R"({"param": "n == 2"})"),
      Guard(R"({"param": true})"),
      Guard(R"({"all": [{"has": "a"}, {"not": {"any": [{"has": "b"}, {"lacks": "c"}]}}]})"),
      Guard(R"({"any": []})"),
      Stage(R"([{"drop": "a"}], [])"),
      Stage(R"({"rules": []})"),
      Stage(R"({"name": "shift", "when": {"has": "a"}, "note": "old", "rules": [{"drop": "a"}]})"),
      FileWith(R"("keys": {"from": ["a.{i}", "b"], "to": "c"})"),
      FileWith(R"("keys": {})"),
      FileWith(R"("expect": {})"),
      FileWith(R"("expect": {"from": [], "to": [{"name": "a.{i}"}]})"),
      FileWith(R"("expect": {"to": [{"name": "a", "shape": [], "note": "n"}]})"),
      FileWith(R"("expect": {"from": [{"name": "a.{i}", "shape": [4, null, "2 * n", "i + 1"]}]})"),
      FileWith(R"("side_files": {"config.json": {"forward": {"merge": {"a": null, "b": [1]}}}})"),
      FileWith(R"("side_files": {"a.json": {"note": "n", "reverse": {"patch": [
          {"op": "add", "path": "/a", "value": null}, {"op": "remove", "path": "/b"},
          {"op": "move", "from": "/c", "path": "/d"}, {"op": "test", "path": "", "value": {}}]}}})"),
      FileWith(R"("cast": {"to": [{"names": "{p*}.norm", "dtype": "F32", "note": "n"}]})"),
      FileWith(R"("cast": {"from": [{"names": ["a", "b"], "dtype": "F16"}], "to": []})"),
      FileWith(R"("sharding": {})"),
      FileWith(R"("sharding": {"from": [], "to": [{"names": "a", "replicate": true}]})"),
      FileWith(R"("sharding": {"to": [{"names": ["a.{i}", "b.{i}"], "split": "i", "note": "n"},
          {"names": "c", "layout": "[q:(h c) | k:(kv c)] ...", "uneven": true, "otherwise": true,
           "split": ["h", {"axis": "kv", "shared": true}], "sizes": {"h": 8, "kv": "h // 4"}},
          {"names": "d", "layout": "v d", "split": {"axis": "v", "pad": 64}, "when": "x"}]})"),
      Stage(R"({"include": "mixtral"})"),
      Stage(R"({"include": "mixtral", "from": "text.", "to": "", "config": "text_config",
                "params": {"num_experts": "n"}, "note": "n"})"),
      Rule(R"({"rename": "a.{i}", "to": "b.{i}"})"),
      Rule(R"({"rename": "a", "to": "b", "unless": "c", "when": "x", "otherwise": true})"),
      Rule(R"({"rename": "a", "to": "b", "unless": ["c", "d.{i}"], "when": true})"),
      Rule(R"({"rename": "a", "to": "b", "unless": []})"),
      Rule(R"({"rename": "a", "to": "b", "direction": "reverse", "reason": "r", "note": "n"})"),
      Rule(R"({"rename": "a}b", "to": "b}a"})"),
      Rule(R"({"rename": "{x:/[a-z]{2}/}", "to": "n.{x:/[a-z]{2}/}"})"),
      Rule(R"({"drop": "a", "reason": "recomputed", "note": "n"})"),
      Rule(R"({"drop": "a", "direction": "forward"})"),
      Rule(R"({"drop": "{p*}.freqs", "unless": "b", "when": "x", "otherwise": false})"),
      Rule(R"({"from": ["a", "f d"], "to": ["b", "d f"]})"),
      Rule(R"({"from": ["a", ""], "to": ["b", ""]})"),
      Rule(R"({"from": {"x": ["a", "f d"]}, "to": ["b", "d f"]})"),
      Rule(
          R"({"from": ["a", "(h j c) d"], "to": ["b", "(h c j) d"], "sizes": {"h": "n", "c": 2}})"),
      Rule(R"({"from": ["a", "[q:f | k:g] d"], "to": {"q": ["b", "f d"], "k": ["c", "g d"]}})"),
      Rule(R"({"from": ["a", "x ..."], "to": ["b", "1 x ..."], "sizes": {}, "direction": "both"})"),
      Rule(R"({"from": ["a", "[x:f | ~0:pad] d"], "to": ["b", "[~:2 | x:f | ~-inf:n] d"]})"),
      Rule(R"({"rename": "a", "to": "b", "copies": {}})"),
      Rule(R"({"rename": "a", "to": "b", "copies": {"from": ["c", "d"], "to": "e"}})"),
      Rule(R"({"from": ["a", "f d"], "to": ["b", "d f"], "copies": {"to": ["c"]}})"),
      Rule(R"({"from": {"q": ["a", "f d"], "k": ["b", "f d"]}, "to": ["c", "[q:f | k:f] d"],
               "copies": {"from": {"q": ["e"], "k": []}}})"),
      Rule(R"({"convert": ["a"], "to": "b", "copies": {"from": ["c"]},
               "operations": [{"op": "Transpose"}]})"),
      Operation(R"({"op": "Chunk"})"),
      Operation(R"({"op": "Chunk", "dim": -1})"),
      Operation(R"({"op": "Split", "sizes": ["2 * n"]})"),
      Operation(R"({"op": "Concatenate", "dim": 1, "sizes": [4]})"),
      Operation(R"({"op": "Transpose"})"),
      Operation(R"({"op": "Transpose", "dim0": 1, "dim1": 2})"),
      Operation(R"({"op": "Permute", "dims": [1, 0]})"),
      Operation(R"({"op": "Permute", "dims": []})"),
      Operation(R"({"op": "Reshape", "shape": [-1, "n"], "from": ["m"]})"),
      Operation(R"({"op": "Unsqueeze", "dim": 0}, {"op": "Squeeze", "dim": 0})"),
      Operation(R"({"op": "Split", "sizes": "n"})"),
      Operation(R"({"op": "Concatenate", "sizes": 4})"),
      Operation(R"({"op": "Reshape", "shape": "2 * n", "from": "m"})"),
      Operation(R"({"op": "Interleave", "dim": 0, "inverse": true})"),
      Operation(R"({"op": "PermuteForRope", "heads": "n"})"),
      Operation(R"({"op": "PermuteForRope", "heads": ["q"], "dim": -1, "rotary": "r",
                    "inverse": true})"),
      Operation(R"({"op": "PermuteForRope", "heads": 8, "rotary": "head_dim // 2"})"),
      Operation(R"({"op": "Slice"})"),
      Operation(R"({"op": "Slice", "dim": 1, "start": 2, "end": "n - 1"})"),
      Operation(R"({"op": "Repeat"}, {"op": "Tie"})"),
      Rule(R"({"convert": ["a", "b"], "to": ["c", "d"],
               "operations": [{"op": "Tie"}, {"op": "Repeat"}]})"),
      Rule(R"({"convert": ["a.{e}", "b.{e}"], "to": ["c", "d", "f"], "operations": [
               {"op": "ErnieFuseAndSplitTextVisionExperts", "over": "e", "stack_dim": 0,
                "concat_dim": 1}]})"),
      Rule(R"({"convert": ["c", "d"], "to": "a.{e}", "operations": [
               {"op": "ErnieSplitAndDecoupleTextVisionExperts", "over": "e", "concat_dim": -1}]})"),
      Rule(R"({"convert": ["a.{e}"], "to": ["b"], "sizes": {"e": "n"},
               "operations": [{"op": "MergeModulelist", "over": "e", "dim": 0}]})"),
      Rule(R"({"convert": "b", "to": "a.{e}", "note": "n",
               "operations": [{"op": "SplitModulelist", "over": "e"}]})"),
  };
}

std::vector<json> InvalidDocuments() {
  return {
      json::parse("[]"),
      json::parse("{}"),
      json::parse(R"({"weft": 1})"),
      json::parse(R"({"stages": []})"),
      json::parse(R"({"weft": 2, "stages": []})"),
      json::parse(R"({"weft": "1", "stages": []})"),
      json::parse(R"({"weft": 1, "stages": {}})"),
      FileWith(R"("version": 1)"),
      FileWith(R"("$schema": 7)"),
      FileWith(R"("name": 7)"),
      FileWith(R"("others": "keep")"),
      FileWith(R"("files": "model.pth")"),
      FileWith(R"("files": "{x:seg}.pth")"),
      FileWith(R"("files": "")"),
      FileWith(R"("files": ["a.{r}.pth"])"),
      FileWith(R"("params": [])"),
      FileWith(R"("params": {"two words": 1})"),
      FileWith(R"("params": {"n": 1.5})"),
      FileWith(R"("params": {"n": null})"),
      FileWith(R"("params": {"n": ""})"),
      FileWith(R"("params": {"n": {"path": "a"}})"),
      FileWith(R"("params": {"n": {"from": 3}})"),
      FileWith(R"("params": {"n": {"default": {"a": 1}}})"),
      FileWith(R"("tables": {"t": {}})"),
      FileWith(R"("tables": {"t": {"a": 1}})"),
      FileWith(R"("tables": {"t-t": {"a": "b"}})"),
      FileWith(R"("detect": {"model_type": "a"})"),
      FileWith(R"("detect": {"config": {"a": null}})"),
      FileWith(R"("detect": {"config": ["a"]})"),
      FileWith(R"("sharding": [])"),
      FileWith(R"("sharding": {"to": {"names": "a", "replicate": true}})"),
      FileWith(R"("sharding": {"to": [{"names": "a"}]})"),
      FileWith(R"("sharding": {"to": [{"replicate": true}]})"),
      FileWith(R"("sharding": {"to": [{"names": "a", "replicate": false}]})"),
      FileWith(R"("sharding": {"to": [{"names": "a.{i}", "split": "i", "replicate": true}]})"),
      FileWith(R"("sharding": {"to": [{"names": "a", "replicate": true, "uneven": true}]})"),
      FileWith(R"("sharding": {"to": [{"names": "a.{i}", "split": []}]})"),
      FileWith(R"("sharding": {"to": [{"names": "a.{i}", "split": ""}]})"),
      FileWith(R"("sharding": {"to": [{"names": "a", "layout": "f d", "split": {"pad": 2}}]})"),
      FileWith(R"("sharding": {"to": [{"names": "a", "layout": "f d", "split": "f",
                                       "sizes": {"f f": 2}}]})"),
      Guard(R"({})"),
      Guard(R"("has")"),
      Guard(R"({"has": "a", "lacks": "b"})"),
      Guard(R"({"have": "a"})"),
      Guard(R"({"has": ["a"]})"),
      Guard(R"({"has": "a.{"})"),
      Guard(R"({"all": {"has": "a"}})"),
      Guard(R"({"not": [{"has": "a"}]})"),
      Guard(R"({"shape": {"pattern": "a"}})"),
      Guard(R"({"shape": {"pattern": "a", "is": 4}})"),
      Guard(R"({"dtype": {"pattern": "a", "is": "bfloat16"}})"),
      Guard(R"({"dtype": {"pattern": "a", "is": "BF16", "not": true}})"),
      Guard(R"({"param": null})"),
      FileWith(R"("keys": ["a"])"),
      FileWith(R"("keys": {"left": ["a"]})"),
      FileWith(R"("keys": {"from": [1]})"),
      FileWith(R"("expect": [{"name": "a"}])"),
      FileWith(R"("expect": {"to": {"name": "a"}})"),
      FileWith(R"("expect": {"to": ["a"]})"),
      FileWith(R"("expect": {"to": [{"shape": [4]}]})"),
      FileWith(R"("expect": {"to": [{"name": ["a", "b"]}]})"),
      FileWith(R"("expect": {"to": [{"name": "a.{"}]})"),
      FileWith(R"("expect": {"to": [{"name": "a", "shape": "n"}]})"),
      FileWith(R"("expect": {"to": [{"name": "a", "shape": [1.5]}]})"),
      FileWith(R"("expect": {"to": [{"name": "a", "shape": [""]}]})"),
      FileWith(R"("expect": {"to": [{"name": "a", "dtype": "F32"}]})"),
      FileWith(R"("side_files": {"a/config.json": {"forward": {"merge": {}}}})"),
      FileWith(R"("side_files": {"config.json": {"merge": {}}})"),
      FileWith(R"("side_files": {"config.json": {"forward": {}}})"),
      FileWith(R"("side_files": {"config.json": {"forward": {"merge": {}, "patch": []}}})"),
      FileWith(R"("side_files": {"config.json": {"forward": {"merge": [1]}}})"),
      FileWith(
          R"("side_files": {"a.json": {"reverse": {"patch": [{"op": "add", "path": "/a"}]}}})"),
      FileWith(
          R"("side_files": {"a.json": {"reverse": {"patch": [{"op": "put", "path": "/a"}]}}})"),
      FileWith(R"("cast": {"to": {"names": "a", "dtype": "F32"}})"),
      FileWith(R"("cast": {"to": [{"names": "a"}]})"),
      FileWith(R"("cast": {"to": [{"names": "a", "dtype": "fp32"}]})"),
      Stage(R"({"include": 1})"),
      Stage(R"({"include": "mixtral", "rules": []})"),
      Stage(R"({"include": "mixtral", "from": "text"})"),
      Stage(R"({"include": "mixtral", "to": "{p*}."})"),
      Stage(R"({"include": "mixtral", "params": {"n": null}})"),
      Stage(R"("rename")"),
      Stage(R"({"drop": "a"})"),
      Stage(R"({"name": "s"})"),
      Stage(R"({"rules": {}})"),
      Stage(R"({"rules": [], "note": 1})"),
      Stage(R"({"rules": [], "when": "x == 1"})"),
      Stage(R"([["rename", "a", "b"]])"),
      Rule(R"({})"),
      Rule(R"({"rename": "a"})"),
      Rule(R"({"rename": "a", "to": ["b"]})"),
      Rule(R"({"rename": "", "to": "b"})"),
      Rule(R"({"rename": "a", "to": "b", "operations": []})"),
      Rule(R"({"rename": "a", "drop": "a", "to": "b"})"),
      Rule(R"({"rename": "a", "to": "b", "unless": {"has": "c"}})"),
      Rule(R"({"rename": "a", "to": "b", "when": ""})"),
      Rule(R"({"rename": "a", "to": "b", "otherwise": "true"})"),
      Rule(R"({"rename": "a", "to": "b", "direction": "backward"})"),
      Rule(R"({"rename": "a", "to": "b", "note": ["n"]})"),
      Rule(R"({"drop": ["a", "b"]})"),
      Rule(R"({"drop": "a", "to": "b"})"),
      Rule(R"({"drop": "a", "direction": "reverse"})"),
      Rule(R"({"from": ["a", "f d"]})"),
      Rule(R"({"from": ["a"], "to": ["b", "f"]})"),
      Rule(R"({"from": ["a", "f", "d"], "to": ["b", "f d"]})"),
      Rule(R"({"from": "a", "to": "b"})"),
      Rule(R"({"from": {}, "to": ["b", "f"]})"),
      Rule(R"({"from": {"a b": ["a", "f"]}, "to": ["b", "f"]})"),
      Rule(R"({"from": ["a", "f / d"], "to": ["b", "f d"]})"),
      Rule(R"({"from": ["a", "f"], "to": ["b", "f"], "sizes": {"f": null}})"),
      Rule(R"({"from": ["a", "f"], "to": ["b", "f"], "sizes": {"2": 2}})"),
      Rule(R"({"rename": "a", "to": "b", "copies": ["c"]})"),
      Rule(R"({"rename": "a", "to": "b", "copies": {"right": ["c"]}})"),
      Rule(R"({"rename": "a", "to": "b", "copies": {"to": [["c"]]}})"),
      Rule(R"({"rename": "a", "to": "b", "copies": {"to": ["c.{"]}})"),
      Rule(R"({"drop": "a", "copies": {"from": ["c"]}})"),
      Rule(R"({"convert": "a", "to": "b"})"),
      Rule(R"({"convert": "a", "to": "b", "operations": []})"),
      Rule(R"({"convert": "a", "to": "b", "operations": {"op": "Chunk"}})"),
      Rule(R"({"convert": [], "to": "b", "operations": [{"op": "Chunk"}]})"),
      Rule(R"({"convert": ["a", "f d"], "to": {"x": "b"}, "operations": [{"op": "Chunk"}]})"),
      Operation(R"("Chunk")"),
      Operation(R"({"dim": 0})"),
      Operation(R"({"op": "Conv"})"),
      Operation(R"({"op": "Chunk", "dim": "0"})"),
      Operation(R"({"op": "Chunk", "dim": 1.5})"),
      Operation(R"({"op": "Chunk", "dim": 100000})"),
      Operation(R"({"op": "Chunk", "sizes": [2]})"),
      Operation(R"({"op": "Split"})"),
      Operation(R"({"op": "Split", "sizes": []})"),
      Operation(R"({"op": "Split", "sizes": {"n": 4}})"),
      Operation(R"({"op": "Split", "sizes": ""})"),
      Operation(R"({"op": "Split", "sizes": [["n"]]})"),
      Operation(R"({"op": "Permute"})"),
      Operation(R"({"op": "Permute", "dims": ["0", "1"]})"),
      Operation(R"({"op": "Reshape", "from": [2]})"),
      Operation(R"({"op": "Interleave", "inverse": 1})"),
      Operation(R"({"op": "MergeModulelist"})"),
      Operation(R"({"op": "PermuteForRope"})"),
      Operation(R"({"op": "PermuteForRope", "heads": []})"),
      Operation(R"({"op": "PermuteForRope", "heads": "n", "rotary": null})"),
      Operation(R"({"op": "Slice", "start": [0]})"),
      Operation(R"({"op": "Slice", "start": ""})"),
      Operation(R"({"op": "Slice", "end": ""})"),
      Operation(R"({"op": "Repeat", "dim": 0})"),
      Operation(R"({"op": "Tie", "over": "e"})"),
      Operation(R"({"op": "ErnieFuseAndSplitTextVisionExperts"})"),
      Operation(R"({"op": "ErnieFuseAndSplitTextVisionExperts", "over": "e", "dim": 0})"),
      Operation(R"({"op": "ErnieSplitAndDecoupleTextVisionExperts", "over": 1})"),
  };
}

TEST_CASE("schema: it accepts what the compiler accepts", "[schema]") {
  const std::vector<json> documents = ValidDocuments();
  REQUIRE(documents.size() > 40);
  for (const json& document : documents) {
    INFO(document.dump());
    CHECK(SchemaErrors(document) == kNoErrors);
    CHECK(VerdictOf(document).errors == kNoErrors);
  }
}

TEST_CASE("schema: it refuses what the compiler refuses", "[schema]") {
  const std::vector<json> documents = InvalidDocuments();
  REQUIRE(documents.size() > 60);
  for (const json& document : documents) {
    INFO(document.dump());
    CHECK(!SchemaErrors(document).empty());
    CHECK(VerdictOf(document).structural);
  }
}

}  // namespace
}  // namespace weft
