#include "schema/published_schema.h"

#include <fstream>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

namespace weft {
namespace {

using valijson::adapters::NlohmannJsonAdapter;

const valijson::Schema& ParsedSchema() {
  static const auto* const kParsed = [] {
    auto* schema = new valijson::Schema;
    valijson::SchemaParser parser;
    parser.populateSchema(NlohmannJsonAdapter(PublishedSchema()), *schema);
    return schema;
  }();
  return *kParsed;
}

}  // namespace

const nlohmann::json& PublishedSchema() {
  static const auto* const kSchema = [] {
    std::ifstream file(WEFT_SOURCE_DIR "/docs/mapping.schema.json");
    return new nlohmann::json(nlohmann::json::parse(file));
  }();
  return *kSchema;
}

std::string SchemaErrors(const nlohmann::json& document) {
  valijson::Validator validator;
  valijson::ValidationResults results;
  if (validator.validate(ParsedSchema(), NlohmannJsonAdapter(document), &results)) return "";
  std::string text;
  valijson::ValidationResults::Error error;
  while (results.popError(error)) {
    for (const std::string& step : error.context) text += step;
    text += ": " + error.description + "\n";
  }
  return text;
}

}  // namespace weft
