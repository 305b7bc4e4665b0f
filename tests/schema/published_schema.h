// docs/mapping.schema.json, and whether a document keeps to it.
#ifndef WEFT_TESTS_SCHEMA_PUBLISHED_SCHEMA_H_
#define WEFT_TESTS_SCHEMA_PUBLISHED_SCHEMA_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace weft {

const nlohmann::json& PublishedSchema();

// To compare lists of errors with, so that a failed check shows them.
inline constexpr std::string_view kNoErrors;

// Empty when the schema accepts the document; otherwise each error in a line.
std::string SchemaErrors(const nlohmann::json& document);

}  // namespace weft

#endif  // WEFT_TESTS_SCHEMA_PUBLISHED_SCHEMA_H_
