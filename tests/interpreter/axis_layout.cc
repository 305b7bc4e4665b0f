#include "interpreter/axis_layout.h"

#include <cctype>
#include <iterator>

namespace weft::interpreter {

AxisLayout::AxisLayout(const std::string& text) : text_(text) {
  while (Next() != '\0') axes_.push_back(ReadNode());
}

// --- Reading the text.

// The next character that is no space; '\0' at the end.
char AxisLayout::Next() {
  while (position_ < text_.size() && text_[position_] == ' ') ++position_;
  return position_ < text_.size() ? text_[position_] : '\0';
}

std::string AxisLayout::Word() {
  std::string word;
  Next();
  while (position_ < text_.size() &&
         std::string(" ()[]|:~").find(text_[position_]) == std::string::npos) {
    word += text_[position_++];
  }
  return word;
}

AxisLayout::Node AxisLayout::ReadNode() {
  const char next = Next();
  if (next == '(') {
    ++position_;
    Node node = ReadFactors(")");
    ++position_;
    return node;
  }
  if (next == '[') return ReadSum();
  Node node;
  node.name = Word();
  node.kind = node.name == "..." ? Kind::kRest : node.name == "1" ? Kind::kUnit : Kind::kAxis;
  return node;
}

AxisLayout::Node AxisLayout::ReadFactors(const std::string& ends) {
  Node node;
  node.kind = Kind::kProduct;
  while (ends.find(Next()) == std::string::npos) node.children.push_back(ReadNode());
  return node;
}

AxisLayout::Node AxisLayout::ReadSum() {
  Node node;
  node.kind = Kind::kSum;
  do {
    ++position_;  // '[' or '|'
    if (Next() == '~') {
      ++position_;
      node.fillers.emplace_back(Word());
      node.labels.emplace_back();
    } else {
      node.fillers.emplace_back();
      node.labels.push_back(Word());
    }
    Next();
    ++position_;  // ':'
    node.children.push_back(ReadFactors("|]"));
  } while (Next() == '|');
  ++position_;  // ']'
  return node;
}

// --- What it says.

void AxisLayout::AddNames(const Node& node, bool with_fillers, std::set<std::string>* names) {
  if (node.kind == Kind::kAxis) names->insert(node.name);
  for (size_t i = 0; i < node.children.size(); ++i) {
    if (node.kind == Kind::kSum && node.fillers[i] && !with_fillers) continue;
    AddNames(node.children[i], with_fillers, names);
  }
}

std::set<std::string> AxisLayout::AxisNames() const {
  std::set<std::string> names;
  for (const Node& axis : axes_) AddNames(axis, false, &names);
  return names;
}

uint64_t AxisLayout::CellsOf(const Node& node) {
  uint64_t cells = node.kind == Kind::kSum ? 0 : 1;
  for (size_t i = 0; i < node.children.size(); ++i) {
    if (node.kind == Kind::kProduct) cells *= CellsOf(node.children[i]);
    if (node.kind == Kind::kSum && !node.fillers[i]) cells += CellsOf(node.children[i]);
  }
  return cells;
}

uint64_t AxisLayout::Cells() const {
  uint64_t cells = 1;
  for (const Node& axis : axes_) cells *= CellsOf(axis);
  return cells;
}

bool AxisLayout::HasRest() const {
  for (const Node& axis : axes_) {
    if (axis.kind == Kind::kRest) return true;
  }
  return false;
}

void AxisLayout::ExpandRest(size_t rank) {
  std::vector<Node> axes;
  for (const Node& axis : axes_) {
    if (axis.kind != Kind::kRest) {
      axes.push_back(axis);
      continue;
    }
    for (size_t i = 0; i < rank; ++i) {
      Node node;
      node.kind = Kind::kAxis;
      node.name = "..." + std::to_string(i);
      axes.push_back(node);
    }
  }
  axes_ = axes;
}

std::optional<uint64_t> AxisLayout::SizeOf(const Node& node, const AxisSizes& sizes) {
  if (node.kind == Kind::kUnit) return 1;
  if (node.kind == Kind::kAxis) {
    if (std::isdigit(static_cast<unsigned char>(node.name[0])) != 0) return std::stoull(node.name);
    const auto known = sizes.find(node.name);
    if (known == sizes.end()) return std::nullopt;
    return known->second;
  }
  uint64_t total = node.kind == Kind::kSum ? 0 : 1;
  for (const Node& child : node.children) {
    const std::optional<uint64_t> size = SizeOf(child, sizes);
    if (!size) return std::nullopt;
    total = node.kind == Kind::kSum ? total + *size : total * *size;
  }
  return total;
}

std::optional<uint64_t> AxisLayout::SizeOfAxis(size_t axis, const AxisSizes& sizes) const {
  return SizeOf(axes_[axis], sizes);
}

std::set<std::string> AxisLayout::Unknown(size_t axis, const AxisSizes& sizes) const {
  std::set<std::string> names;
  AddNames(axes_[axis], true, &names);
  for (auto name = names.begin(); name != names.end();) {
    const bool known =
        sizes.count(*name) > 0 || std::isdigit(static_cast<unsigned char>((*name)[0])) != 0;
    name = known ? names.erase(name) : std::next(name);
  }
  return names;
}

void AxisLayout::AddPlace(const Node& node, uint64_t index, const AxisSizes& sizes,
                          ElementPlace* place) {
  if (node.kind == Kind::kAxis) place->axes[node.name] = index;
  if (node.kind == Kind::kProduct) {
    for (size_t i = node.children.size(); i-- > 0;) {
      const uint64_t size = *SizeOf(node.children[i], sizes);
      AddPlace(node.children[i], index % size, sizes, place);
      index /= size;
    }
  }
  if (node.kind == Kind::kSum) {
    size_t part = 0;
    while (index >= *SizeOf(node.children[part], sizes)) {
      index -= *SizeOf(node.children[part++], sizes);
    }
    const size_t labels = place->labels.size();
    AddPlace(node.children[part], index, sizes, place);
    if (node.fillers[part]) {
      place->filler = node.fillers[part];
    } else if (place->labels.size() == labels) {
      place->labels.push_back(node.labels[part]);
    }
  }
}

ElementPlace AxisLayout::PlaceOf(const Sizes& index, const AxisSizes& sizes) const {
  ElementPlace place;
  for (size_t axis = 0; axis < axes_.size(); ++axis) {
    AddPlace(axes_[axis], index[axis], sizes, &place);
  }
  return place;
}

}  // namespace weft::interpreter
