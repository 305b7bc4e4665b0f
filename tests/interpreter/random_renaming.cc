// Random renamings, and what all random rules share.
#include <algorithm>

#include "interpreter/rule_maker.h"

namespace weft::interpreter {

std::string Vocabulary::Param(int64_t value) {
  for (const auto& [name, known] : params) {
    if (known == value && !random.Chance(4)) return name;
  }
  params.emplace_back(NewName("n"), value);
  return params.back().first;
}

Json Vocabulary::Number(int64_t value) {
  switch (random.Below(6)) {
    case 0:
      return Param(value);
    case 1:
      return Param(value + 1) + " - 1";
    case 2:
      return "(" + Param(2) + " + " + std::to_string(value) + ") - 2";
    case 3:
      return "2 * " + Param(value) + " // 2";
    default:
      return value;
  }
}

std::string Vocabulary::Condition(bool holds) {
  const std::string param = Param(3);
  switch (random.Below(3)) {
    case 0:
      return param + (holds ? " == 3" : " != 3");
    case 1:
      return param + (holds ? " > 2 and true" : " > 2 and not true");
    default:
      return "not " + param + (holds ? " < 3" : " <= 3");
  }
}

namespace {

class Renaming {
 public:
  Renaming(Vocabulary& vocabulary, const Unit& unit, const std::string& root)
      : vocabulary_(vocabulary), random_(vocabulary.random), unit_(unit), root_(root) {}

  MadeRule Make() {
    made_.dtype = unit_.dtype;
    made_.padding = unit_.padding;
    made_.temporary = root_[0] == '$';
    for (const Variable& variable : unit_.variables) Spell(variable);
    std::vector<std::string> pieces = NewPieces();
    if (!made_.temporary && random_.Chance(8)) AddReplicated(&pieces);
    made_.members = {{pieces, unit_.members.front().shape}};
    Json& rule = result_.rule;
    rule["rename"] = NameOf(unit_.members.front().pieces, from_);
    rule["to"] = NameOf(pieces, to_);
    if (unit_.members.size() > 1) AddReadCopies();
    if (!made_.temporary && random_.Chance(8)) AddWrittenCopies(pieces);
    if (left_.empty() && !unit_.temporary && random_.Chance(5)) AddUnless();
    result_.made.push_back(made_);
    result_.left = left_;
    return result_;
  }

 private:
  // The part of the unit that a rule for some values of one variable does not take.
  void Leave(const Variable& variable, const std::vector<std::string>& values) {
    if (values.empty()) return;
    Unit rest = unit_;
    for (Variable& other : rest.variables) {
      if (other.name == variable.name) other.values = values;
    }
    left_.push_back(rest);
  }

  void Spell(const Variable& variable) {
    from_[variable.name] = PlainSpelling({variable}).begin()->second;
    to_[variable.name] = from_[variable.name];
    Variable after = variable;
    if (variable.name == unit_.equal_over) {
      made_.equal_over = variable.name;
      if (random_.Chance(2) && IsComplete(variable)) {
        Forget(variable);
        return;
      }
    }
    if (variable.kind == Variable::Kind::kIndex) SpellIndex(variable, &after);
    if (variable.kind == Variable::Kind::kText) SpellText(variable, &after);
    made_.variables.push_back(after);
  }

  // The variable stands for equal tensors, and is not written.
  void Forget(const Variable& variable) {
    made_.equal_over = "";
    forgotten_ = variable.name;
    const size_t count = variable.values.size();
    if (random_.Chance(2)) {
      from_[variable.name] = "{" + variable.name + "=0.." + std::to_string(count - 1) + "}";
    } else {  // a param of its name says how many there are
      from_[variable.name] = "{" + variable.name + "}";
      vocabulary_.params.emplace_back(variable.name, static_cast<int64_t>(count));
    }
  }

  std::string Offset(int offset) {
    return random_.Chance(3) ? vocabulary_.Param(offset) : std::to_string(offset);
  }

  void SpellIndex(const Variable& variable, Variable* after) {
    const std::string& name = variable.name;
    std::vector<int> values;
    for (const std::string& value : variable.values) values.push_back(std::stoi(value));
    const int least = *std::min_element(values.begin(), values.end());
    const int most = *std::max_element(values.begin(), values.end());
    const auto move = [&](int factor, int offset) {
      for (size_t i = 0; i < values.size(); ++i) {
        after->values[i] = std::to_string(factor * values[i] + offset);
      }
      after->padded = false;
    };
    const int offset = 1 + static_cast<int>(random_.Below(2));
    switch (random_.Below(9)) {
      case 0:
        to_[name] = "{" + name + "+" + Offset(offset) + "}";
        return move(1, offset);
      case 1:
        to_[name] = "{2*" + name + "+1}";
        return move(2, 1);
      case 2:
        if (least < offset || variable.padded) return;
        to_[name] = "{" + name + "-" + Offset(offset) + "}";
        return move(1, -offset);
      case 3:
        if (least < offset || variable.padded) return;
        from_[name] = "{" + name + "+" + Offset(offset) + "}";
        to_[name] = "{" + name + "}";
        return move(1, -offset);
      case 4:
        if (!after->padded && most > 99) return;
        after->padded = !variable.padded;
        for (size_t i = 0; i < values.size(); ++i) {
          after->values[i] = std::to_string(values[i]);
          if (after->padded && values[i] < 10) after->values[i].insert(0, "0");
        }
        to_[name] = PlainSpelling({*after}).begin()->second;
        return;
      case 5:
      case 6:
        if (!variable.padded) SpellSet(variable, after);
        return;
      default:
        return;
    }
  }

  // A set of values: all, or some of them.
  void SpellSet(const Variable& variable, Variable* after) {
    std::vector<std::string> taken;
    std::vector<std::string> rest;
    const bool some =
        left_.empty() && !unit_.temporary && random_.Chance(2) && variable.name != unit_.equal_over;
    for (const std::string& value : variable.values) {
      (some && random_.Chance(3) ? rest : taken).push_back(value);
    }
    if (taken.empty()) return;
    std::string set;
    for (const std::string& value : taken) set += (set.empty() ? "" : "|") + value;
    const bool run = rest.empty() && IsComplete(variable);
    if (run && random_.Chance(2)) {
      const Json last = vocabulary_.Number(static_cast<int64_t>(taken.size()) - 1);
      set = "0.." + (last.is_string() ? last.get<std::string>() : last.dump());
      if (random_.Chance(3)) set += "/1";
    } else if (rest.empty() && random_.Chance(3)) {
      set = *std::min_element(taken.begin(), taken.end(),
                              [](const std::string& a, const std::string& b) {
                                return std::stoi(a) < std::stoi(b);
                              }) +
            "..";
    }
    from_[variable.name] = "{" + variable.name + "=" + set + "}";
    to_[variable.name] = random_.Chance(2) ? from_[variable.name] : "{" + variable.name + "}";
    after->values = taken;
    Leave(variable, rest);
  }

  void SpellText(const Variable& variable, Variable* after) {
    const std::string& name = variable.name;
    const bool has_dots =
        std::any_of(variable.values.begin(), variable.values.end(),
                    [](const std::string& value) { return value.find('.') != std::string::npos; });
    const size_t choice = random_.Below(4);
    if (choice == 0 && !has_dots) {
      from_[name] = to_[name] = "{" + name + ":seg}";
      return;
    }
    if (choice < 2) return;
    Json entries = Json::object();
    std::string inside;
    for (std::string& value : after->values) {
      const std::string left = value;
      if (!random_.Chance(4)) value = vocabulary_.NewName(random_.Chance(3) ? "b.c" : "v");
      entries[left] = value;
      inside += (inside.empty() ? "" : "|") + left + "=" + value;
    }
    if (random_.Chance(2)) {
      from_[name] = to_[name] = "{" + name + ":" + inside + "}";
    } else {
      const std::string table = vocabulary_.NewName("table");
      vocabulary_.tables[table] = entries;
      from_[name] = to_[name] = "{" + name + "@" + table + "}";
    }
  }

  std::vector<std::string> NewPieces() {
    std::vector<std::string> pieces;
    for (const Variable& variable : made_.variables) {
      std::string piece = "{" + variable.name + "}";
      if (variable.kind == Variable::Kind::kIndex && random_.Chance(4)) piece.insert(0, "linear_");
      pieces.push_back(piece);
    }
    random_.Shuffle(pieces);
    const size_t place = made_.temporary ? 0 : random_.Below(pieces.size() + 1);
    pieces.insert(pieces.begin() + static_cast<std::ptrdiff_t>(place), root_);
    return pieces;
  }

  void AddReplicated(std::vector<std::string>* pieces) {
    if (!made_.equal_over.empty()) return;
    Variable variable;
    variable.name = vocabulary_.NewName("k");
    const size_t count = 1 + random_.Below(3);
    for (size_t i = 0; i < count; ++i) variable.values.push_back(std::to_string(i));
    to_[variable.name] = "{" + variable.name + "=0.." + std::to_string(count - 1) + "}";
    pieces->push_back("{" + variable.name + "}");
    made_.variables.push_back(variable);
    made_.equal_over = variable.name;
  }

  void AddReadCopies() {
    for (size_t m = 1; m < unit_.members.size(); ++m) {
      result_.rule["copies"]["from"].push_back(NameOf(unit_.members[m].pieces, from_));
    }
  }

  void AddWrittenCopies(const std::vector<std::string>& pieces) {
    for (size_t copies = 1 + random_.Below(2); copies > 0; --copies) {
      Member copy{pieces, unit_.members.front().shape};
      std::replace(copy.pieces.begin(), copy.pieces.end(), root_, vocabulary_.NewName("copy"));
      result_.rule["copies"]["to"].push_back(NameOf(copy.pieces, to_));
      made_.members.push_back(copy);
    }
    made_.tied = true;
  }

  // Leaves out one value of a variable.
  void AddUnless() {
    for (size_t v = 0; v < unit_.variables.size(); ++v) {
      const Variable& variable = unit_.variables[v];
      if (variable.kind == Variable::Kind::kPath || variable.values.size() < 2 ||
          variable.name == unit_.equal_over || variable.name == forgotten_) {
        continue;
      }
      const size_t left = random_.Below(variable.values.size());
      Spelling spelling = PlainSpelling(unit_.variables);
      spelling[variable.name] = variable.values[left];
      for (const Member& member : unit_.members) {
        result_.rule["unless"].push_back(NameOf(member.pieces, spelling));
      }
      Leave(variable, {variable.values[left]});
      for (Variable& after : made_.variables) {
        if (after.name != variable.name) continue;
        after.values.erase(after.values.begin() + static_cast<std::ptrdiff_t>(left));
      }
      return;
    }
  }

  Vocabulary& vocabulary_;
  Random& random_;
  const Unit& unit_;
  const std::string root_;
  Spelling from_;
  Spelling to_;
  std::string forgotten_;
  Unit made_;
  std::vector<Unit> left_;
  MadeRule result_;
};

}  // namespace

MadeRule MakeRenaming(Vocabulary& vocabulary, const Unit& unit, const std::string& root) {
  return Renaming(vocabulary, unit, root).Make();
}

}  // namespace weft::interpreter
