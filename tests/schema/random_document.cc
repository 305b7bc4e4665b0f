#include "schema/random_document.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

namespace weft {
namespace {

using nlohmann::json;

// Beyond it only what is required is made.
constexpr int kDeep = 14;

using Texts = std::vector<std::string>;

// A variable has one kind in all patterns, as in a rule.
const std::map<std::string, Texts>& TextsOfDefinitions() {
  static const auto* const kTexts = new std::map<std::string, Texts>{
      {"identifier", {"h", "c", "e", "n", "num_heads", "leaf", "gate", "up", "_x2"}},
      {"pattern",
       {"a.weight", "b.weight", "c", "$made", "layers.{i}.a", "layers.{i}.b", "layers.{i=0..n-1}.c",
        "layers.{i=0|2|4}.d", "layers.{i+1}.e", "blocks.{3*i+k}.f", "parts.{r:02}.g", "{p*}.h",
        "model.{p*}.j", "heads.{x:seg}.k", "{w:weight|bias}.l", "m.{t:ls1=lambda_1|ls2=lambda_2}",
        "o.{l@leaf}", "q.{y:/[a-z]{2}\\d+/}.s", "odd } name"}},
      {"layout",
       {"", "f d", "d f", "f d", "1 f d", "(h c) d", "(c h) d", "f ...", "[gate:f | up:f] d",
        "(kv [q:g | k:1 | v:1] hd) d", "(4 f) d", "[f:f | ~0:pad] d", "[~-inf:2 | f:f | ~:n] d"}},
      {"over", {"e", "i"}},
      {"pointer", {"", "/a", "/text_config/num_heads", "/list/0", "/x~1y~0z"}},
      {"fileName", {"config.json", "generation_config.json", "a file"}},
      {"partFiles", {"consolidated.{r:02}.pth", "rank_{r}/model-{r+1:05}.pt"}},
      {"prefix", {"", "model.", "model.language_model."}},
      {"mappingName", {"mixtral", "encodec_24khz"}},
  };
  return *kTexts;
}

const Texts& Expressions() {
  static const auto* const kExpressions = new Texts{
      "n",
      "2 * num_heads + 1",
      "(n - 1) // 2 % 3",
      "ceil_to(config.vocab_size, 64)",
      "ceil_div(n, 2) == min(a, b, max(c, d))",
      "at(list, i) != 'text'",
      "not tied and n < 3 or true",
      "-n",
  };
  return *kExpressions;
}

const Texts& PlainTexts() {
  static const auto* const kTexts = new Texts{"", "text", "a.b.c", "model_type", "two words"};
  return *kTexts;
}

bool Holds(const json& list, const std::string& text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

}  // namespace

json RandomDocuments::ValueOf(const json& schema, int depth) {
  if (schema.contains("$ref")) {
    const std::string reference = schema.at("$ref");
    return Referred(reference.substr(reference.rfind('/') + 1), depth);
  }
  if (schema.contains("allOf")) return ValueOf(schema.at("allOf").at(0), depth);
  if (schema.contains("const")) return schema.at("const");
  if (schema.contains("enum")) return OneOf(schema.at("enum"));
  if (schema.contains("oneOf")) {
    const json& choices = schema.at("oneOf");
    return ValueOf(depth > kDeep ? choices.at(0) : OneOf(choices), depth + 1);
  }
  const std::string type = schema.value("type", "");
  if (type == "object") return ObjectOf(schema, depth);
  if (type == "array") return ArrayOf(schema, depth);
  if (type == "null") return nullptr;
  if (type == "boolean") return Chance(50);
  if (type == "integer") return static_cast<int>(Below(12)) - 2;
  if (type != "string") return AnyValue();
  // Text with a pattern that has no definition of its own is an expression.
  if (schema.contains("pattern")) return Expressions()[Below(Expressions().size())];
  return PlainTexts()[Below(PlainTexts().size())];
}

json RandomDocuments::Referred(const std::string& name, int depth) {
  used_.insert(name);
  const auto texts = TextsOfDefinitions().find(name);
  if (texts != TextsOfDefinitions().end()) return texts->second[Below(texts->second.size())];
  json value = ValueOf(schema_.at("definitions").at(name), depth + 1);
  // No schema can say that a table is one-to-one.
  if (name == "table") {
    for (const auto& [left, right] : value.items()) right = left + ".right";
  }
  return value;
}

json RandomDocuments::ObjectOf(const json& schema, int depth) {
  json object = json::object();
  const size_t least = schema.value("minProperties", size_t{0});
  const json none = json::object();
  const json& properties = schema.contains("properties") ? schema.at("properties") : none;
  if (schema.contains("maxProperties")) {
    // One field, whichever; without fields inside it where the object lies deep.
    std::vector<std::string> names;
    for (const auto& [name, property] : properties.items()) names.push_back(name);
    const std::string& name = depth > kDeep ? names.at(2) : names.at(Below(names.size()));
    object[name] = ValueOf(properties.at(name), depth + 1);
    return object;
  }
  const json required = schema.value("required", json::array());
  for (const auto& [name, property] : properties.items()) {
    if (Holds(required, name) || (depth <= kDeep && Chance(30))) {
      object[name] = ValueOf(property, depth + 1);
    }
  }
  if (!schema.contains("additionalProperties")) {
    object["field"] = AnyValue();
  } else if (schema.at("additionalProperties").is_object()) {
    const size_t more = least + (depth > kDeep ? 0 : Below(3));
    for (size_t i = 0; i < more; ++i) {
      const json name = schema.contains("propertyNames")
                            ? ValueOf(schema.at("propertyNames"), depth + 1)
                            : json(PlainTexts()[Below(PlainTexts().size())]);
      object[name.get<std::string>()] = ValueOf(schema.at("additionalProperties"), depth + 1);
    }
  }
  return object;
}

json RandomDocuments::ArrayOf(const json& schema, int depth) {
  json array = json::array();
  const json& items = schema.at("items");
  if (items.is_array()) {
    for (const json& item : items) array.push_back(ValueOf(item, depth + 1));
    return array;
  }
  const size_t count = schema.value("minItems", size_t{0}) + (depth > kDeep ? 0 : Below(3));
  for (size_t i = 0; i < count; ++i) array.push_back(ValueOf(items, depth + 1));
  return array;
}

json RandomDocuments::AnyValue() {
  const std::vector<json> values = {nullptr,   true, 3, 0.5, "text", json::array({1, "x"}),
                                    {{"a", 1}}};
  return values[Below(values.size())];
}

}  // namespace weft
