#include "schema/compiler_verdict.h"

#include <utility>

#include "weft/diagnostic.h"
#include "weft/mapping.h"

namespace weft {
namespace {

bool EndsIn(const std::string& text, const std::string& part) {
  return text.size() >= part.size() &&
         text.compare(text.size() - part.size(), part.size(), part) == 0;
}

// A schema sees one value at a time. What several texts say together is beyond it: that the names
// of a rule have the same variables of the same kinds and its layouts the same cells, that a table
// of this name exists, that a chain ends with as many tensors as the rule names, that copies are
// given for tensors which the rule has, that an included mapping exists and uses the params that it
// is given, that tensors are split along what their names and layout have.
bool IsSemantic(const Diagnostic& diagnostic) {
  switch (diagnostic.code) {
    case ErrorCode::kUnknownVariable:
    case ErrorCode::kCellsDiffer:
    case ErrorCode::kUnknownTable:
    case ErrorCode::kUnknownMapping:
      return true;
    case ErrorCode::kBadParam:
      return diagnostic.what.find(" never uses a param ") != std::string::npos;
    case ErrorCode::kMappingField:
      return diagnostic.what.find("no tensor of this side is labelled ") == 0 ||
             diagnostic.what.find("the side has ") == 0 ||
             diagnostic.what.find("the split ") == 0 ||
             diagnostic.what.find("the layout of a shared tensor ") == 0;
    case ErrorCode::kPatternSyntax:
      return diagnostic.what.find("variable {") == 0;
    case ErrorCode::kBadOperation:
      return EndsIn(diagnostic.what, " arrive") ||
             diagnostic.what.find("the operations end with ") == 0;
    default:
      return false;
  }
}

}  // namespace

CompilerVerdict VerdictOf(const nlohmann::json& document) {
  CompilerVerdict verdict;
  const absl::StatusOr<Mapping> mapping = Mapping::FromJson(document.dump(), "case.json");
  verdict.accepted = mapping.ok();
  for (const Diagnostic& diagnostic : DiagnosticsOf(mapping.status())) {
    (IsSemantic(diagnostic) ? verdict.semantic : verdict.structural) = true;
    verdict.errors += std::string(NameOf(diagnostic.code)) + " " + TextOf(diagnostic) + "\n";
  }
  return verdict;
}

nlohmann::json DocumentOfRule(nlohmann::json rule) {
  nlohmann::json document = {{"weft", 1}};
  document["stages"] = nlohmann::json::array({nlohmann::json::array({std::move(rule)})});
  return document;
}

}  // namespace weft
