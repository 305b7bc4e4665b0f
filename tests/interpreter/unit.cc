#include "interpreter/unit.h"

#include <algorithm>

namespace weft::interpreter {

std::string NameOf(const std::vector<std::string>& pieces, const Spelling& spelling) {
  std::string name;
  for (const std::string& piece : pieces) {
    std::string text = piece;
    for (const auto& [variable, spelled] : spelling) {
      const size_t place = text.find("{" + variable + "}");
      if (place != std::string::npos) {
        text.replace(place, variable.size() + 2, spelled);
        break;  // a piece has one variable at most
      }
    }
    if (!name.empty() && !text.empty()) name += ".";
    name += text;
  }
  return name;
}

std::vector<Spelling> AllValues(const std::vector<Variable>& variables) {
  std::vector<Spelling> all(1);
  for (const Variable& variable : variables) {
    std::vector<Spelling> more;
    for (const Spelling& known : all) {
      for (const std::string& value : variable.values) {
        more.push_back(known);
        more.back()[variable.name] = value;
      }
    }
    all = more;
  }
  return all;
}

Spelling PlainSpelling(const std::vector<Variable>& variables) {
  Spelling spelling;
  for (const Variable& variable : variables) {
    std::string text = "{" + variable.name + (variable.padded ? ":02}" : "}");
    if (variable.kind == Variable::Kind::kPath) text = "{" + variable.name + "*}";
    if (variable.kind == Variable::Kind::kText) {
      text = "{" + variable.name + ":";
      for (const std::string& value : variable.values) text += value + "|";
      text.back() = '}';
    }
    spelling[variable.name] = text;
  }
  return spelling;
}

bool IsComplete(const Variable& variable) {
  if (variable.kind != Variable::Kind::kIndex) return false;
  std::vector<int> values;
  for (const std::string& value : variable.values) values.push_back(std::stoi(value));
  std::sort(values.begin(), values.end());
  for (size_t i = 0; i < values.size(); ++i) {
    if (values[i] != static_cast<int>(i)) return false;
  }
  return true;
}

}  // namespace weft::interpreter
