#include "plan/random_layouts.h"

#include <algorithm>

namespace weft {
namespace {

using Kind = RandomAxis::Kind;

size_t Below(std::mt19937_64& random, size_t bound) { return random() % bound; }
bool Chance(std::mt19937_64& random, size_t one_in) { return Below(random, one_in) == 0; }

RandomAxis Atom(const std::string& name) {
  RandomAxis axis;
  axis.kind = Kind::kAtom;
  axis.atom = name;
  return axis;
}

// One cell: its label and its own atoms, besides those that all cells share.
struct Cell {
  std::string label;
  std::vector<std::string> atoms;
};

class Maker {
 public:
  explicit Maker(std::mt19937_64& random) : random_(random) {}

  RandomLayoutRule Make() {
    for (size_t n = Below(random_, 4); n > 0; --n) common_.push_back(NewAtom());
    if (Chance(random_, 5)) {
      common_.emplace_back("3");  // a number is an axis of fixed size
      rule_.sizes["3"] = 3;
    }
    if (Chance(random_, 4)) {
      common_.emplace_back("...");
      for (size_t n = Below(random_, 3); n > 0; --n) rule_.rest.push_back(1 + Below(random_, 3));
    }
    const size_t cells = Chance(random_, 3) ? 1 : 1 + Below(random_, 4);
    for (size_t c = 0; c < cells; ++c) {
      Cell cell;
      cell.label = "c" + std::to_string(c);
      for (size_t n = Below(random_, 3); n > 0; --n) {
        // Parts often share an axis with one another: [gate:f | up:f].
        const bool old = !own_.empty() && Chance(random_, 2);
        const std::string atom = old ? own_[Below(random_, own_.size())] : NewAtom();
        if (std::find(cell.atoms.begin(), cell.atoms.end(), atom) != cell.atoms.end()) continue;
        if (!old) own_.push_back(atom);
        cell.atoms.push_back(atom);
      }
      cells_.push_back(std::move(cell));
    }
    rule_.from = MakeSide();
    list_atoms_ = common_;
    rule_.to = MakeSide();
    PickLists(Chance(random_, 2) ? rule_.from : rule_.to);
    if (rule_.from.size() == 1) rule_.from[0].label.clear();
    if (rule_.to.size() == 1) rule_.to[0].label.clear();
    const std::string from = Spelled(rule_.from, "from");
    const std::string to = Spelled(rule_.to, "to");
    const std::string sizes = ", \"sizes\": {" + SpelledSizes() + "}}";
    rule_.json = "{\"from\": " + from + ", \"to\": " + to + sizes;
    rule_.turned_json = "{\"from\": " + to + ", \"to\": " + from + sizes;
    return std::move(rule_);
  }

 private:
  std::string NewAtom() {
    const std::string name = "x" + std::to_string(rule_.sizes.size());
    rule_.sizes[name] = Chance(random_, 40) ? 0 : 1 + Below(random_, 4);
    return name;
  }

  // Tensors that hold one or more of the cells each.
  std::vector<RandomTensor> MakeSide() {
    std::vector<RandomTensor> side;
    std::vector<Cell> left = cells_;
    std::shuffle(left.begin(), left.end(), random_);
    while (!left.empty()) {
      const size_t count = Chance(random_, 2) ? left.size() : 1 + Below(random_, left.size());
      const std::vector<Cell> taken(left.begin(),
                                    left.begin() + static_cast<std::ptrdiff_t>(count));
      left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(count));
      side.push_back(MakeTensor(taken));
    }
    return side;
  }

  RandomTensor MakeTensor(const std::vector<Cell>& cells) {
    RandomTensor tensor;
    tensor.label = cells.size() == 1 ? cells[0].label : "t" + cells[0].label;
    std::vector<RandomAxis> items;
    for (const std::string& atom : common_) {
      if (atom != "...") items.push_back(Atom(atom));
    }
    if (cells.size() == 1) {
      for (const std::string& atom : cells[0].atoms) items.push_back(Atom(atom));
    } else {
      items.push_back(Sum(cells));
    }
    if (Chance(random_, 4)) items.emplace_back();  // a unit axis
    tensor.axes = Grouped(items);
    if (std::find(common_.begin(), common_.end(), "...") != common_.end()) {
      RandomAxis rest;
      rest.kind = Kind::kRest;
      const auto at = static_cast<std::ptrdiff_t>(Below(random_, tensor.axes.size() + 1));
      tensor.axes.insert(tensor.axes.begin() + at, rest);
    }
    return tensor;
  }

  // The cells behind one another, some of them in a sum within the sum.
  RandomAxis Sum(const std::vector<Cell>& cells) {
    RandomAxis sum;
    sum.kind = Kind::kSum;
    for (size_t c = 0; c < cells.size();) {
      if (cells.size() - c >= 2 && c > 0 && Chance(random_, 3)) {
        sum.labels.push_back("inner" + cells[c].label);
        sum.parts.push_back(Sum({cells.begin() + static_cast<std::ptrdiff_t>(c), cells.end()}));
        break;
      }
      std::vector<RandomAxis> items;
      for (const std::string& atom : cells[c].atoms) items.push_back(Atom(atom));
      RandomAxis part;
      part.kind = Kind::kProduct;
      part.parts = Grouped(items);
      if (part.parts.empty()) part.parts.emplace_back();
      sum.labels.push_back(cells[c].label);
      sum.parts.push_back(std::move(part));
      ++c;
    }
    return sum;
  }

  // In random order, neighbours joined to products here and there.
  std::vector<RandomAxis> Grouped(std::vector<RandomAxis> items) {
    std::shuffle(items.begin(), items.end(), random_);
    std::vector<RandomAxis> axes;
    while (!items.empty()) {
      const size_t count =
          Chance(random_, 2) ? 1 : 1 + Below(random_, std::min<size_t>(items.size(), 3));
      RandomAxis product;
      product.kind = Kind::kProduct;
      product.parts.assign(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(count));
      items.erase(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(count));
      if (count >= 2 && Chance(random_, 4)) {
        RandomAxis nested = product;
        nested.parts.erase(nested.parts.begin());
        product.parts = {product.parts[0], nested};
      }
      axes.push_back(count == 1 ? product.parts[0] : product);
    }
    return axes;
  }

  static bool Remove(std::vector<RandomAxis>& axes, const std::string& atom) {
    for (size_t i = 0; i < axes.size(); ++i) {
      if (axes[i].kind == Kind::kAtom && axes[i].atom == atom) {
        axes.erase(axes.begin() + static_cast<std::ptrdiff_t>(i));
        return true;
      }
      if (axes[i].kind == Kind::kProduct && Remove(axes[i].parts, atom)) {
        if (axes[i].parts.empty()) axes[i].parts.emplace_back();
        return true;
      }
    }
    return false;
  }

  // Some axes that all cells share become variables of the names of one side, in some of its
  // tensors.
  void PickLists(std::vector<RandomTensor>& side) {
    for (const std::string& atom : list_atoms_) {
      if (atom[0] != 'x' || rule_.sizes[atom] == 0 || Chance(random_, 2)) continue;
      for (RandomTensor& tensor : side) {
        if (Chance(random_, 5)) continue;
        if (Remove(tensor.axes, atom)) tensor.lists.push_back(atom);
      }
    }
  }

  static std::string Spelled(const RandomAxis& axis) {
    switch (axis.kind) {
      case Kind::kAtom:
        return axis.atom;
      case Kind::kUnit:
        return "1";
      case Kind::kRest:
        return "...";
      case Kind::kProduct: {
        std::string text = "(";
        for (const RandomAxis& part : axis.parts)
          text += (text.size() > 1 ? " " : "") + Spelled(part);
        return text + ")";
      }
      case Kind::kSum: {
        std::string text = "[";
        for (size_t i = 0; i < axis.parts.size(); ++i) {
          text += (i > 0 ? " | " : "") + axis.labels[i] + ":" + Spelled(axis.parts[i]);
        }
        return text + "]";
      }
    }
    return "";
  }

  static std::string Spelled(const std::vector<RandomTensor>& side, const std::string& name) {
    std::string json;
    for (const RandomTensor& tensor : side) {
      std::string pattern = name + "." + tensor.label;
      for (const std::string& list : tensor.lists) pattern += ".{" + list + "}";
      std::string layout;
      for (const RandomAxis& axis : tensor.axes)
        layout += (layout.empty() ? "" : " ") + Spelled(axis);
      const std::string pair = "[\"" + pattern + "\", \"" + layout + "\"]";
      if (tensor.label.empty()) return pair;
      json += (json.empty() ? "" : ", ") + ("\"" + tensor.label + "\": " + pair);
    }
    return "{" + json + "}";
  }

  std::string SpelledSizes() {
    std::string json;
    const bool all = !Chance(random_, 3);
    for (const auto& [atom, size] : rule_.sizes) {
      if (atom[0] != 'x' || (!all && Chance(random_, 2))) continue;
      json += (json.empty() ? "" : ", ") + ("\"" + atom + "\": " + std::to_string(size));
    }
    return json;
  }

  std::mt19937_64& random_;
  RandomLayoutRule rule_;
  std::vector<std::string> common_;
  std::vector<std::string> own_;
  std::vector<std::string> list_atoms_;
  std::vector<Cell> cells_;
};

// The positions along an axis, in order: for each the label of the innermost sum and the indices of
// atoms.
struct Position {
  std::string label;
  std::map<std::string, uint64_t> indices;
};

class Speller {
 public:
  explicit Speller(const RandomLayoutRule& rule) : rule_(rule) {}

  std::vector<Position> Along(const RandomAxis& axis) const {
    switch (axis.kind) {
      case Kind::kUnit:
        return {Position()};
      case Kind::kRest:
        return Counted("...", RestSize());
      case Kind::kAtom:
        return Counted(axis.atom, rule_.sizes.at(axis.atom));
      case Kind::kProduct:
        return Across(axis.parts);
      case Kind::kSum: {
        std::vector<Position> all;
        for (size_t i = 0; i < axis.parts.size(); ++i) {
          for (Position& position : Along(axis.parts[i])) {
            if (position.label.empty()) position.label = axis.labels[i];
            all.push_back(std::move(position));
          }
        }
        return all;
      }
    }
    return {};
  }

  // Row-major over all axes.
  std::vector<Position> Across(const std::vector<RandomAxis>& axes) const {
    std::vector<Position> all = {Position()};
    for (const RandomAxis& axis : axes) {
      const std::vector<Position> along = Along(axis);
      std::vector<Position> next;
      for (const Position& outer : all) {
        for (const Position& inner : along) {
          Position both = outer;
          if (!inner.label.empty()) both.label = inner.label;
          both.indices.insert(inner.indices.begin(), inner.indices.end());
          next.push_back(std::move(both));
        }
      }
      all = std::move(next);
    }
    return all;
  }

  uint64_t RestSize() const {
    uint64_t size = 1;
    for (const uint64_t axis : rule_.rest) size *= axis;
    return size;
  }

 private:
  static std::vector<Position> Counted(const std::string& atom, uint64_t size) {
    std::vector<Position> all(size);
    for (uint64_t i = 0; i < size; ++i) all[i].indices[atom] = i;
    return all;
  }

  const RandomLayoutRule& rule_;
};

}  // namespace

RandomLayoutRule MakeRandomLayoutRule(std::mt19937_64& random) { return Maker(random).Make(); }

std::map<std::string, SpelledTensor> SpelledOut(const RandomLayoutRule& rule, bool from) {
  std::map<std::string, SpelledTensor> tensors;
  const Speller speller(rule);
  for (const RandomTensor& tensor : from ? rule.from : rule.to) {
    std::vector<RandomAxis> lists;
    for (const std::string& list : tensor.lists) lists.push_back(Atom(list));
    for (const Position& member : speller.Across(lists)) {
      std::string name = std::string(from ? "from" : "to") + "." + tensor.label;
      for (const std::string& list : tensor.lists) {
        name += "." + std::to_string(member.indices.at(list));
      }
      SpelledTensor spelled;
      for (const RandomAxis& axis : tensor.axes) {
        if (axis.kind == Kind::kRest) {
          spelled.shape.insert(spelled.shape.end(), rule.rest.begin(), rule.rest.end());
        } else {
          spelled.shape.push_back(speller.Along(axis).size());
        }
      }
      for (Position position : speller.Across(tensor.axes)) {
        position.indices.insert(member.indices.begin(), member.indices.end());
        // A single cell needs no label: both sides may say nothing of it.
        std::string text = position.label.empty() ? tensor.label : position.label;
        if (rule.from.size() == 1 && rule.to.size() == 1 && text.empty()) text = "c0";
        if (text.empty()) text = "c0";
        text += "|";
        for (const auto& [atom, index] : position.indices) {
          text += atom + "=" + std::to_string(index) + ",";
        }
        spelled.coordinates.push_back(std::move(text));
      }
      tensors.emplace(std::move(name), std::move(spelled));
    }
  }
  return tensors;
}

}  // namespace weft
