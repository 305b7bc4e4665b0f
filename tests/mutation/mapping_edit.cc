#include "mutation/mapping_edit.h"

#include <utility>

#include "mutation/pattern_edit.h"

namespace weft::mutation {
namespace {

using TextEdit = std::string (*)(const std::string&, Random&);

// The texts of a rule. All point into the mapping.
struct RuleTexts {
  std::vector<Json*> from;
  std::vector<Json*> to;
  std::vector<Json*> layouts;
};

// The parts of a mapping file that are edited. All point into the mapping.
struct Parts {
  std::vector<std::pair<Json*, size_t>> rules;  // a list, and a place in it
  std::vector<RuleTexts> texts;                 // parallel
  std::vector<std::pair<Json*, size_t>> includes;
};

// "name", ["name", "name"]
void CollectNames(Json& names, std::vector<Json*>& side) {
  if (names.is_string()) side.push_back(&names);
  if (!names.is_array()) return;
  for (Json& name : names) side.push_back(&name);
}

// ["name", "layout"], {"label": ["name", "layout"]}
void CollectTensors(Json& tensors, std::vector<Json*>& side, std::vector<Json*>& layouts) {
  if (tensors.is_array()) {
    side.push_back(&tensors.at(0));
    layouts.push_back(&tensors.at(1));
    return;
  }
  for (Json& tensor : tensors) CollectTensors(tensor, side, layouts);
}

RuleTexts TextsOf(Json& rule) {
  RuleTexts texts;
  if (rule.contains("from")) {
    CollectTensors(rule["from"], texts.from, texts.layouts);
    CollectTensors(rule["to"], texts.to, texts.layouts);
    return texts;
  }
  for (const char* word : {"rename", "drop", "convert"}) {
    if (rule.contains(word)) CollectNames(rule[word], texts.from);
  }
  if (rule.contains("to")) CollectNames(rule["to"], texts.to);
  return texts;
}

Parts PartsOf(Json& mapping) {
  Parts parts;
  Json& stages = mapping["stages"];
  for (size_t s = 0; s < stages.size(); ++s) {
    if (stages[s].contains("include")) {
      parts.includes.emplace_back(&stages, s);
      continue;
    }
    Json& rules = stages[s].is_array() ? stages[s] : stages[s]["rules"];
    for (size_t r = 0; r < rules.size(); ++r) {
      parts.rules.emplace_back(&rules, r);
      parts.texts.push_back(TextsOf(rules[r]));
    }
  }
  return parts;
}

std::vector<Json*> NamesOf(const Parts& parts, bool from) {
  std::vector<Json*> names;
  for (const RuleTexts& texts : parts.texts) {
    const std::vector<Json*>& side = from ? texts.from : texts.to;
    names.insert(names.end(), side.begin(), side.end());
  }
  return names;
}

// Edits one of `texts`, the first of a random order that changes. False when none does.
bool EditOne(std::vector<Json*> texts, TextEdit edit, Random& random) {
  while (!texts.empty()) {
    const size_t place = random.Below(texts.size());
    Json& text = *texts[place];
    std::string changed = edit(text.get<std::string>(), random);
    if (changed != text.get<std::string>()) {
      text = std::move(changed);
      return true;
    }
    texts.erase(texts.begin() + static_cast<std::ptrdiff_t>(place));
  }
  return false;
}

bool EditName(const Parts& parts, TextEdit edit, Random& random) {
  const bool from = random.Half();
  return EditOne(NamesOf(parts, from), edit, random) ||
         EditOne(NamesOf(parts, !from), edit, random);
}

std::vector<std::string> BracesOf(const RuleTexts& texts) {
  std::vector<std::string> all;
  for (const auto* side : {&texts.from, &texts.to}) {
    for (const Json* name : *side) {
      const std::string text = name->get<std::string>();
      for (size_t begin = text.find('{'); begin != std::string::npos;
           begin = text.find('{', begin + 1)) {
        all.push_back(text.substr(begin, text.find('}', begin) + 1 - begin));
      }
    }
  }
  return all;
}

// Edits a variable of a rule in all names alike.
bool EditVariable(const Parts& parts, TextEdit edit, Random& random) {
  if (parts.texts.empty()) return false;
  const RuleTexts& texts = random.Pick(parts.texts);
  const std::vector<std::string> all = BracesOf(texts);
  if (all.empty()) return false;
  const std::string& braces = random.Pick(all);
  const std::string changed = edit(braces, random);
  if (changed == braces) return false;
  for (const auto* side : {&texts.from, &texts.to}) {
    for (Json* name : *side) {
      std::string text = name->get<std::string>();
      const size_t at = text.find(braces);
      if (at != std::string::npos) *name = text.replace(at, braces.size(), changed);
    }
  }
  return true;
}

bool EditNameOrVariable(const Parts& parts, TextEdit edit, Random& random) {
  return random.Half() ? EditVariable(parts, edit, random) : EditName(parts, edit, random);
}

bool DropRule(const Parts& parts, Random& random) {
  std::vector<std::pair<Json*, size_t>> all = parts.rules;
  all.insert(all.end(), parts.includes.begin(), parts.includes.end());
  const auto [list, place] = random.Pick(all);
  list->erase(place);
  return true;
}

bool SwapNames(const Parts& parts, Random& random) {
  const bool from = random.Half();
  for (const bool side : {from, !from}) {
    const std::vector<Json*> names = NamesOf(parts, side);
    if (names.size() < 2) continue;
    const auto [first, second] = random.Two(names.size());
    std::swap(*names[first], *names[second]);
    return true;
  }
  return false;
}

bool SwapInRule(const Parts& parts, Random& random) {
  std::vector<const std::vector<Json*>*> sides;
  for (const RuleTexts& texts : parts.texts) {
    for (const auto* side : {&texts.from, &texts.to}) {
      if (side->size() > 1) sides.push_back(side);
    }
  }
  if (sides.empty()) return false;
  const std::vector<Json*>& names = *random.Pick(sides);
  const auto [first, second] = random.Two(names.size());
  std::swap(*names[first], *names[second]);
  return true;
}

bool ChangeLayoutOfRule(const Parts& parts, Random& random) {
  std::vector<Json*> layouts;
  for (const RuleTexts& texts : parts.texts) {
    layouts.insert(layouts.end(), texts.layouts.begin(), texts.layouts.end());
  }
  return EditOne(layouts, ChangeLayout, random);
}

bool ChangeOperation(const Parts& parts, Random& random) {
  std::vector<Json*> chains;
  for (const auto& [list, place] : parts.rules) {
    Json& rule = (*list)[place];
    if (rule.contains("operations")) chains.push_back(&rule["operations"]);
  }
  if (chains.empty()) return false;
  Json& chain = *random.Pick(chains);
  const size_t way = random.Below(5);
  if (way == 0 && chain.size() > 1) {
    chain.erase(random.Below(chain.size()));
  } else if (way == 1 && chain.size() > 1) {
    std::swap(chain[0], chain[1]);
  } else if (way == 2) {
    chain.push_back(chain[random.Below(chain.size())]);
  } else if (way == 3) {
    Json transpose = {{"op", "Transpose"}, {"dim0", 0}, {"dim1", 1}};
    chain.insert(chain.begin() + static_cast<std::ptrdiff_t>(random.Below(chain.size() + 1)),
                 std::move(transpose));
  } else {
    std::vector<Json*> dims;
    for (Json& operation : chain) {
      for (const char* word : {"dim", "stack_dim", "concat_dim"}) {
        if (operation.contains(word)) dims.push_back(&operation[word]);
      }
    }
    Json& dim = *random.Pick(dims);
    dim = dim.get<int>() == 0 ? 1 : static_cast<int>(random.Below(2)) * 2;
  }
  return true;
}

// One more rule that takes, or makes, what another does.
bool Overlap(const Parts& parts, Random& random) {
  const auto [list, place] = random.Pick(parts.rules);
  Json rule = (*list)[place];
  RuleTexts texts = TextsOf(rule);
  const size_t way = random.Below(3);
  const std::vector<Json*>& side = way == 0 || texts.to.empty() ? texts.from : texts.to;
  const TextEdit edit = way == 2 ? ChangeKind : ChangeLiteral;
  if (!EditOne(side, edit, random)) return false;
  list->insert(list->begin() + static_cast<std::ptrdiff_t>(place), std::move(rule));
  return true;
}

bool ChangeTable(Json& mapping, Random& random) {
  if (!mapping.contains("tables")) return false;
  std::vector<Json*> tables;
  for (Json& table : mapping["tables"]) tables.push_back(&table);
  Json& table = *random.Pick(tables);
  std::vector<std::pair<std::string, std::string>> entries;
  for (const auto& [left, right] : table.items()) entries.emplace_back(left, right);
  const auto [one, other] = random.Two(entries.size());
  switch (random.Below(4)) {
    case 0:
      std::swap(entries[one].second, entries[other].second);
      break;
    case 1:
      entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(one));
      break;
    case 2:
      entries[one].second += "_x";
      break;
    default:
      entries[one].first += "_x";
  }
  table = Json::object();
  for (auto& [left, right] : entries) table[left] = std::move(right);
  return true;
}

bool AddDrop(const Parts& parts, const std::vector<std::string>& keys, Random& random) {
  if (parts.rules.empty()) return false;
  std::string name = random.Pick(keys);
  if (random.Half()) {
    for (size_t at = name.find(".0."); at != std::string::npos; at = name.find(".0.")) {
      name.replace(at, 3, ".{i}.");
    }
  }
  const auto [list, place] = random.Pick(parts.rules);
  list->insert(list->begin() + static_cast<std::ptrdiff_t>(place), Json{{"drop", name}});
  return true;
}

bool ChangeRule(const Parts& parts, Random& random) {
  const auto [list, place] = random.Pick(parts.rules);
  Json& rule = (*list)[place];
  const size_t way = random.Below(6);
  if (way == 0 && rule.contains("sizes")) {
    rule.erase("sizes");
  } else if (way == 1 && rule.contains("sizes")) {
    Json& sizes = rule["sizes"];
    for (Json& size : sizes) size = "1 + " + size.get<std::string>();
  } else if (way == 2 && rule.contains("copies")) {
    rule.erase("copies");
  } else if (way == 3) {
    rule["direction"] = rule.contains("drop") || random.Half() ? "forward" : "reverse";
  } else if (way == 4 && rule.contains("to")) {
    rule["unless"] = *TextsOf(rule).from.front();
  } else {
    rule["when"] = random.Half() ? Json(false) : Json("config.num_hidden_layers == 77");
  }
  return true;
}

bool ChangeStages(Json& mapping, Random& random) {
  Json& stages = mapping["stages"];
  for (Json& stage : stages) {
    if (!stage.contains("when") || random.Half()) continue;
    stage.erase("when");
    return true;
  }
  if (stages.size() < 2) return false;
  const auto [first, second] = random.Two(stages.size());
  std::swap(stages[first], stages[second]);
  return true;
}

bool Edit(Json& mapping, EditKind kind, const std::vector<std::string>& keys, Random& random) {
  const Parts parts = PartsOf(mapping);
  switch (kind) {
    case EditKind::kDropRule:
      return DropRule(parts, random);
    case EditKind::kSwapNames:
      return SwapNames(parts, random);
    case EditKind::kSwapInRule:
      return SwapInRule(parts, random);
    case EditKind::kLoseVariable:
      return EditName(parts, LoseVariable, random);
    case EditKind::kChangeLiteral:
      return EditName(parts, ChangeLiteral, random);
    case EditKind::kChangeIndexSet:
      return EditNameOrVariable(parts, ChangeIndexSet, random);
    case EditKind::kChangeKind:
      return EditNameOrVariable(parts, ChangeKind, random);
    case EditKind::kAlternatives:
      return EditNameOrVariable(parts, ChangeAlternatives, random);
    case EditKind::kChangeLayout:
      return ChangeLayoutOfRule(parts, random);
    case EditKind::kChangeOperation:
      return ChangeOperation(parts, random);
    case EditKind::kOverlap:
      return Overlap(parts, random);
    case EditKind::kChangeTable:
      return ChangeTable(mapping, random);
    case EditKind::kAddDrop:
      return AddDrop(parts, keys, random);
    case EditKind::kChangeRule:
      return ChangeRule(parts, random);
    case EditKind::kChangeStages:
      return ChangeStages(mapping, random);
  }
  return false;
}

}  // namespace

std::string_view NameOf(EditKind kind) {
  switch (kind) {
    case EditKind::kDropRule:
      return "drop a rule";
    case EditKind::kSwapNames:
      return "swap two names";
    case EditKind::kSwapInRule:
      return "swap two names of a rule";
    case EditKind::kLoseVariable:
      return "lose a variable";
    case EditKind::kChangeLiteral:
      return "change a literal";
    case EditKind::kChangeIndexSet:
      return "change an index set";
    case EditKind::kChangeKind:
      return "widen or narrow a variable";
    case EditKind::kAlternatives:
      return "change alternatives";
    case EditKind::kChangeLayout:
      return "change a layout";
    case EditKind::kChangeOperation:
      return "change an operation";
    case EditKind::kOverlap:
      return "overlap two rules";
    case EditKind::kChangeTable:
      return "change a table";
    case EditKind::kAddDrop:
      return "drop a tensor";
    case EditKind::kChangeRule:
      return "change sizes, conditions, copies";
    case EditKind::kChangeStages:
      return "change stages";
  }
  return "";
}

std::optional<Json> Edited(const Json& mapping, EditKind kind, const std::vector<std::string>& keys,
                           Random& random) {
  Json edited = mapping;
  if (!Edit(edited, kind, keys, random) || edited == mapping) return std::nullopt;
  return edited;
}

}  // namespace weft::mutation
