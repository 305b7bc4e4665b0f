#include "mapping/rule_prefix.h"

#include <variant>
#include <vector>

namespace weft {

std::string Prefixed(const std::string& prefix, const std::string& name) {
  if (prefix.empty()) return name;
  return !name.empty() && name[0] == '$' ? "$" + prefix + name.substr(1) : prefix + name;
}

namespace {

void AddPrefix(const std::string& prefix, std::vector<std::string>* names) {
  for (std::string& name : *names) name = Prefixed(prefix, name);
}

void AddPrefix(const std::string& prefix, std::vector<TensorPattern>* tensors) {
  for (TensorPattern& tensor : *tensors) {
    tensor.name = Prefixed(prefix, tensor.name);
    AddPrefix(prefix, &tensor.copies);
  }
}

}  // namespace

void AddPrefix(const std::string& prefix, Rule* rule) {
  if (prefix.empty()) return;
  RuleConditions* conditions = nullptr;
  if (auto* renaming = std::get_if<WeightRenaming>(rule)) {
    renaming->from = Prefixed(prefix, renaming->from);
    renaming->to = Prefixed(prefix, renaming->to);
    AddPrefix(prefix, &renaming->from_copies);
    AddPrefix(prefix, &renaming->to_copies);
    conditions = &renaming->conditions;
  } else if (auto* converter = std::get_if<WeightConverter>(rule)) {
    AddPrefix(prefix, &converter->from);
    AddPrefix(prefix, &converter->to);
    conditions = &converter->conditions;
  } else {
    auto& drop = std::get<WeightDrop>(*rule);
    drop.name = Prefixed(prefix, drop.name);
    conditions = &drop.conditions;
  }
  AddPrefix(prefix, &conditions->unless);
}

}  // namespace weft
