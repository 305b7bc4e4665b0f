// The schema as a document of its own: draft 7, complete, and helpful to an editor.
#include <catch2/catch.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "schema/published_schema.h"

namespace weft {
namespace {

using nlohmann::json;

// Calls `visit` for the schema at `at`, and for every schema inside of it.
void VisitSchemas(const json& schema, const std::string& at,
                  const std::function<void(const json&, const std::string&)>& visit) {
  visit(schema, at);
  if (!schema.is_object()) return;
  for (const auto& [keyword, value] : schema.items()) {
    const std::string here = at + "/" + keyword;
    if (keyword == "properties" || keyword == "definitions") {
      for (const auto& [name, inner] : value.items()) VisitSchemas(inner, here + "/" + name, visit);
    } else if (keyword == "oneOf" || keyword == "allOf" ||
               (keyword == "items" && value.is_array())) {
      for (const json& inner : value) VisitSchemas(inner, here, visit);
    } else if (keyword == "items" || keyword == "propertyNames" ||
               keyword == "additionalProperties") {
      VisitSchemas(value, here, visit);
    }
  }
}

enum class Shape { kText, kNumber, kBool, kList, kObject, kSchema, kAny };

bool Has(Shape shape, const json& value) {
  switch (shape) {
    case Shape::kText:
      return value.is_string();
    case Shape::kNumber:
      return value.is_number_integer();
    case Shape::kBool:
      return value.is_boolean();
    case Shape::kList:
      return value.is_array() && !value.empty();
    case Shape::kObject:
      return value.is_object();
    case Shape::kSchema:
      return value.is_object() || value.is_boolean();
    case Shape::kAny:
      return true;
  }
  return false;
}

TEST_CASE("schema: every keyword is one of draft 7", "[schema]") {
  const std::map<std::string, Shape> keywords = {
      {"$schema", Shape::kText},
      {"$id", Shape::kText},
      {"$ref", Shape::kText},
      {"title", Shape::kText},
      {"description", Shape::kText},
      {"default", Shape::kAny},
      {"type", Shape::kText},
      {"enum", Shape::kList},
      {"const", Shape::kAny},
      {"pattern", Shape::kText},
      {"minimum", Shape::kNumber},
      {"maximum", Shape::kNumber},
      {"minItems", Shape::kNumber},
      {"maxItems", Shape::kNumber},
      {"items", Shape::kAny},
      {"required", Shape::kList},
      {"properties", Shape::kObject},
      {"minProperties", Shape::kNumber},
      {"maxProperties", Shape::kNumber},
      {"propertyNames", Shape::kSchema},
      {"additionalProperties", Shape::kSchema},
      {"oneOf", Shape::kList},
      {"allOf", Shape::kList},
      {"definitions", Shape::kObject},
  };
  const std::set<std::string> types = {"object", "array", "string", "integer", "boolean", "null"};
  VisitSchemas(PublishedSchema(), "", [&](const json& schema, const std::string& at) {
    INFO(at);
    REQUIRE(Has(Shape::kSchema, schema));
    if (!schema.is_object()) return;
    for (const auto& [keyword, value] : schema.items()) {
      INFO(keyword);
      REQUIRE(keywords.count(keyword) == 1);
      CHECK(Has(keywords.at(keyword), value));
      // Draft 7 ignores what stands beside a reference.
      if (keyword == "$ref") CHECK(schema.size() == 1);
      if (keyword == "type") CHECK(types.count(value) == 1);
      if (keyword != "required") continue;
      for (const json& name : value) CHECK(schema.at("properties").contains(name));
    }
  });
  CHECK(PublishedSchema().at("$schema") == "http://json-schema.org/draft-07/schema#");
}

TEST_CASE("schema: every reference leads to a definition, and every definition is used",
          "[schema]") {
  const json& definitions = PublishedSchema().at("definitions");
  std::set<std::string> used;
  VisitSchemas(PublishedSchema(), "", [&](const json& schema, const std::string& at) {
    if (!schema.is_object() || !schema.contains("$ref")) return;
    const std::string reference = schema.at("$ref");
    INFO(at << " refers to " << reference);
    REQUIRE(reference.find("#/definitions/") == 0);
    const std::string name = reference.substr(std::string("#/definitions/").size());
    CHECK(definitions.contains(name));
    used.insert(name);
  });
  for (const auto& [name, definition] : definitions.items()) {
    INFO(name);
    CHECK(used.count(name) == 1);
  }
}

TEST_CASE("schema: an editor can explain every field", "[schema]") {
  const json& definitions = PublishedSchema().at("definitions");
  int fields = 0;
  VisitSchemas(PublishedSchema(), "", [&](const json& schema, const std::string& at) {
    if (!schema.is_object() || !schema.contains("properties")) return;
    for (const auto& [name, field] : schema.at("properties").items()) {
      INFO(at << "/" << name);
      // The name of an operation, of the rule's own or of a patch, is explained where it is chosen.
      if (name == "op") continue;
      const std::string reference = field.value("$ref", "");
      const json& explained =
          reference.empty() ? field : definitions.at(reference.substr(reference.rfind('/') + 1));
      CHECK(explained.value("description", "").size() >= 10);
      ++fields;
    }
  });
  CHECK(fields > 80);
}

TEST_CASE("schema: objects are closed, so that a misspelled field is found", "[schema]") {
  VisitSchemas(PublishedSchema(), "", [&](const json& schema, const std::string& at) {
    if (!schema.is_object() || schema.value("type", "") != "object") return;
    INFO(at);
    // A merge patch is any object.
    CHECK(schema.contains("additionalProperties") == (at.find("/merge") == std::string::npos));
    if (schema.contains("properties")) CHECK(schema.at("additionalProperties") == false);
  });
}

}  // namespace
}  // namespace weft
