#include "interpreter/random_mapping.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "interpreter/rule_maker.h"
#include "interpreter/unit.h"

namespace weft::interpreter {
namespace {

const std::string kInside = "vis";  // before the names that an included mapping is for

uint32_t BitsOfPadding(const Unit& unit) {
  const std::string& constant = unit.padding->constant;
  if (constant == "1") return unit.dtype == "F32" ? 0x3f800000u : 1u;
  return constant == "-inf" ? 0xff800000u : 0u;
}

// The first stages' input.
class CheckpointMaker {
 public:
  CheckpointMaker(Vocabulary& vocabulary, Tensors* tensors)
      : vocabulary_(vocabulary), random_(vocabulary.random), tensors_(*tensors) {}

  Unit Make() {
    Unit unit;
    unit.dtype = random_.Chance(3) ? "I32" : "F32";
    AddVariables(&unit);
    AddMembers(&unit);
    if (random_.Chance(6) && unit.members.size() == 1 && !unit.members[0].shape.empty()) {
      Unit::Padding padding;
      padding.axis = random_.Below(unit.members[0].shape.size());
      padding.size = 1 + random_.Below(2);
      if (random_.Chance(3)) padding.constant = "1";
      if (padding.constant.empty()) padding.constant = "0";
      unit.members[0].shape[padding.axis] += padding.size;
      unit.padding = padding;
    }
    AddTensors(unit);
    return unit;
  }

 private:
  void AddVariables(Unit* unit) {
    const size_t count = random_.Below(3);
    for (size_t v = 0; v < count; ++v) {
      Variable variable;
      switch (random_.Below(6)) {
        case 0:
          variable.kind = Variable::Kind::kText;
          variable.values = {"weight", "bias", "conv.weight"};
          variable.values.resize(1 + random_.Below(3));
          break;
        case 1:
          if (v > 0) continue;  // one path in a name
          variable.kind = Variable::Kind::kPath;
          variable.values = {"m", "m.n", ""};
          variable.values.resize(1 + random_.Below(3));
          break;
        default: {
          variable.padded = random_.Chance(6);
          const size_t first = random_.Chance(3) ? random_.Below(12) : 0;
          const size_t step = first > 0 && random_.Chance(2) ? 2 : 1;
          const size_t values = 1 + random_.Below(3);
          for (size_t i = 0; i < values; ++i) {
            std::string value = std::to_string(first + step * i);
            if (variable.padded && value.size() < 2) value.insert(0, "0");
            variable.values.push_back(value);
          }
          if (random_.Chance(6)) unit->equal_over = "?";
          break;
        }
      }
      static const char* const kNames[] = {"i", "t", "p"};
      variable.name = vocabulary_.NewName(kNames[static_cast<size_t>(variable.kind)]);
      if (unit->equal_over == "?") unit->equal_over = variable.name;
      unit->variables.push_back(variable);
    }
  }

  void AddMembers(Unit* unit) {
    std::vector<std::string> pieces;
    for (const Variable& variable : unit->variables) pieces.push_back("{" + variable.name + "}");
    random_.Shuffle(pieces);
    static const std::vector<uint64_t> kSizes = {1, 2, 2, 3, 4, 4, 6};
    Sizes shape;
    for (size_t rank = random_.Below(4); rank > 0; --rank) shape.push_back(random_.Pick(kSizes));
    if (random_.Chance(40) && !shape.empty()) shape[0] = 0;
    const size_t join = shape.empty() ? 0 : random_.Below(shape.size());
    const size_t count = random_.Chance(2) ? 1 : 1 + random_.Below(3);
    unit->tied = count > 1 && random_.Chance(3);
    const bool inside = random_.Chance(3);
    const size_t place = random_.Below(pieces.size() + 1);
    for (size_t m = 0; m < count; ++m) {
      Member member{pieces, shape};
      if (!unit->tied && !shape.empty() && random_.Chance(2)) {
        member.shape[join] = random_.Pick(kSizes);
      }
      member.pieces.insert(member.pieces.begin() + static_cast<std::ptrdiff_t>(place),
                           vocabulary_.NewName("w"));
      if (inside) member.pieces.insert(member.pieces.begin(), kInside);
      unit->members.push_back(member);
    }
  }

  void AddTensors(const Unit& unit) {
    for (const Spelling& values : AllValues(unit.variables)) {
      for (size_t m = 0; m < unit.members.size(); ++m) {
        const Member& member = unit.members[m];
        Spelling first = values;
        if (!unit.equal_over.empty()) {
          for (const Variable& variable : unit.variables) {
            if (variable.name == unit.equal_over) first[variable.name] = variable.values.front();
          }
        }
        const auto equal = tensors_.find(NameOf(unit.members[unit.tied ? 0 : m].pieces, first));
        tensors_[NameOf(member.pieces, values)] =
            equal != tensors_.end() ? equal->second : NewArray(unit, member.shape);
      }
    }
  }

  Array NewArray(const Unit& unit, const Sizes& shape) {
    return Build(unit.dtype, shape, [&](const Sizes& index) {
      const bool pads = unit.padding &&
                        index[unit.padding->axis] + unit.padding->size >= shape[unit.padding->axis];
      return pads ? BitsOfPadding(unit) : next_element_++;
    });
  }

  Vocabulary& vocabulary_;
  Random& random_;
  Tensors& tensors_;
  uint32_t next_element_ = 0x40000000;  // 2.0 and what follows
};

// Whether a mapping uses a param.
bool Uses(const Json& mapping, const std::string& param) {
  const std::string text = mapping.dump();
  for (size_t at = text.find(param); at != std::string::npos; at = text.find(param, at + 1)) {
    const char behind = text[at + param.size()];
    if (behind < '0' || behind > '9') return true;
  }
  return false;
}

// The stages of one mapping file.
class StagesMaker {
 public:
  StagesMaker(Random& random, int* next_number, std::vector<Unit> units, Library* library)
      : random_(random),
        vocabulary_{random, *next_number},
        units_(std::move(units)),
        library_(library) {}

  Json Make(size_t count) {
    Json stages = Json::array();
    for (size_t s = 0; s < count; ++s) {
      const bool temporaries = std::any_of(units_.begin(), units_.end(),
                                           [](const Unit& unit) { return unit.temporary; });
      if (library_ != nullptr && !temporaries && random_.Chance(3)) AddInclude(&stages);
      const bool guarded = !temporaries && !guarded_next_ && random_.Chance(4);
      const bool holds = !guarded || random_.Chance(2);
      guarded_next_ = random_.Chance(4);
      makes_temporaries_ = s + 1 < count && holds && guarded_next_;
      Json stage = Json::array();
      Json guard;
      if (guarded) guard = Guard(holds, 2);
      const std::vector<Unit> before = units_;
      stage = MakeRules();
      if (!holds) units_ = before;
      if (guarded || random_.Chance(4)) {
        Json named = {{"rules", stage}};
        if (random_.Chance(2)) named["name"] = vocabulary_.NewName("stage");
        if (guarded) named["when"] = guard;
        stage = named;
      }
      stages.push_back(stage);
    }
    return stages;
  }

  Vocabulary& vocabulary() { return vocabulary_; }
  const std::vector<Unit>& units() const { return units_; }

 private:
  std::string NewRoot() {
    return vocabulary_.NewName(makes_temporaries_ && random_.Chance(2) ? "$r" : "r");
  }

  Json MakeRules() {
    Json rules = Json::array();
    std::vector<Unit> next;
    std::vector<Unit> left;
    for (const Unit& unit : units_) {
      if (!unit.temporary && random_.Chance(4)) {
        left.push_back(unit);
        continue;
      }
      for (const Unit& part : Parts(unit)) AddRule(part, &rules, &next, &left);
    }
    if (rules.empty() || random_.Chance(8)) AddOtherwise(&rules, &left);
    if (random_.Chance(10)) {
      rules.push_back({{"rename", "absent.{i}"}, {"to", NewRoot() + ".{i}"}});
    }
    next.insert(next.end(), left.begin(), left.end());
    units_ = next;
    for (size_t i = rules.size(); i > 1; --i) std::swap(rules[i - 1], rules[random_.Below(i)]);
    return rules;
  }

  // The unit, or each of its members for itself.
  std::vector<Unit> Parts(const Unit& unit) {
    if (unit.members.size() == 1 || !random_.Chance(3)) return {unit};
    std::vector<Unit> parts;
    for (const Member& member : unit.members) {
      parts.push_back(unit);
      parts.back().members = {member};
      parts.back().tied = false;
    }
    return parts;
  }

  void AddRule(const Unit& unit, Json* rules, std::vector<Unit>* next, std::vector<Unit>* left) {
    if (!unit.temporary && random_.Chance(14)) {
      for (const Member& member : unit.members) {
        rules->push_back({{"drop", NameOf(member.pieces, PlainSpelling(unit.variables))}});
      }
      return;
    }
    std::optional<MadeRule> made;
    const size_t choice = random_.Below(5);
    if (choice < 2) made = MakeLayoutRule(vocabulary_, unit, NewRoot());
    if (choice == 2) made = MakeOperationRule(vocabulary_, unit, NewRoot());
    if (!made && (unit.members.size() == 1 || unit.tied)) {
      made = MakeRenaming(vocabulary_, unit, NewRoot());
    }
    if (!made) {
      for (const Member& member : unit.members) {
        Unit part = unit;
        part.members = {member};
        part.tied = false;
        AddRule(part, rules, next, left);
      }
      return;
    }
    const bool acts = unit.temporary || !random_.Chance(10);
    if (!acts || random_.Chance(10)) made->rule["when"] = vocabulary_.Condition(acts);
    if (acts && random_.Chance(40)) made->rule["direction"] = "forward";
    rules->push_back(made->rule);
    if (!acts) {
      left->push_back(unit);
      return;
    }
    next->insert(next->end(), made->made.begin(), made->made.end());
    left->insert(left->end(), made->left.begin(), made->left.end());
  }

  void AddOtherwise(Json* rules, std::vector<Unit>* left) {
    const std::string root = vocabulary_.NewName("o");
    rules->push_back({{"rename", "{rest*}"}, {"to", root + ".{rest*}"}, {"otherwise", true}});
    for (Unit& unit : *left) {
      for (Member& member : unit.members) member.pieces.insert(member.pieces.begin(), root);
    }
  }

  // Whether a name may be read in two ways: a path beside a text with dots.
  static bool IsAmbiguous(const Unit& unit) {
    bool has_path = false;
    bool has_dots = false;
    for (const Variable& variable : unit.variables) {
      if (variable.kind == Variable::Kind::kPath) has_path = true;
      if (variable.kind != Variable::Kind::kText) continue;
      for (const std::string& value : variable.values) {
        has_dots = has_dots || value.find('.') != std::string::npos;
      }
    }
    return has_path && has_dots;
  }

  // Evidence that holds, or does not.
  Json Guard(bool holds, int depth) {
    if (std::any_of(units_.begin(), units_.end(), IsAmbiguous) || units_.empty())
      return {{"param", vocabulary_.Condition(holds)}};
    const Unit& unit = random_.Pick(units_);
    const Member& member = unit.members.front();
    const std::string pattern = NameOf(member.pieces, PlainSpelling(unit.variables));
    switch (random_.Below(depth > 0 ? 7 : 4)) {
      case 0:
        return {{"param", vocabulary_.Condition(holds)}};
      case 1:
        return {{holds ? "has" : "lacks", pattern}};
      case 2:
        return {{holds ? "lacks" : "has", "absent.{i}"}};
      case 3: {
        const std::string other = unit.dtype == "F32" ? "I32" : "F32";
        if (random_.Chance(2)) {
          return {{"dtype", {{"pattern", pattern}, {"is", holds ? unit.dtype : other}}}};
        }
        Json shape = Json::array();
        for (const uint64_t size : member.shape) {
          shape.push_back(vocabulary_.Number(static_cast<int64_t>(size)));
        }
        if (!holds) shape.push_back(1);
        return {{"shape", {{"pattern", pattern}, {"is", shape}}}};
      }
      case 4:
        return {{"not", Guard(!holds, depth - 1)}};
      default: {
        const bool all = random_.Chance(2);
        Json parts = Json::array({Guard(holds, depth - 1)});
        parts.push_back(Guard(all ? true : false, depth - 1));
        if (random_.Chance(2)) std::swap(parts[0], parts[1]);
        return {{all ? "all" : "any", parts}};
      }
    }
  }

  void AddInclude(Json* stages) {
    std::vector<Unit> inside;
    std::vector<Unit> outside;
    for (Unit& unit : units_) {
      const bool is_inside = unit.members.front().pieces.front() == kInside;
      (is_inside ? inside : outside).push_back(unit);
    }
    if (inside.empty()) return;
    for (Unit& unit : inside) {
      for (Member& member : unit.members) member.pieces.erase(member.pieces.begin());
    }
    StagesMaker inner(random_, &vocabulary_.next_number, inside, nullptr);
    Json mapping = {{"weft", 1}};
    const std::string name = vocabulary_.NewName("part");
    if (random_.Chance(2)) mapping["name"] = name;
    mapping["stages"] = inner.Make(1 + random_.Below(2));
    if (!inner.vocabulary().tables.empty()) mapping["tables"] = inner.vocabulary().tables;
    const std::string to = random_.Chance(4) ? kInside : vocabulary_.NewName("tower");
    Json include = {{"include", name}, {"from", kInside + "."}, {"to", to + "."}};
    for (const auto& [param, value] : inner.vocabulary().params) {
      if (Uses(mapping, param) && random_.Chance(2)) {
        include["params"][param] = vocabulary_.Number(value);
        if (random_.Chance(2)) mapping["params"][param] = value + 1;  // what is given wins
      } else {
        mapping["params"][param] = random_.Chance(2) ? Json(value) : Json{{"default", value}};
      }
    }
    (*library_)[name] = mapping;
    stages->push_back(include);
    units_ = outside;
    for (Unit unit : inner.units()) {
      for (Member& member : unit.members) member.pieces.insert(member.pieces.begin(), to);
      units_.push_back(unit);
    }
  }

  Random& random_;
  Vocabulary vocabulary_;
  std::vector<Unit> units_;
  Library* library_;
  bool guarded_next_ = false;
  bool makes_temporaries_ = false;
};

// Gives two kinds of names one root: rules may then take or make each other's tensors.
void ConfuseRoots(Random& random, int numbers, Json* mapping) {
  std::vector<std::string> roots;
  std::string text = mapping->dump();
  for (int number = 0; number < numbers; ++number) {
    const std::string root = "r" + std::to_string(number);
    if (Uses(*mapping, root)) roots.push_back(root);
  }
  if (roots.size() < 2) return;
  const std::string from = random.Pick(roots);
  const std::string to = random.Pick(roots);
  for (size_t at = text.find(from); at != std::string::npos; at = text.find(from, at + 1)) {
    const char behind = text[at + from.size()];
    if (random.Chance(4) || (behind >= '0' && behind <= '9')) continue;
    text.replace(at, from.size(), to);
  }
  *mapping = Json::parse(text);
}

}  // namespace

RandomCase MakeRandomCase(Random& random) {
  RandomCase made;
  int next_number = 0;
  Vocabulary names{random, next_number};
  CheckpointMaker checkpoint(names, &made.tensors);
  std::vector<Unit> units;
  for (size_t count = 1 + random.Below(4); count > 0; --count) units.push_back(checkpoint.Make());
  StagesMaker stages(random, &next_number, units, &made.library);
  made.mapping = {{"weft", 1}, {"name", "m"}};
  made.mapping["stages"] = stages.Make(1 + random.Below(3));
  Vocabulary& vocabulary = stages.vocabulary();
  if (!vocabulary.tables.empty()) made.mapping["tables"] = vocabulary.tables;
  for (size_t i = 0; i < vocabulary.params.size(); ++i) {
    const auto [name, value] = vocabulary.params[i];
    if (!Uses(made.mapping, name)) continue;
    if (random.Chance(3)) {
      made.set[name] = value;
      if (random.Chance(2)) made.mapping["params"][name] = {{"default", value + 1}};
    } else {
      made.mapping["params"][name] = random.Chance(2) ? Json(value) : Json{{"default", value}};
    }
  }
  if (random.Chance(8)) ConfuseRoots(random, next_number, &made.mapping);
  if (random.Chance(10)) made.mapping["others"] = random.Chance(2) ? "error" : "drop";
  return made;
}

void Damage(Random& random, const Tensors& others, Tensors* tensors) {
  if (tensors->empty()) return;
  const auto any = [&] {
    return std::next(tensors->begin(), static_cast<std::ptrdiff_t>(random.Below(tensors->size())));
  };
  const auto picked = any();
  switch (random.Below(7)) {
    case 0:
      tensors->erase(picked);
      return;
    case 1:
      tensors->emplace("more." + picked->first, any()->second);
      return;
    case 2: {
      std::string name = picked->first;
      const size_t digit = name.find_first_of("0123456789");
      if (digit != std::string::npos) name[digit] = static_cast<char>('0' + random.Below(10));
      tensors->emplace(name, any()->second);
      return;
    }
    case 4: {
      if (others.empty()) return;
      const auto other =
          std::next(others.begin(), static_cast<std::ptrdiff_t>(random.Below(others.size())));
      const std::string first = picked->first.substr(0, picked->first.find('.'));
      tensors->emplace(first + "." + other->first, any()->second);
      return;
    }
    case 3:
      picked->second = any()->second;
      return;
    default:
      std::vector<uint32_t>& elements = picked->second.elements;
      if (!elements.empty()) elements[random.Below(elements.size())] = 0x4f000001;
  }
}

}  // namespace weft::interpreter
