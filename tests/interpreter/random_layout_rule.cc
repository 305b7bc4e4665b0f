// Random rules by layouts.
#include <algorithm>
#include <numeric>

#include "interpreter/rule_maker.h"

namespace weft::interpreter {
namespace {

struct Axis {
  std::string text;
  uint64_t size = 1;
  bool is_sum = false;
};

// An axis of the read side with a name.
struct Atom {
  std::string name;
  uint64_t size = 1;
};

// What one label stands for, besides the axes that all cells have.
struct Cell {
  std::string label;
  std::vector<Atom> atoms;
};

class LayoutRule {
 public:
  LayoutRule(Vocabulary& vocabulary, const Unit& unit, const std::string& root)
      : vocabulary_(vocabulary), random_(vocabulary.random), unit_(unit), root_(root) {}

  std::optional<MadeRule> Make() {
    if (!FindJoin()) return std::nullopt;
    ChooseLists();
    ReadSide();
    WriteSide();
    Json& rule = result_.rule;
    rule["from"] = SideOf(unit_.members, PlainSpelling(unit_.variables), read_layouts_);
    rule["to"] = SideOf(made_.members, PlainSpelling(made_.variables), written_layouts_);
    if (!sizes_.empty()) rule["sizes"] = sizes_;
    made_.dtype = unit_.dtype;
    made_.temporary = root_[0] == '$';
    result_.made.push_back(made_);
    return result_;
  }

 private:
  // The one axis in which the members may differ.
  bool FindJoin() {
    const Sizes& first = unit_.members.front().shape;
    if (first.empty()) return false;
    join_ = random_.Below(first.size());
    if (unit_.padding) join_ = unit_.padding->axis;
    for (const Member& member : unit_.members) {
      if (member.shape.size() != first.size()) return false;
      for (size_t axis = 0; axis < first.size(); ++axis) {
        if (member.shape[axis] != first[axis]) join_ = axis;
      }
    }
    for (const Member& member : unit_.members) {
      Sizes shape = member.shape;
      shape[join_] = first[join_];
      if (shape != first) return false;
    }
    return true;
  }

  void ChooseLists() {
    for (const Variable& variable : unit_.variables) {
      const bool is_list = IsComplete(variable) && !variable.padded && random_.Chance(2) &&
                           variable.name != unit_.equal_over;
      if (is_list) {
        common_.push_back({variable.name, variable.values.size()});
      } else {
        made_.variables.push_back(variable);
      }
    }
    if (std::any_of(made_.variables.begin(), made_.variables.end(),
                    [&](const Variable& v) { return v.name == unit_.equal_over; })) {
      made_.equal_over = unit_.equal_over;
    }
  }

  // Factors of a size.
  std::vector<Atom> Factors(uint64_t size) {
    std::vector<Atom> atoms;
    while (random_.Chance(3) && atoms.size() < 2) {
      uint64_t factor = 1 + random_.Below(3);
      if (factor == 0 || size % factor != 0) factor = 1;
      atoms.push_back({vocabulary_.NewName("a"), factor});
      size /= factor;
    }
    atoms.push_back({vocabulary_.NewName("a"), size});
    random_.Shuffle(atoms);
    return atoms;
  }

  // The sizes that an axis does not tell: of all atoms but one.
  void GiveSizes(const std::vector<Atom>& atoms) {
    const size_t told = random_.Below(atoms.size() + 1);  // or none: given too
    for (size_t i = 0; i < atoms.size(); ++i) {
      if (i == told && (atoms.size() == 1 || Total(atoms) > 0)) continue;
      if (atoms.size() == 1 && !random_.Chance(3)) continue;
      sizes_[atoms[i].name] = vocabulary_.Number(static_cast<int64_t>(atoms[i].size));
    }
  }

  static uint64_t Total(const std::vector<Atom>& atoms) {
    uint64_t total = 1;
    for (const Atom& atom : atoms) total *= atom.size;
    return total;
  }

  static std::string TextOf(const std::vector<Atom>& atoms) {
    std::string text;
    for (const Atom& atom : atoms) text += (text.empty() ? "" : " ") + atom.name;
    return text.empty() ? "1" : text;
  }

  static std::string InBrackets(const std::string& factors) {
    return factors.find(' ') == std::string::npos ? factors : "(" + factors + ")";
  }

  void ReadSide() {
    const size_t rank = unit_.members.front().shape.size();
    read_layouts_.assign(unit_.members.size(), "");
    has_rest_ = join_ + 1 < rank && random_.Chance(5);
    for (size_t axis = 0; axis < rank; ++axis) {
      const uint64_t size = unit_.members.front().shape[axis];
      if (axis == join_) {
        ReadJoin();
      } else if (has_rest_ && axis > join_) {
        rest_.push_back(size);
        if (axis + 1 == rank) AddToAll("...");
      } else if (size == 1 && random_.Chance(3)) {
        AddToAll("1");
      } else {
        const std::vector<Atom> atoms = Factors(size);
        GiveSizes(atoms);
        AddToAll(InBrackets(TextOf(atoms)));
        common_.insert(common_.end(), atoms.begin(), atoms.end());
      }
    }
  }

  void AddToAll(const std::string& axis) {
    for (std::string& layout : read_layouts_) layout += (layout.empty() ? "" : " ") + axis;
  }

  void ReadJoin() {
    uint64_t shared = 0;  // a factor that all have
    for (const Member& member : unit_.members) shared = std::gcd(shared, member.shape[join_]);
    const bool pads = unit_.padding && unit_.members.size() == 1 &&
                      unit_.members.front().shape[join_] > unit_.padding->size && random_.Chance(2);
    Atom group{vocabulary_.NewName("g"), 1};
    const bool grouped = shared > 1 && !pads && random_.Chance(2);
    if (grouped) {
      group.size = shared;
      while (group.size % 2 == 0 && random_.Chance(2)) group.size /= 2;
      sizes_[group.name] = vocabulary_.Number(static_cast<int64_t>(group.size));
      common_.push_back(group);
    }
    const bool group_first = random_.Chance(2);
    const auto in_group = [&](const std::string& part) {
      if (!grouped) return part;
      return group_first ? "(" + group.name + " " + part + ")"
                         : "(" + part + " " + group.name + ")";
    };
    const uint64_t size = unit_.members.front().shape[join_] / group.size;
    if (unit_.members.size() == 1 && size > 1 && (pads || random_.Chance(2))) {
      read_layouts_.front() +=
          (read_layouts_.front().empty() ? "" : " ") + in_group(ReadSum(size, pads));
      return;
    }
    for (size_t m = 0; m < unit_.members.size(); ++m) {
      const std::vector<Atom> atoms = Factors(unit_.members[m].shape[join_] / group.size);
      GiveSizes(atoms);
      std::string factors = TextOf(atoms);
      if (grouped) factors = group_first ? group.name + " " + factors : factors + " " + group.name;
      read_layouts_[m] += (read_layouts_[m].empty() ? "" : " ") + InBrackets(factors);
      cells_.push_back({std::string(1, static_cast<char>('q' + m)), atoms});
    }
  }

  // Cuts an axis into labelled parts.
  std::string ReadSum(uint64_t size, bool pads) {
    if (pads) size -= unit_.padding->size;
    std::string text = "[";
    bool told = false;  // one part may be left to the shape
    while (size > 0) {
      Cell cell;
      cell.label = std::string(1, static_cast<char>('q' + cells_.size()));
      const uint64_t part = cells_.size() == 2 ? size : 1 + random_.Below(size);
      size -= part;
      text += (text.size() > 1 ? " | " : "") + cell.label + ":";
      if (part == 1 && random_.Chance(2)) {
        text += "1";
      } else {
        cell.atoms = {{vocabulary_.NewName("a"), part}};
        text += cell.atoms.front().name;
        if (told || random_.Chance(2)) {
          sizes_[cell.atoms.front().name] = vocabulary_.Number(static_cast<int64_t>(part));
        } else {
          told = true;
        }
      }
      cells_.push_back(cell);
    }
    if (pads) text += " | " + Filler(unit_.padding->constant, unit_.padding->size);
    return text + "]";
  }

  std::string Filler(const std::string& constant, uint64_t size) {
    if (random_.Chance(2)) return "~" + constant + ":" + std::to_string(size);
    const std::string atom = vocabulary_.NewName("pad");
    sizes_[atom] = vocabulary_.Number(static_cast<int64_t>(size));
    return "~" + constant + ":" + atom;
  }

  // Some axes become lists of tensors.
  void WriteLists() {
    for (size_t i = common_.size(); i-- > 0;) {
      const Atom atom = common_[i];
      const bool wanted = atom.name[0] == 'a' && atom.size > 0 && atom.size < 4;
      if (!wanted || made_.variables.size() > 2 || !random_.Chance(5)) continue;
      Variable variable;
      variable.name = atom.name;
      for (uint64_t value = 0; value < atom.size; ++value) {
        variable.values.push_back(std::to_string(value));
      }
      made_.variables.push_back(variable);
      common_.erase(common_.begin() + static_cast<std::ptrdiff_t>(i));
    }
  }

  void WriteSide() {
    WriteLists();
    const bool fused = cells_.size() == 1 || random_.Chance(2);
    std::vector<std::string> pieces;
    for (const Variable& variable : made_.variables) pieces.push_back("{" + variable.name + "}");
    random_.Shuffle(pieces);
    for (size_t t = 0; t < (fused ? 1 : cells_.size()); ++t) {
      Member member;
      member.pieces = pieces;
      const std::string root = t == 0 ? root_ : root_ + "t" + std::to_string(t);
      const size_t place = root_[0] == '$' ? 0 : random_.Below(pieces.size() + 1);
      member.pieces.insert(member.pieces.begin() + static_cast<std::ptrdiff_t>(place), root);
      std::vector<Axis> atoms;
      for (const Atom& atom : common_) atoms.push_back({atom.name, atom.size, false});
      if (fused) {
        atoms.push_back(WriteSum(cells_));
      } else if (random_.Chance(6)) {
        atoms.push_back(WriteSum({cells_[t]}));
      } else {
        for (const Atom& atom : cells_[t].atoms) atoms.push_back({atom.name, atom.size, false});
      }
      written_layouts_.push_back(WriteAxes(atoms, &member.shape));
      made_.members.push_back(member);
    }
    if (made_.members.size() > 1 || !made_.equal_over.empty()) made_.padding.reset();
  }

  Axis WriteSum(const std::vector<Cell>& cells) {
    std::string text;
    uint64_t size = 0;
    for (const Cell& cell : cells) {
      text += (text.empty() ? "[" : " | ") + cell.label + ":" + TextOf(cell.atoms);
      size += Total(cell.atoms);
    }
    if (random_.Chance(3)) {
      static const std::vector<std::string> kConstants = {"0", "0", "1", "-inf", ""};
      padding_ = Unit::Padding{0, 1 + random_.Below(3), random_.Pick(kConstants)};
      if (unit_.dtype != "F32") padding_->constant = "0";
      text += " | " + Filler(padding_->constant, padding_->size);
      size += padding_->size;
    }
    return {text + "]", size, true};
  }

  // Shuffles the factors, and joins some of them.
  std::string WriteAxes(std::vector<Axis> factors, Sizes* shape) {
    random_.Shuffle(factors);
    std::string layout;
    const auto add = [&](const std::string& text, uint64_t size) {
      layout += (layout.empty() ? "" : " ") + text;
      shape->push_back(size);
    };
    for (size_t i = 0; i < factors.size();) {
      if (random_.Chance(8)) add("1", 1);
      const size_t count = 1 + (random_.Chance(2) ? random_.Below(factors.size() - i) : 0);
      std::string text;
      uint64_t size = 1;
      for (size_t end = i + count; i < end; ++i) {
        if (factors[i].is_sum && count == 1 && padding_) {
          made_.padding = padding_;
          made_.padding->axis = shape->size();
        }
        text += (text.empty() ? "" : " ") + factors[i].text;
        size *= factors[i].size;
      }
      add(count == 1 ? text : "(" + text + ")", size);
    }
    if (has_rest_) {
      layout += layout.empty() ? "..." : " ...";
      shape->insert(shape->end(), rest_.begin(), rest_.end());
    }
    if (layout.empty()) add("1", 1);
    return layout;
  }

  // As [name, layout], or by label.
  Json SideOf(const std::vector<Member>& members, const Spelling& spelling,
              const std::vector<std::string>& layouts) const {
    Json side;
    for (size_t m = 0; m < members.size(); ++m) {
      const Json tensor = {NameOf(members[m].pieces, spelling), layouts[m]};
      const std::string label = m < cells_.size() ? cells_[m].label : "t" + std::to_string(m);
      if (members.size() == 1) return tensor;
      side[label] = tensor;
    }
    return side;
  }

  Vocabulary& vocabulary_;
  Random& random_;
  const Unit& unit_;
  const std::string root_;
  size_t join_ = 0;
  bool has_rest_ = false;
  Sizes rest_;
  std::vector<Atom> common_;
  std::vector<Cell> cells_;
  std::vector<std::string> read_layouts_;
  std::vector<std::string> written_layouts_;
  std::optional<Unit::Padding> padding_;
  Json sizes_ = Json::object();
  Unit made_;
  MadeRule result_;
};

}  // namespace

std::optional<MadeRule> MakeLayoutRule(Vocabulary& vocabulary, const Unit& unit,
                                       const std::string& root) {
  return LayoutRule(vocabulary, unit, root).Make();
}

}  // namespace weft::interpreter
