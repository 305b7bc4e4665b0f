#include "interpreter/stage.h"

#include <algorithm>

#include "interpreter/axis_layout.h"

namespace weft::interpreter {

StageRun::StageRun(const Json& rules, Direction direction, const Tables& tables,
                   const Lookup& lookup,
                   std::map<std::string, std::map<std::string, uint64_t>>* sizes)
    : direction_(direction), lookup_(lookup), sizes_(*sizes) {
  for (const Json& rule : rules) rules_.emplace_back(rule, tables, lookup);
}

bool StageRun::IsTurned(const StageRule& rule) const {
  return direction_ == Direction::kReverse && rule.direction != "reverse";
}

bool StageRun::Acts(const StageRule& rule, Direction direction) const {
  if (direction == Direction::kForward) return rule.direction != "reverse";
  return rule.direction != "forward" && !rule.drops;
}

const std::vector<RuleTensor>& StageRun::ReadSide(const StageRule& rule) const {
  return IsTurned(rule) ? rule.to : rule.from;
}

const std::vector<RuleTensor>& StageRun::WrittenSide(const StageRule& rule) const {
  return IsTurned(rule) ? rule.from : rule.to;
}

// --- Which rule takes a name.

std::vector<StageRun::Reading> StageRun::ReadingsOf(const StageRule& rule,
                                                    const std::vector<RuleTensor>& side,
                                                    const std::string& name) const {
  std::vector<Reading> result;
  bool ambiguous = false;
  for (size_t t = 0; t < side.size(); ++t) {
    for (size_t n = 0; n < side[t].names.size(); ++n) {
      const std::set<Values> readings = side[t].names[n].Readings(name);
      ambiguous = ambiguous || readings.size() > 1;
      for (const Values& values : readings) result.push_back({t, n, values});
    }
  }
  if (result.empty()) return {};
  if (rule.json.contains("when") && Evaluate(rule.json.at("when"), lookup_) == 0) return {};
  if (ambiguous) throw Refusal{ErrorCode::kAmbiguousKey, name};
  return result;
}

// `otherwise` aside.
std::vector<StageRun::Reading> StageRun::TakenForward(const StageRule& rule,
                                                      const std::string& name) const {
  for (const NamePattern& pattern : rule.unless) {
    const std::set<Values> readings = pattern.Readings(name);
    if (readings.size() > 1) throw Refusal{ErrorCode::kAmbiguousKey, name};
    if (!readings.empty()) return {};
  }
  return ReadingsOf(rule, rule.from, name);
}

// Whether the rule, read forward, takes the names that it would give here.
bool StageRun::WouldGive(const StageRule& rule, const Values& values) const {
  for (size_t t = 0; t < rule.from.size(); ++t) {
    const NamePattern& pattern = rule.from[t].names.front();
    Values all = values;
    const std::vector<std::string> lists = ListsOf(rule, rule.from[t], false);
    for (const std::string& variable : pattern.Variables()) {
      if (rule.variables.count(variable) > 0) continue;
      const bool is_list = std::find(lists.begin(), lists.end(), variable) != lists.end();
      const auto listed = pattern.Listed(variable);
      all[variable] = is_list || !listed || listed->empty() ? "0" : listed->front();
    }
    const std::optional<std::string> name = pattern.Make(all);
    if (!name) return false;
    bool taken = false;
    for (const Reading& reading : TakenForward(rule, *name)) {
      bool same = reading.tensor == t && reading.name == 0;
      for (const auto& [variable, value] : reading.values) same = same && all[variable] == value;
      taken = taken || same;
    }
    if (!taken) return false;
    if (!rule.otherwise) continue;
    for (const StageRule& other : rules_) {
      if (&other == &rule || !Acts(other, Direction::kForward)) continue;
      if (!TakenForward(other, *name).empty()) return false;
    }
  }
  return true;
}

std::vector<StageRun::Reading> StageRun::Takes(const StageRule& rule,
                                               const std::string& name) const {
  if (!Acts(rule, direction_)) return {};
  if (!IsTurned(rule)) return TakenForward(rule, name);
  std::vector<Reading> taken;
  for (const Reading& reading : ReadingsOf(rule, rule.to, name)) {
    if (WouldGive(rule, reading.values)) taken.push_back(reading);
  }
  return taken;
}

std::vector<size_t> StageRun::RulesThatTake(const std::string& name) const {
  std::vector<size_t> rules;
  std::vector<size_t> last_resort;
  for (size_t r = 0; r < rules_.size(); ++r) {
    if (Takes(rules_[r], name).empty()) continue;
    const bool yields = rules_[r].otherwise && !IsTurned(rules_[r]);
    (yields ? last_resort : rules).push_back(r);
  }
  return rules.empty() ? last_resort : rules;
}

// --- Lists, and variables that stand for equal tensors.

std::vector<std::string> StageRun::ListsOf(const StageRule& rule, const RuleTensor& tensor,
                                           bool of_read_side) const {
  const bool is_from = of_read_side != IsTurned(rule);
  std::set<std::string> axes;
  for (const RuleTensor& other : is_from ? rule.to : rule.from) {
    if (rule.has_layouts) axes.merge(AxisLayout(other.layout).AxisNames());
  }
  for (const Json& operation : rule.json.value("operations", Json::array())) {
    const std::string name = operation.at("op");
    if (name == (is_from ? "MergeModulelist" : "SplitModulelist")) {
      axes.insert(operation.at("over").get<std::string>());
    }
  }
  std::vector<std::string> lists;
  for (const std::string& variable : tensor.names.front().Variables()) {
    if (rule.variables.count(variable) == 0 && axes.count(variable) > 0) lists.push_back(variable);
  }
  return lists;
}

std::vector<std::string> StageRun::ValuesOfReplicated(const StageRule& rule,
                                                      const NamePattern& name,
                                                      const std::string& variable) const {
  if (const auto listed = name.Listed(variable)) return *listed;
  const Json sizes = rule.json.value("sizes", Json::object());
  int64_t count = 0;
  try {
    count = Evaluate(sizes.contains(variable) ? sizes.at(variable) : Json(variable), lookup_);
  } catch (const Refusal&) {
    throw Refusal{ErrorCode::kUnknownVariable, variable};
  }
  std::vector<std::string> values;
  for (int64_t i = 0; i < count; ++i) values.push_back(std::to_string(i));
  return values;
}

// --- What a rule makes.

std::vector<Slot> StageRun::SlotsOf(const StageRule& rule,
                                    const std::vector<std::pair<std::string, Reading>>& taken,
                                    const Tensors& tensors) {
  std::vector<Slot> slots;
  std::map<std::string, uint64_t> lengths;
  for (size_t t = 0; t < ReadSide(rule).size(); ++t) {
    Slot slot;
    slot.variables = ListsOf(rule, ReadSide(rule)[t], true);
    for (const auto& [name, reading] : taken) {
      if (reading.tensor != t) continue;
      Sizes index;
      for (const std::string& variable : slot.variables) {
        index.push_back(std::stoull(reading.values.at(variable)));
        lengths[variable] = std::max(lengths[variable], index.back() + 1);
      }
      const Array& array = tensors.at(name);
      const auto [first, added] = slot.items.try_emplace(index, array);
      if (added) continue;
      if (first->second.dtype != array.dtype) throw Refusal{ErrorCode::kDtypesDiffer, name};
      if (first->second.shape != array.shape) throw Refusal{ErrorCode::kWrongShape, name};
      if (first->second.elements != array.elements) values_differ_ = true;
    }
    if (slot.items.empty()) throw Refusal{ErrorCode::kMissingTensor, "a tensor of the rule"};
    slots.push_back(slot);
  }
  for (const Slot& slot : slots) {
    Sizes sizes;
    for (const std::string& variable : slot.variables) sizes.push_back(lengths[variable]);
    if (slot.items.size() != Product(sizes)) throw Refusal{ErrorCode::kIncompleteList, "a list"};
  }
  return slots;
}

std::vector<std::string> StageRun::NamesOf(const StageRule& rule, const RuleTensor& tensor,
                                           const Values& values) const {
  std::vector<std::string> names;
  for (const NamePattern& pattern : tensor.names) {
    std::vector<Values> all = {values};
    for (const std::string& variable : pattern.Variables()) {
      if (values.count(variable) > 0) continue;
      std::vector<Values> more;
      for (const Values& known : all) {
        for (const std::string& value : ValuesOfReplicated(rule, pattern, variable)) {
          more.push_back(known);
          more.back()[variable] = value;
        }
      }
      all = more;
    }
    for (const Values& known : all) {
      const std::optional<std::string> name = pattern.Make(known);
      if (!name || name->empty()) throw Refusal{ErrorCode::kNoTargetName, "a value has no name"};
      names.push_back(*name);
    }
  }
  return names;
}

Tensors StageRun::RunGroup(size_t rule_index, const Values& values,
                           const std::vector<std::pair<std::string, Reading>>& taken,
                           const Tensors& tensors) {
  const StageRule& rule = rules_[rule_index];
  const Lookup lookup = [&](const std::string& name) {
    const auto index = values.find(name);
    return index != values.end() ? std::stoll(index->second) : lookup_(name);
  };
  RuleGroup group;
  group.rule = &rule;
  group.turned = IsTurned(rule);
  group.read = SlotsOf(rule, taken, tensors);
  for (const RuleTensor& tensor : WrittenSide(rule)) {
    group.written_lists.push_back(ListsOf(rule, tensor, false));
  }
  group.lookup = &lookup;
  group.recorded = &sizes_[std::to_string(rule_index)];
  group.values_differ = &values_differ_;
  Tensors made;
  const std::vector<Slot> slots = ValuesOfRule(group);
  for (size_t t = 0; t < slots.size(); ++t) {
    for (const auto& [index, array] : slots[t].items) {
      Values all = values;
      for (size_t i = 0; i < index.size(); ++i) {
        all[group.written_lists[t][i]] = std::to_string(index[i]);
      }
      for (const std::string& name : NamesOf(rule, WrittenSide(rule)[t], all)) {
        if (!made.emplace(name, array).second) throw Refusal{ErrorCode::kTwoRulesOneTarget, name};
      }
    }
  }
  return made;
}

Tensors StageRun::Run(const Tensors& tensors, std::set<std::string>* untouched) {
  Tensors result;
  Tensors passing;
  Groups groups;
  std::set<std::string> still_untouched;
  for (const auto& [name, array] : tensors) {
    const std::vector<size_t> rules = RulesThatTake(name);
    if (rules.size() > 1) throw Refusal{ErrorCode::kTwoRulesOneTensor, name};
    if (rules.empty()) {
      passing[name] = array;
      if (untouched->count(name) > 0) still_untouched.insert(name);
      continue;
    }
    const StageRule& rule = rules_[rules.front()];
    if (rule.drops) continue;
    for (const Reading& reading : Takes(rule, name)) {
      Values shared;
      for (const auto& [variable, value] : reading.values) {
        if (rule.variables.count(variable) > 0) shared[variable] = value;
      }
      groups[{rules.front(), shared}].emplace_back(name, reading);
    }
  }
  for (const auto& [key, taken] : groups) {
    for (auto& [name, array] : RunGroup(key.first, key.second, taken, tensors)) {
      if (!result.emplace(name, array).second) throw Refusal{ErrorCode::kTwoRulesOneTarget, name};
    }
  }
  for (const auto& [name, array] : passing) {
    if (!result.emplace(name, array).second) throw Refusal{ErrorCode::kNameCollision, name};
  }
  *untouched = still_untouched;
  return result;
}

}  // namespace weft::interpreter
