#include "interpreter/rule.h"

namespace weft::interpreter {
namespace {

// "name" | ["name", …] | ["name", "layout"] | {"label": ["name", "layout"], …}
std::vector<RuleTensor> TensorsOf(const Json& json, const Json& copies, bool has_layouts, Side side,
                                  const Tables& tables, const Lookup& lookup) {
  std::vector<RuleTensor> tensors;
  const auto add = [&](const std::string& label, const std::string& name,
                       const std::string& layout) {
    RuleTensor tensor{label, layout, {NamePattern(name, side, tables, lookup)}};
    const Json& more = copies.is_object() ? copies.value(label, Json::array()) : copies;
    for (const Json& copy : more) tensor.names.emplace_back(copy, side, tables, lookup);
    tensors.push_back(tensor);
  };
  if (json.is_string()) {
    add("", json, "");
  } else if (json.is_object()) {
    for (const auto& [label, tensor] : json.items()) add(label, tensor.at(0), tensor.at(1));
  } else if (has_layouts) {
    add("", json.at(0), json.at(1));
  } else {
    for (const Json& name : json) add("", name, "");
  }
  return tensors;
}

std::set<std::string> VariablesOf(const std::vector<RuleTensor>& tensors) {
  std::set<std::string> variables;
  for (const RuleTensor& tensor : tensors) {
    for (const NamePattern& name : tensor.names) variables.merge(name.Variables());
  }
  return variables;
}

}  // namespace

StageRule::StageRule(const Json& rule, const Tables& tables, const Lookup& lookup)
    : json(rule),
      drops(rule.contains("drop")),
      has_layouts(rule.contains("from")),
      has_operations(rule.contains("convert")),
      otherwise(rule.value("otherwise", false)),
      direction(rule.value("direction", "both")) {
  const char* const field = drops            ? "drop"
                            : has_layouts    ? "from"
                            : has_operations ? "convert"
                                             : "rename";
  const Json copies = rule.value("copies", Json::object());
  from = TensorsOf(rule.at(field), copies.value("from", Json::array()), has_layouts, Side::kFrom,
                   tables, lookup);
  const Json patterns = rule.value("unless", Json::array());
  for (const Json& pattern : patterns.is_string() ? Json::array({patterns}) : patterns) {
    unless.emplace_back(pattern, Side::kFrom, tables, lookup);
  }
  if (drops) return;
  to = TensorsOf(rule.at("to"), copies.value("to", Json::array()), has_layouts, Side::kTo, tables,
                 lookup);
  const std::set<std::string> written = VariablesOf(to);
  for (const std::string& variable : VariablesOf(from)) {
    if (written.count(variable) > 0) variables.insert(variable);
  }
}

}  // namespace weft::interpreter
