// What Mapping::FromJson says of a document, and which of its errors a schema could have found.
#ifndef WEFT_TESTS_SCHEMA_COMPILER_VERDICT_H_
#define WEFT_TESTS_SCHEMA_COMPILER_VERDICT_H_

#include <nlohmann/json.hpp>
#include <string>

namespace weft {

struct CompilerVerdict {
  bool accepted = true;
  bool structural = false;  // refused for its fields, their types or their words
  bool semantic = false;    // refused for what texts mean together
  std::string errors;       // each in a line
};

CompilerVerdict VerdictOf(const nlohmann::json& document);

// {"weft": 1, "stages": [[RULE]]}
nlohmann::json DocumentOfRule(nlohmann::json rule);

}  // namespace weft

#endif  // WEFT_TESTS_SCHEMA_COMPILER_VERDICT_H_
