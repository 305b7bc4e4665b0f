#include "interpreter/interpreter.h"

#include <algorithm>
#include <memory>
#include <set>

#include "interpreter/stage.h"

namespace weft::interpreter {
namespace {

// The params of one mapping; of an included one, below those of the other.
struct Scope {
  Json params;
  Json given;
  std::shared_ptr<const Scope> outer;
  const Params* set = nullptr;  // of the outermost mapping

  int64_t LookUp(const std::string& name) const {
    const Lookup here = [this](const std::string& other) { return LookUp(other); };
    if (set != nullptr && set->count(name) > 0) return set->at(name);
    if (given.contains(name)) {
      return Evaluate(given.at(name),
                      [this](const std::string& other) { return outer->LookUp(other); });
    }
    if (!params.contains(name)) throw Refusal{ErrorCode::kUnknownParam, name};
    const Json& param = params.at(name);
    if (!param.is_object()) return Evaluate(param, here);
    if (!param.contains("default")) throw Refusal{ErrorCode::kUnknownParam, name};
    return Evaluate(param.at("default"), here);
  }
};

struct ScopedStage {
  Json when;  // null without
  Json rules = Json::array();
  Tables tables;
  std::shared_ptr<const Scope> scope;
  std::string from_prefix;  // of a change of prefixes, which has no rules
  std::string to_prefix;
  bool changes_prefix = false;
};

std::string Prefixed(const std::string& prefix, const std::string& name) {
  if (prefix.empty() || name[0] != '$') return prefix + name;
  return "$" + prefix + name.substr(1);
}

// Puts a prefix before all names of a piece of JSON: a text, or the first of [name, layout], or all
// of a list.
void PrefixNames(const std::string& prefix, bool with_layout, Json* json) {
  if (json->is_string()) *json = Prefixed(prefix, json->get<std::string>());
  if (!json->is_structured()) return;
  bool first = true;
  for (Json& item : *json) {
    if (first || !with_layout || json->is_object()) PrefixNames(prefix, with_layout, &item);
    first = false;
  }
}

Json PrefixedRule(const std::string& prefix, Json rule) {
  const bool has_layouts = rule.contains("from");
  for (const char* field : {"rename", "drop", "from", "convert", "to"}) {
    if (rule.contains(field)) PrefixNames(prefix, has_layouts, &rule[field]);
  }
  for (const char* field : {"unless", "copies"}) {
    if (rule.contains(field)) PrefixNames(prefix, false, &rule[field]);
  }
  return rule;
}

Json PrefixedGuard(const std::string& prefix, Json guard) {
  if (guard.is_array()) {
    for (Json& part : guard) part = PrefixedGuard(prefix, part);
    return guard;
  }
  for (const auto& [kind, body] : guard.items()) {
    if (kind == "has" || kind == "lacks") PrefixNames(prefix, false, &body);
    if (kind == "shape" || kind == "dtype") PrefixNames(prefix, false, &body["pattern"]);
    if (kind == "all" || kind == "any" || kind == "not") body = PrefixedGuard(prefix, body);
  }
  return guard;
}

// All stages of a mapping, those of included mappings in their place.
std::vector<ScopedStage> StagesOf(const Json& mapping, const Library& library,
                                  const std::shared_ptr<Scope>& scope, const std::string& prefix) {
  Tables tables;
  const Json written_tables = mapping.value("tables", Json::object());
  for (const auto& [name, entries] : written_tables.items()) {
    for (const auto& [left, right] : entries.items()) tables[name].emplace_back(left, right);
  }
  scope->params = mapping.value("params", Json::object());
  std::vector<ScopedStage> stages;
  for (const Json& stage : mapping.at("stages")) {
    ScopedStage scoped;
    scoped.tables = tables;
    scoped.scope = scope;
    if (stage.is_object() && stage.contains("include")) {
      auto inner = std::make_shared<Scope>();
      inner->given = stage.value("params", Json::object());
      inner->outer = scope;
      scoped.from_prefix = prefix + stage.value("from", "");
      scoped.to_prefix = prefix + stage.value("to", "");
      scoped.changes_prefix = true;
      for (ScopedStage& one :
           StagesOf(library.at(stage.at("include")), library, inner, scoped.from_prefix)) {
        stages.push_back(one);
      }
      if (scoped.from_prefix != scoped.to_prefix) stages.push_back(scoped);
      continue;
    }
    const Json& rules = stage.is_array() ? stage : stage.at("rules");
    if (stage.is_object() && stage.contains("when")) {
      scoped.when = PrefixedGuard(prefix, stage.at("when"));
    }
    for (const Json& rule : rules) scoped.rules.push_back(PrefixedRule(prefix, rule));
    stages.push_back(scoped);
  }
  return stages;
}

// Whether evidence holds.
bool Holds(const Json& guard, const ScopedStage& stage, const Lookup& lookup,
           const Tensors& tensors) {
  const std::string kind = guard.begin().key();
  const Json& body = guard.begin().value();
  const auto part = [&](const Json& inner) { return Holds(inner, stage, lookup, tensors); };
  if (kind == "not") return !part(body);
  if (kind == "all") return std::all_of(body.begin(), body.end(), part);
  if (kind == "any") return std::any_of(body.begin(), body.end(), part);
  if (kind == "param") return Evaluate(body, lookup) != 0;
  const NamePattern pattern(body.is_object() ? body.at("pattern") : body, Side::kFrom, stage.tables,
                            lookup);
  std::set<bool> verdicts;
  for (const auto& [name, array] : tensors) {
    if (pattern.Readings(name).empty()) continue;
    if (kind == "has" || kind == "lacks") return kind == "has";
    if (kind == "dtype") {
      verdicts.insert(array.dtype == body.at("is"));
    } else {
      Sizes shape;
      for (const Json& size : body.at("is")) {
        shape.push_back(static_cast<uint64_t>(Evaluate(size, lookup)));
      }
      verdicts.insert(array.shape == shape);
    }
  }
  if (kind == "has" || kind == "lacks") return kind == "lacks";
  if (verdicts.size() != 1) throw Refusal{ErrorCode::kMissingTensor, "undecided evidence"};
  return *verdicts.begin();
}

Tensors ChangePrefix(const std::string& from, const std::string& to, const Tensors& tensors,
                     std::set<std::string>* untouched) {
  Tensors result;
  for (const auto& [name, array] : tensors) {
    const bool has = name.size() > from.size() && name.compare(0, from.size(), from) == 0;
    if (has) untouched->erase(name);
    if (!result.emplace(has ? to + name.substr(from.size()) : name, array).second) {
      throw Refusal{ErrorCode::kNameCollision, name};
    }
  }
  return result;
}

}  // namespace

Tensors Interpret(const Json& mapping, const Library& library, const Params& set,
                  Direction direction, const Tensors& tensors, Record* record) {
  const auto scope = std::make_shared<Scope>();
  scope->set = &set;
  const std::vector<ScopedStage> stages = StagesOf(mapping, library, scope, "");
  const bool forward = direction == Direction::kForward;
  record->stage_ran.resize(stages.size());
  record->sizes.resize(stages.size());
  std::set<std::string> untouched;
  for (const auto& tensor : tensors) untouched.insert(tensor.first);
  Tensors current = tensors;
  bool values_differ = false;
  for (size_t step = 0; step < stages.size(); ++step) {
    const size_t s = forward ? step : stages.size() - 1 - step;
    const ScopedStage& stage = stages[s];
    if (stage.changes_prefix) {
      current = forward ? ChangePrefix(stage.from_prefix, stage.to_prefix, current, &untouched)
                        : ChangePrefix(stage.to_prefix, stage.from_prefix, current, &untouched);
      continue;
    }
    const Lookup lookup = [&](const std::string& name) { return stage.scope->LookUp(name); };
    if (forward) {
      record->stage_ran[s] = stage.when.is_null() || Holds(stage.when, stage, lookup, current);
    }
    if (!record->stage_ran[s]) continue;
    StageRun run(stage.rules, direction, stage.tables, lookup, &record->sizes[s]);
    current = run.Run(current, &untouched);
    values_differ = values_differ || run.values_differ();
  }
  const std::string others = mapping.value("others", "pass");
  if (others == "error" && !untouched.empty()) {
    throw Refusal{ErrorCode::kUnexpectedTensor, *untouched.begin()};
  }
  for (const std::string& name : untouched) {
    if (others == "drop") current.erase(name);
  }
  for (const auto& tensor : current) {
    if (tensor.first[0] == '$') throw Refusal{ErrorCode::kNoTargetName, tensor.first};
  }
  if (values_differ) throw Refusal{ErrorCode::kValuesDiffer, "tensors that must be equal"};
  return current;
}

}  // namespace weft::interpreter
