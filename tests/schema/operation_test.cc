// The schema's operations are those of the library's table, field by field.
#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <string>
#include <vector>

#include "mapping/operation_table.h"
#include "schema/published_schema.h"

namespace weft {
namespace {

using nlohmann::json;

// Looks up what the schema says of each field that an operation has.
class SchemaFields : public OperationFields {
 public:
  explicit SchemaFields(const json& schema) : schema_(schema) { names_.insert("op"); }

  void Integer(std::string_view name, int*) override { Expect(name, "integer", false); }
  void Integers(std::string_view name, std::vector<int>*) override {
    CHECK(Resolved(Expect(name, "array", true).at("items")).at("type") == "integer");
  }
  void Flag(std::string_view name, bool*) override { Expect(name, "boolean", false); }
  void Name(std::string_view name, std::string*) override { Expect(name, "string", true); }
  void Size(std::string_view name, std::string*) override {
    CHECK(Property(name, false).at("allOf") == json({{{"$ref", "#/definitions/expression"}}}));
  }
  void Sizes(std::string_view name, std::vector<std::string>*, bool required) override {
    const json& field = Property(name, required);
    CHECK(field.at("allOf") == json({{{"$ref", "#/definitions/expressions"}}}));
  }

  const std::set<std::string>& names() const { return names_; }

 private:
  // Behind references, alone or in an allOf.
  static json Resolved(const json& schema) {
    if (schema.contains("allOf")) return Resolved(schema.at("allOf").at(0));
    if (!schema.contains("$ref")) return schema;
    return PublishedSchema().at(json::json_pointer(schema.at("$ref").get<std::string>().substr(1)));
  }

  const json& Property(std::string_view name, bool required) {
    const std::string key(name);
    INFO("field " << key);
    names_.insert(key);
    const json& list = schema_.at("required");
    CHECK((std::find(list.begin(), list.end(), key) != list.end()) == required);
    REQUIRE(schema_.at("properties").contains(key));
    return schema_.at("properties").at(key);
  }

  json Expect(std::string_view name, const char* type, bool required) {
    const json field = Resolved(Property(name, required));
    CHECK(field.at("type") == type);
    return field;
  }

  const json& schema_;
  std::set<std::string> names_;
};

TEST_CASE("schema: every operation of the table, with every field, and no other", "[schema]") {
  const json& definitions = PublishedSchema().at("definitions");
  std::vector<std::string> of_table;
  for (const OperationRow& row : OperationRows()) {
    const std::string name(row.name);
    INFO(name);
    of_table.push_back("#/definitions/" + name);
    REQUIRE(definitions.contains(name));
    const json& schema = definitions.at(name);
    CHECK(schema.at("properties").at("op") == json({{"const", name}}));
    CHECK(schema.at("description") == std::string(row.doc));
    SchemaFields fields(schema);
    ConversionOp operation = row.initial;
    row.fields(operation, fields);
    std::set<std::string> of_schema;
    for (const auto& [field, value] : schema.at("properties").items()) of_schema.insert(field);
    CHECK(of_schema == fields.names());
  }
  std::vector<std::string> of_schema;
  for (const json& choice : definitions.at("operation").at("oneOf")) {
    of_schema.push_back(choice.at("$ref"));
  }
  CHECK(of_schema == of_table);
}

TEST_CASE("schema: a dtype is one that the library knows", "[schema]") {
  const json& names = PublishedSchema().at("definitions").at("dtype").at("enum");
  CHECK(names.size() == static_cast<size_t>(kDTypeCount));
  for (const json& name : names) CHECK(DTypeFromName(name.get<std::string>()).has_value());
}

}  // namespace
}  // namespace weft
