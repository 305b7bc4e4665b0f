#include "mapping/layout.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "mapping/expression.h"
#include "tensor/element.h"

namespace weft {
namespace {

constexpr int kMaxDepth = 16;
constexpr size_t kMaxCells = 4096;
constexpr int kMaxDigits = 18;

bool IsSpace(char c) { return c == ' ' || c == '\t'; }
bool IsWordStart(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool IsDigit(char c) { return c >= '0' && c <= '9'; }

class Parser {
 public:
  Parser(std::string_view text, AtomTable& atoms, std::string_view where)
      : text_(text), atoms_(atoms), where_(where) {}

  absl::StatusOr<std::vector<LayoutNode>> ParseAxes(int* rest_axis) {
    std::vector<LayoutNode> axes;
    while (true) {
      SkipSpace();
      if (AtEnd()) return axes;
      if (text_.substr(position_, 3) == "...") {
        if (*rest_axis >= 0) return Error("\"...\" stands twice");
        *rest_axis = static_cast<int>(axes.size());
        position_ += 3;
        LayoutNode rest;
        rest.kind = LayoutNode::Kind::kAtom;
        rest.atom = atoms_.Intern(Layout::kRestName);
        axes.push_back(std::move(rest));
        continue;
      }
      WEFT_ASSIGN_OR_RETURN(LayoutNode axis, ParseNode(0));
      axes.push_back(std::move(axis));
    }
  }

  int sum_count() const { return sum_count_; }

 private:
  absl::Status Error(std::string_view what) const { return ErrorAt(position_, what); }

  absl::Status ErrorAt(size_t position, std::string_view what) const {
    return ErrorStatus(
        ErrorCode::kLayoutSyntax, where_,
        absl::StrFormat("%s at position %d of layout \"%s\"", what, position + 1, Escaped(text_)),
        "a layout is a row of axes: a word, a number, (a b), [x:a | y:b | ~0:pad], or ...");
  }

  bool AtEnd() const { return position_ >= text_.size(); }
  char Here() const { return text_[position_]; }
  void SkipSpace() {
    while (!AtEnd() && IsSpace(Here())) ++position_;
  }
  bool Take(char c) {
    SkipSpace();
    if (AtEnd() || Here() != c) return false;
    ++position_;
    return true;
  }

  std::string_view TakeWord() {
    const size_t start = position_;
    while (!AtEnd() && (IsWordStart(Here()) || IsDigit(Here()))) ++position_;
    return text_.substr(start, position_ - start);
  }

  absl::StatusOr<LayoutNode> ParseNode(int depth) {
    if (depth > kMaxDepth) return Error("too many nested brackets");
    SkipSpace();
    if (AtEnd()) return Error("expected an axis");
    if (Here() == '(') {
      ++position_;
      return ParseProduct(depth, ")");
    }
    if (Here() == '[') {
      ++position_;
      return ParseSum(depth);
    }
    if (IsDigit(Here())) return ParseNumber();
    if (IsWordStart(Here())) {
      LayoutNode node;
      node.kind = LayoutNode::Kind::kAtom;
      node.atom = atoms_.Intern(TakeWord());
      return node;
    }
    return Error("expected an axis");
  }

  absl::StatusOr<LayoutNode> ParseNumber() {
    const size_t start = position_;
    int64_t number = 0;
    while (!AtEnd() && IsDigit(Here())) {
      number = number * 10 + (Here() - '0');
      ++position_;
      if (position_ - start > kMaxDigits) return ErrorAt(start, "a number beyond 18 digits");
    }
    if (!AtEnd() && IsWordStart(Here())) return ErrorAt(start, "an axis name begins with a letter");
    if (number == 0) return ErrorAt(start, "an axis of size 0");
    LayoutNode node;
    if (number > 1) {
      node.kind = LayoutNode::Kind::kAtom;
      node.atom = atoms_.InternNumber(number, ++numbers_[number]);
    }
    return node;
  }

  // Factors up to one of the characters `stops`; a ')' is consumed, '|' and ']' are left.
  absl::StatusOr<LayoutNode> ParseProduct(int depth, std::string_view stops) {
    LayoutNode product;
    product.kind = LayoutNode::Kind::kProduct;
    while (true) {
      SkipSpace();
      if (AtEnd()) return Error(absl::StrFormat("expected \"%c\"", stops[0]));
      if (stops.find(Here()) != std::string_view::npos) break;
      WEFT_ASSIGN_OR_RETURN(LayoutNode factor, ParseNode(depth + 1));
      product.children.push_back(std::move(factor));
    }
    if (product.children.empty()) return Error("expected an axis");
    if (Here() == ')') ++position_;
    if (product.children.size() == 1) return std::move(product.children[0]);
    return product;
  }

  absl::StatusOr<LayoutNode> ParseSum(int depth) {
    LayoutNode sum;
    sum.kind = LayoutNode::Kind::kSum;
    sum.sum = sum_count_++;
    do {
      WEFT_RETURN_IF_ERROR(Take('~') ? ParseFillerElement(&sum) : ParseLabel(&sum));
      WEFT_ASSIGN_OR_RETURN(LayoutNode part, ParseProduct(depth, "]|"));
      sum.children.push_back(std::move(part));
    } while (Take('|'));
    if (!Take(']')) return Error("expected \"]\"");
    return sum;
  }

  absl::Status ParseLabel(LayoutNode* sum) {
    const size_t start = position_;
    const std::string_view label = AtEnd() ? std::string_view() : TakeWord();
    if (!IsIdentifier(label)) return ErrorAt(start, "expected the label of a part");
    if (!Take(':')) return Error("expected \":\" behind the label of a part");
    if (std::find(sum->part_labels.begin(), sum->part_labels.end(), label) !=
        sum->part_labels.end()) {
      return ErrorAt(start, absl::StrFormat("label \"%s\" stands twice in one sum", label));
    }
    sum->part_labels.emplace_back(label);
    sum->fillers.emplace_back(std::nullopt);
    return absl::OkStatus();
  }

  // Behind the '~': a number or nothing, then ':'.
  absl::Status ParseFillerElement(LayoutNode* sum) {
    const size_t start = position_;
    while (!AtEnd() && Here() != ':' && Here() != '|' && Here() != ']') ++position_;
    const std::string_view element = text_.substr(start, position_ - start);
    if (!element.empty() && !ElementBytes(DType::kF64, element).has_value()) {
      return ErrorAt(start, absl::StrFormat("\"%s\" is no number", Escaped(element)));
    }
    if (!Take(':')) return Error("expected \":\" behind \"~\" and its element");
    sum->part_labels.emplace_back();
    sum->fillers.emplace_back(element);
    return absl::OkStatus();
  }

  std::string_view text_;
  AtomTable& atoms_;
  std::string_view where_;
  size_t position_ = 0;
  std::map<int64_t, int> numbers_;  // how often each was read
  int sum_count_ = 0;
};

// A cell while the tree is walked: `labels` holds the innermost label of each sum side by side.
struct OpenCell {
  std::vector<int> parts;
  std::vector<int> atoms;
  std::vector<std::string> labels;
  std::optional<std::string> filler;
  bool fillers_differ = false;
};

using OpenCells = std::vector<OpenCell>;

OpenCells CellsOf(const LayoutNode& node, int sum_count);

// Every combination of a cell on the left with a cell on the right.
OpenCells Cross(const OpenCells& left, const OpenCells& right) {
  OpenCells result;
  for (const OpenCell& a : left) {
    for (const OpenCell& b : right) {
      if (result.size() > kMaxCells) return result;
      OpenCell both = a;
      for (size_t i = 0; i < both.parts.size(); ++i) {
        both.parts[i] = std::max(both.parts[i], b.parts[i]);
      }
      both.atoms.insert(both.atoms.end(), b.atoms.begin(), b.atoms.end());
      both.labels.insert(both.labels.end(), b.labels.begin(), b.labels.end());
      both.fillers_differ = a.fillers_differ || b.fillers_differ ||
                            (a.filler.has_value() && b.filler.has_value() && a.filler != b.filler);
      if (b.filler.has_value()) both.filler = b.filler;
      result.push_back(std::move(both));
    }
  }
  return result;
}

OpenCells CellsOfRow(const std::vector<LayoutNode>& row, int sum_count) {
  OpenCells cells(1);
  cells[0].parts.assign(static_cast<size_t>(sum_count), -1);
  for (const LayoutNode& node : row) cells = Cross(cells, CellsOf(node, sum_count));
  return cells;
}

OpenCells CellsOf(const LayoutNode& node, int sum_count) {
  OpenCells cells;
  switch (node.kind) {
    case LayoutNode::Kind::kUnit:
    case LayoutNode::Kind::kAtom:
      cells.resize(1);
      cells[0].parts.assign(static_cast<size_t>(sum_count), -1);
      if (node.kind == LayoutNode::Kind::kAtom) cells[0].atoms.push_back(node.atom);
      break;
    case LayoutNode::Kind::kProduct:
      return CellsOfRow(node.children, sum_count);
    case LayoutNode::Kind::kSum:
      for (size_t part = 0; part < node.children.size(); ++part) {
        for (OpenCell& cell : CellsOf(node.children[part], sum_count)) {
          if (cells.size() > kMaxCells) return cells;
          cell.parts[static_cast<size_t>(node.sum)] = static_cast<int>(part);
          if (node.fillers[part].has_value()) {
            cell.fillers_differ = cell.fillers_differ ||
                                  (cell.filler.has_value() && cell.filler != node.fillers[part]);
            cell.filler = node.fillers[part];
          } else if (cell.labels.empty()) {
            cell.labels.push_back(node.part_labels[part]);
          }
          cells.push_back(std::move(cell));
        }
      }
      break;
  }
  return cells;
}

// Of the same number several times in a cell, each is an axis of its own: the first on one side is
// the first on the other.
std::string NameOfNumber(int64_t number, int occurrence) {
  return occurrence == 1 ? absl::StrCat(number) : absl::StrCat(number, "#", occurrence);
}

// The atoms of each number, in the order of their occurrences.
using NumberAtoms = std::map<int64_t, std::vector<int>>;

NumberAtoms NumberAtomsOf(const AtomTable& atoms) {
  NumberAtoms numbers;
  for (int atom = 0; atom < atoms.size(); ++atom) {
    const int64_t number = atoms.fixed_size(atom);
    if (number != AtomTable::kUnknown) numbers[number].push_back(atom);
  }
  return numbers;
}

// Numbers count within a cell, whatever stands in other parts of a sum.
void NumberAxes(const AtomTable& atoms, const NumberAtoms& numbers, std::vector<int>& cell) {
  std::map<int64_t, size_t> occurrences;
  for (int& atom : cell) {
    const int64_t number = atoms.fixed_size(atom);
    if (number != AtomTable::kUnknown) atom = numbers.at(number)[occurrences[number]++];
  }
}

}  // namespace

int AtomTable::Intern(std::string_view name) {
  const int found = Find(name);
  if (found >= 0) return found;
  names_.emplace_back(name);
  fixed_.push_back(kUnknown);
  return size() - 1;
}

int AtomTable::InternNumber(int64_t number, int occurrence) {
  const int atom = Intern(NameOfNumber(number, occurrence));
  fixed_[static_cast<size_t>(atom)] = number;
  return atom;
}

int AtomTable::Find(std::string_view name) const {
  const auto found = std::find(names_.begin(), names_.end(), name);
  return found == names_.end() ? -1 : static_cast<int>(found - names_.begin());
}

absl::StatusOr<Layout> Layout::Parse(std::string_view text, AtomTable& atoms,
                                     std::string_view where) {
  Layout layout;
  layout.text_ = std::string(text);
  Parser parser(text, atoms, where);
  WEFT_ASSIGN_OR_RETURN(layout.axes_, parser.ParseAxes(&layout.rest_axis_));
  layout.sum_count_ = parser.sum_count();
  return layout;
}

absl::StatusOr<std::vector<LayoutCell>> Layout::Cells(std::string_view tensor_label,
                                                      const AtomTable& atoms,
                                                      std::string_view where) const {
  OpenCells open = CellsOfRow(axes_, sum_count_);
  if (open.size() > kMaxCells) {
    return ErrorStatus(
        ErrorCode::kLimitExceeded, where,
        absl::StrFormat("layout \"%s\" has more than %d cells", Escaped(text_), kMaxCells));
  }
  std::vector<LayoutCell> cells;
  cells.reserve(open.size());
  const NumberAtoms numbers = NumberAtomsOf(atoms);
  for (OpenCell& cell : open) {
    NumberAxes(atoms, numbers, cell.atoms);
    std::vector<int> sorted = cell.atoms;
    std::sort(sorted.begin(), sorted.end());
    const auto twice = std::adjacent_find(sorted.begin(), sorted.end());
    if (twice != sorted.end() && !cell.filler.has_value()) {
      return ErrorStatus(ErrorCode::kLayoutSyntax, where,
                         absl::StrFormat("axis %s stands twice in one cell of layout \"%s\"",
                                         atoms.name(*twice), Escaped(text_)));
    }
    if (cell.fillers_differ) {
      return ErrorStatus(
          ErrorCode::kLayoutSyntax, where,
          absl::StrFormat("fillers of different elements meet in layout \"%s\"", Escaped(text_)),
          "where two sums stand side by side, give both the same element");
    }
    std::sort(cell.labels.begin(), cell.labels.end());
    LayoutCell done;
    done.filler = std::move(cell.filler);
    for (const std::string& label : cell.labels) {
      if (!done.label.empty()) done.label += "&";
      done.label += label;
    }
    if (cell.labels.empty()) done.label = std::string(tensor_label);
    done.parts = std::move(cell.parts);
    done.atoms = std::move(cell.atoms);
    cells.push_back(std::move(done));
  }
  return cells;
}

}  // namespace weft
