#include "mapping/rule_checker.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "mapping/operation_table.h"

namespace weft {
namespace {

using internal::CheckedName;
using internal::CheckedOperation;
using internal::CheckedRule;
using internal::CheckedTensor;
using internal::ListVariable;
using internal::OperationChain;

bool Contains(const std::vector<int>& values, int value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

class Checker {
 public:
  Checker(const PlaceOf& place, const Tables& tables, const Limits& limits,
          Diagnostics& diagnostics)
      : place_(place), tables_(tables), limits_(limits), diagnostics_(diagnostics) {}

  CheckedRule Check(const Rule& rule) {
    errors_before_ = diagnostics_.count();
    rule_.where = place_("");
    if (const auto* renaming = std::get_if<WeightRenaming>(&rule)) {
      CheckRenaming(*renaming);
    } else if (const auto* converter = std::get_if<WeightConverter>(&rule)) {
      CheckConverter(*converter);
    } else {
      CheckDrop(std::get<WeightDrop>(rule));
    }
    return std::move(rule_);
  }

 private:
  bool ok() const { return diagnostics_.count() == errors_before_; }

  void Add(ErrorCode code, std::string_view pointer, std::string_view what,
           std::string_view hint = "") {
    diagnostics_.Add(code, place_(pointer), what, hint);
  }

  std::shared_ptr<const Pattern> ParsePattern(std::string_view text, Side side,
                                              VariableTable& variables, std::string_view pointer) {
    if (text.size() > limits_.pattern_bytes) {
      Add(ErrorCode::kLimitExceeded, pointer,
          absl::StrFormat("a pattern of %d bytes; the limit is %d", text.size(),
                          limits_.pattern_bytes));
      return nullptr;
    }
    auto pattern = Pattern::Parse(text, side, tables_, variables, place_(pointer));
    if (!pattern.ok()) {
      diagnostics_.Add(pattern.status());
      return nullptr;
    }
    return *std::move(pattern);
  }

  void AddTensor(const TensorPattern& tensor, Side side, const std::string& name_pointer,
                 const std::string& copies_pointer) {
    CheckedTensor checked;
    checked.label = tensor.label;
    checked.names.push_back({ParsePattern(tensor.name, side, rule_.variables, name_pointer)});
    for (size_t i = 0; i < tensor.copies.size(); ++i) {
      checked.names.push_back({ParsePattern(tensor.copies[i], side, rule_.variables,
                                            absl::StrCat(copies_pointer, "/", i))});
    }
    (side == Side::kFrom ? rule_.from : rule_.to).push_back(std::move(checked));
  }

  void CheckRenaming(const WeightRenaming& renaming) {
    rule_.kind = CheckedRule::Kind::kRename;
    rule_.text = "rename";
    AddTensor({"", renaming.from, "", renaming.from_copies}, Side::kFrom, "/rename",
              "/copies/from");
    AddTensor({"", renaming.to, "", renaming.to_copies}, Side::kTo, "/to", "/copies/to");
    CheckConditions(renaming.conditions);
    if (!ok()) return;
    SortVariables("/rename");
    rule_.from.front().lists.clear();
    rule_.to.front().lists.clear();
    if (ok()) CheckNames();
  }

  void CheckDrop(const WeightDrop& drop) {
    rule_.kind = CheckedRule::Kind::kDrop;
    rule_.text = "drop";
    rule_.reason = drop.reason;
    AddTensor({"", drop.name, ""}, Side::kFrom, "/drop", "");
    CheckConditions(drop.conditions);
    if (!ok()) return;
    rule_.group_variables = rule_.from.front().pattern().variables();
    if (drop.conditions.direction == RuleDirection::kReverse) {
      Add(ErrorCode::kMappingField, "/direction", "a drop acts forward only",
          "in reverse there is nothing to drop; remove the direction");
    }
  }

  void CheckConverter(const WeightConverter& converter) {
    const bool by_operations = !converter.operations.empty();
    rule_.kind = by_operations ? CheckedRule::Kind::kOperations : CheckedRule::Kind::kLayouts;
    AddSide(converter.from, Side::kFrom, by_operations ? "/convert" : "/from", by_operations);
    AddSide(converter.to, Side::kTo, "/to", by_operations);
    for (const auto& [name, text] : converter.sizes) {
      const std::string pointer = "/sizes/" + name;
      if (!IsIdentifier(name)) {
        Add(ErrorCode::kMappingField, pointer,
            absl::StrFormat("\"%s\" is no name of an axis", Escaped(name)));
        continue;
      }
      absl::StatusOr<Expression> size = Expression::Parse(text, place_(pointer));
      if (!size.ok()) {
        diagnostics_.Add(size.status());
        continue;
      }
      rule_.sizes.emplace(name, *std::move(size));
    }
    CheckConditions(converter.conditions);
    if (!ok()) return;
    SortVariables(by_operations ? "/convert" : "/from");
    if (!ok()) return;
    if (by_operations) {
      CheckOperations(converter.operations);
    } else {
      CheckLayouts(converter);
    }
  }

  void AddSide(const std::vector<TensorPattern>& tensors, Side side, const std::string& pointer,
               bool by_operations) {
    if (tensors.empty()) {
      Add(ErrorCode::kMappingField, pointer, "a converter needs at least one tensor on each side");
    }
    std::set<std::string> labels;
    for (size_t i = 0; i < tensors.size(); ++i) {
      const TensorPattern& tensor = tensors[i];
      const std::string here = by_operations          ? absl::StrCat(pointer, "/", i)
                               : tensor.label.empty() ? pointer
                                                      : pointer + "/" + tensor.label;
      if (!tensor.label.empty() && !IsIdentifier(tensor.label)) {
        Add(ErrorCode::kMappingField, here,
            absl::StrFormat("\"%s\" is no label", Escaped(tensor.label)),
            "a label is letters, digits and underscores, and begins with a letter");
      }
      if (!by_operations && tensors.size() > 1 &&
          (tensor.label.empty() || !labels.insert(tensor.label).second)) {
        Add(ErrorCode::kMappingField, here, "several tensors of one side need a label each");
      }
      const std::string copies = side == Side::kFrom ? "/copies/from" : "/copies/to";
      AddTensor(tensor, side, by_operations ? here : here + "/0",
                tensors.size() == 1 ? copies : copies + "/" + tensor.label);
    }
  }

  void CheckConditions(const RuleConditions& conditions) {
    for (size_t i = 0; i < conditions.unless.size(); ++i) {
      NamePattern unless;
      unless.pattern = ParsePattern(conditions.unless[i], Side::kFrom, unless.variables,
                                    absl::StrCat("/unless/", i));
      rule_.unless.push_back(std::move(unless));
    }
    if (!conditions.when.empty()) {
      absl::StatusOr<Expression> when = Expression::Parse(conditions.when, place_("/when"));
      if (when.ok()) {
        rule_.when = *std::move(when);
      } else {
        diagnostics_.Add(when.status());
      }
    }
    rule_.otherwise = conditions.otherwise;
    rule_.direction = conditions.direction;
  }

  static std::vector<int> VariablesOf(const std::vector<CheckedTensor>& side) {
    std::vector<int> all;
    for (const CheckedTensor& tensor : side) {
      for (const int variable : tensor.pattern().variables()) {
        if (!Contains(all, variable)) all.push_back(variable);
      }
    }
    return all;
  }

  // Sorts the variables into those that stand on both sides (groups) and the others, which may be
  // lists.
  void SortVariables(std::string_view from_pointer) {
    const std::vector<int> from = VariablesOf(rule_.from);
    const std::vector<int> to = VariablesOf(rule_.to);
    for (const int variable : from) {
      if (Contains(to, variable)) rule_.group_variables.push_back(variable);
    }
    for (auto* side : {&rule_.from, &rule_.to}) {
      for (CheckedTensor& tensor : *side) {
        for (const int variable : tensor.pattern().variables()) {
          if (!Contains(rule_.group_variables, variable)) tensor.lists.push_back({variable, -1});
        }
        for (const CheckedName& name : tensor.names) {
          for (const int variable : rule_.group_variables) {
            if (name.pattern->Uses(variable)) continue;
            Add(ErrorCode::kUnknownVariable, side == &rule_.from ? from_pointer : "/to",
                absl::StrFormat("pattern \"%s\" lacks variable {%s}, which stands on both sides",
                                Escaped(name.pattern->text()), rule_.variables.name(variable)),
                "every name of a rule must say which group it belongs to");
          }
        }
      }
    }
    CheckKinds();
  }

  // A variable is a number everywhere or a text everywhere.
  void CheckKinds() {
    std::vector<int> kinds(static_cast<size_t>(rule_.variables.size()), 0);
    for (const auto* side : {&rule_.from, &rule_.to}) {
      for (const CheckedTensor& tensor : *side) {
        for (const CheckedName& name : tensor.names) {
          for (const PatternToken& token : name.pattern->tokens()) {
            if (token.kind == PatternToken::Kind::kLiteral) continue;
            kinds[static_cast<size_t>(token.variable)] |=
                token.kind == PatternToken::Kind::kIndex ? 1 : 2;
          }
        }
      }
    }
    for (int variable = 0; variable < rule_.variables.size(); ++variable) {
      if (kinds[static_cast<size_t>(variable)] != 3) continue;
      Add(ErrorCode::kPatternSyntax, "",
          absl::StrFormat("variable {%s} is an index in one name and a text in another",
                          rule_.variables.name(variable)));
    }
  }

  // After the lists are known: what is left of a name's variables is replicated.
  void CheckNames() {
    for (auto* side : {&rule_.from, &rule_.to}) {
      for (CheckedTensor& tensor : *side) {
        rule_.has_copies = rule_.has_copies || tensor.names.size() > 1;
        for (CheckedName& name : tensor.names) CheckName(tensor, side == &rule_.to, name);
      }
    }
  }

  void CheckName(const CheckedTensor& tensor, bool is_to, CheckedName& name) {
    for (const ListVariable& list : tensor.lists) {
      if (name.pattern->Uses(list.variable)) continue;
      Add(ErrorCode::kUnknownVariable, is_to ? "/copies/to" : "/copies/from",
          absl::StrFormat("pattern \"%s\" lacks variable {%s}, over which \"%s\" is a list",
                          Escaped(name.pattern->text()), rule_.variables.name(list.variable),
                          Escaped(tensor.pattern().text())));
    }
    for (const int variable : name.pattern->variables()) {
      const bool is_list =
          std::any_of(tensor.lists.begin(), tensor.lists.end(),
                      [variable](const ListVariable& list) { return list.variable == variable; });
      if (is_list || Contains(rule_.group_variables, variable)) continue;
      name.replicated.push_back(variable);
      rule_.has_copies = true;
      if (is_to && !IsEnumerable(*name.pattern, variable)) AddUnknownVariable(variable);
    }
  }

  // True when the mapping itself says which values the variable takes.
  bool IsEnumerable(const Pattern& pattern, int variable) const {
    if (rule_.sizes.count(rule_.variables.name(variable)) > 0) return true;
    return std::any_of(pattern.tokens().begin(), pattern.tokens().end(),
                       [variable](const PatternToken& token) {
                         return token.variable == variable && token.IsFinite();
                       });
  }

  void AddUnknownVariable(int variable) {
    Add(ErrorCode::kUnknownVariable, "",
        absl::StrFormat("variable {%s} stands only in `to`, and is no axis of `from`",
                        rule_.variables.name(variable)),
        "a variable stands on both sides, or it is an axis of the other side's layout (or "
        "`over` of an operation), or it takes a finite set of values: {i=0..5}");
  }

  // --- Rules by layouts.

  void CheckLayouts(const WeightConverter& converter) {
    ParseLayouts(converter.from, rule_.from, "/from");
    ParseLayouts(converter.to, rule_.to, "/to");
    if (!ok()) return;
    rule_.text = LayoutsText(rule_.from) + " -> " + LayoutsText(rule_.to);
    // The axes that the sides write before list variables join them.
    const std::set<int> from_atoms = AtomsOf(rule_.from);
    const std::set<int> to_atoms = AtomsOf(rule_.to);
    AttachLists(rule_.from, to_atoms);
    AttachLists(rule_.to, from_atoms);
    CheckNames();
    const bool rest_from = from_atoms.count(rule_.atoms.Find(Layout::kRestName)) > 0;
    const bool rest_to = to_atoms.count(rule_.atoms.Find(Layout::kRestName)) > 0;
    if (rest_from != rest_to) {
      Add(ErrorCode::kCellsDiffer, "", "\"...\" stands in the layouts of one side only",
          "it means the same axes on both sides");
    }
    if (ok()) CompareCells();
  }

  void ParseLayouts(const std::vector<TensorPattern>& written, std::vector<CheckedTensor>& side,
                    const std::string& pointer) {
    for (size_t i = 0; i < written.size(); ++i) {
      const std::string here =
          (written[i].label.empty() ? pointer : pointer + "/" + written[i].label) + "/1";
      absl::StatusOr<Layout> layout = Layout::Parse(written[i].layout, rule_.atoms, place_(here));
      if (!layout.ok()) {
        diagnostics_.Add(layout.status());
        continue;
      }
      auto cells = layout->Cells(written[i].label, rule_.atoms, place_(here));
      if (!cells.ok()) {
        diagnostics_.Add(cells.status());
        continue;
      }
      side[i].layout = *std::move(layout);
      for (LayoutCell& cell : *cells) {
        (cell.filler.has_value() ? side[i].fillers : side[i].cells).push_back(std::move(cell));
      }
      if (side[i].cells.empty()) {
        Add(ErrorCode::kLayoutSyntax, here,
            absl::StrFormat("layout \"%s\" has fillers only", Escaped(written[i].layout)));
      }
    }
  }

  static std::set<int> AtomsOf(const std::vector<CheckedTensor>& side) {
    std::set<int> atoms;
    for (const CheckedTensor& tensor : side) {
      for (const LayoutCell& cell : tensor.cells) {
        atoms.insert(cell.atoms.begin(), cell.atoms.end());
      }
    }
    return atoms;
  }

  // A variable that stands on one side only is a list when it is an axis of the other side.
  void AttachLists(std::vector<CheckedTensor>& side, const std::set<int>& other_atoms) {
    for (CheckedTensor& tensor : side) {
      std::vector<ListVariable> lists;
      for (const ListVariable& list : tensor.lists) {
        const int atom = rule_.atoms.Find(rule_.variables.name(list.variable));
        if (atom < 0 || other_atoms.count(atom) == 0) continue;
        lists.push_back({list.variable, atom});
        CheckIsIndex(tensor, list.variable);
      }
      tensor.lists = std::move(lists);
    }
  }

  void CheckIsIndex(const CheckedTensor& tensor, int variable) {
    for (const PatternToken& token : tensor.pattern().tokens()) {
      if (token.variable != variable || token.kind == PatternToken::Kind::kIndex) continue;
      Add(ErrorCode::kPatternSyntax, "",
          absl::StrFormat("variable {%s} in pattern \"%s\" is a list, so it must be an index",
                          rule_.variables.name(variable), Escaped(tensor.pattern().text())));
    }
  }

  struct FullCell {
    std::string label;
    std::vector<int> atoms;  // sorted; those of the lists included
  };

  std::vector<FullCell> FullCells(const std::vector<CheckedTensor>& side) const {
    std::vector<FullCell> cells;
    for (const CheckedTensor& tensor : side) {
      for (const LayoutCell& cell : tensor.cells) {
        FullCell full{cell.label, cell.atoms};
        for (const ListVariable& list : tensor.lists) full.atoms.push_back(list.atom);
        std::sort(full.atoms.begin(), full.atoms.end());
        cells.push_back(std::move(full));
      }
    }
    std::sort(cells.begin(), cells.end(),
              [](const FullCell& a, const FullCell& b) { return a.label < b.label; });
    return cells;
  }

  std::string TextOfCells(const std::vector<FullCell>& cells) const {
    std::string text;
    for (const FullCell& cell : cells) {
      std::string atoms;
      for (const int atom : cell.atoms)
        atoms += (atoms.empty() ? "" : " ") + rule_.atoms.name(atom);
      if (!text.empty()) text += ", ";
      text += cell.label.empty() ? "(" + atoms + ")" : cell.label + "(" + atoms + ")";
    }
    return text;
  }

  void CompareCells() {
    std::vector<FullCell> from = FullCells(rule_.from);
    std::vector<FullCell> to = FullCells(rule_.to);
    for (const auto* side : {&from, &to}) {
      const auto twice = std::adjacent_find(
          side->begin(), side->end(),
          [](const FullCell& a, const FullCell& b) { return a.label == b.label; });
      if (twice != side->end()) {
        Add(ErrorCode::kCellsDiffer, side == &from ? "/from" : "/to",
            absl::StrFormat("two cells are labelled \"%s\"", twice->label),
            "labels of cells are unique on a side: write qrot, krot");
        return;
      }
    }
    if (from.size() == 1 && to.size() == 1) {
      // One cell a side needs no label; give both the same so that the plan pairs them.
      const std::string label = from[0].label.empty() ? to[0].label : from[0].label;
      rule_.from[0].cells[0].label = rule_.to[0].cells[0].label = label;
      from[0].label = to[0].label = label;
    }
    const bool same = std::equal(from.begin(), from.end(), to.begin(), to.end(),
                                 [](const FullCell& a, const FullCell& b) {
                                   return a.label == b.label && a.atoms == b.atoms;
                                 });
    if (!same) {
      Add(ErrorCode::kCellsDiffer, "",
          absl::StrFormat("the two sides have different cells: `from` has %s; `to` has %s",
                          TextOfCells(from), TextOfCells(to)),
          "both sides need the same labels with the same axes; a list variable counts as an axis");
    }
  }

  std::string LayoutsText(const std::vector<CheckedTensor>& side) const {
    std::string text;
    for (const CheckedTensor& tensor : side) {
      if (!text.empty()) text += ", ";
      if (!tensor.label.empty()) text += tensor.label + " ";
      text += "\"" + tensor.layout->text() + "\"";
      for (const ListVariable& list : tensor.lists) {
        text += "[" + rule_.variables.name(list.variable) + "]";
      }
    }
    return text;
  }

  // --- Rules by operations.

  void CheckOperations(const std::vector<ConversionOp>& operations) {
    rule_.forward = ParseChain(operations);
    if (!ok()) return;
    for (const ConversionOp& operation : operations) {
      rule_.text += (rule_.text.empty() ? "" : " > ") + TextOf(operation);
    }
    CheckSlots();
    CheckNames();
    std::vector<ConversionOp> reversed;
    for (auto it = operations.rbegin(); it != operations.rend(); ++it) {
      absl::StatusOr<ConversionOp> reverse = RowOf(*it).reverse(*it);
      if (!reverse.ok()) {
        rule_.reverse_error = reverse.status();
        return;
      }
      reversed.push_back(*std::move(reverse));
    }
    rule_.reverse = ParseChain(reversed);
  }

  void ParseSizes(const std::vector<std::string>& texts, const std::string& where,
                  std::vector<Expression>* sizes) {
    for (const std::string& text : texts) {
      absl::StatusOr<Expression> size = Expression::Parse(text, where);
      if (size.ok()) {
        sizes->push_back(*std::move(size));
      } else {
        diagnostics_.Add(size.status());
      }
    }
  }

  OperationChain ParseChain(const std::vector<ConversionOp>& operations) {
    OperationChain chain;
    for (size_t i = 0; i < operations.size(); ++i) {
      CheckedOperation checked{operations[i], {}, {}};
      const std::string where = place_(absl::StrCat("/operations/", i));
      ParseSizes(SizesOf(operations[i]), where, &checked.sizes);
      ParseSizes(ExtraSizesOf(operations[i]), where, &checked.extra_sizes);
      chain.push_back(std::move(checked));
    }
    return chain;
  }

  // A variable that stands on one side only is a list when an operation goes over it. Returns the
  // lists of `side`.
  std::vector<int> KeepLists(std::vector<CheckedTensor>& side, ListEffect effect) {
    std::vector<int> kept;
    for (CheckedTensor& tensor : side) {
      std::vector<ListVariable> lists;
      for (const ListVariable& list : tensor.lists) {
        const std::string& name = rule_.variables.name(list.variable);
        const bool is_over = std::any_of(
            rule_.forward.begin(), rule_.forward.end(), [&](const CheckedOperation& checked) {
              return ListEffectOf(checked.operation) == effect && OverOf(checked.operation) == name;
            });
        if (!is_over) continue;
        lists.push_back(list);
        CheckIsIndex(tensor, list.variable);
        if (!Contains(kept, list.variable)) kept.push_back(list.variable);
      }
      tensor.lists = std::move(lists);
    }
    return kept;
  }

  // Follows the number of slots and the open list variables through the chain.
  void CheckSlots() {
    size_t slots = rule_.from.size();
    std::vector<int> open = KeepLists(rule_.from, ListEffect::kMerges);
    const std::vector<int> made = KeepLists(rule_.to, ListEffect::kSplits);
    for (size_t i = 0; i < rule_.forward.size(); ++i) {
      const ConversionOp& operation = rule_.forward[i].operation;
      const std::string pointer = absl::StrCat("/operations/", i);
      switch (RowOf(operation).effect) {
        case SlotEffect::kEach:
          CheckHeads(operation, pointer, slots);
          break;
        case SlotEffect::kJoin:
          slots = 1;
          break;
        case SlotEffect::kSplit:
          if (slots != 1) {
            Add(ErrorCode::kBadOperation, pointer,
                absl::StrFormat("%s takes one tensor; %d arrive", NameOf(operation), slots));
          }
          slots = rule_.to.size();
          break;
        case SlotEffect::kRegroup:
          CheckRegroups(operation, pointer, open);
          slots = rule_.to.size();
          break;
      }
      CheckOver(operation, pointer, open);
    }
    if (slots != rule_.to.size()) {
      Add(ErrorCode::kBadOperation, "/operations",
          absl::StrFormat("the operations end with %d tensors; `to` names %d", slots,
                          rule_.to.size()));
    }
    if (!std::is_permutation(open.begin(), open.end(), made.begin(), made.end())) {
      Add(ErrorCode::kBadOperation, "/operations",
          absl::StrFormat("the operations end with %s; `to` names %s", ListsText(open),
                          ListsText(made)));
    }
  }

  void CheckHeads(const ConversionOp& operation, const std::string& pointer, size_t slots) {
    const auto* rope = std::get_if<PermuteForRope>(&operation);
    if (rope == nullptr || rope->heads.size() == 1 || rope->heads.size() == slots) return;
    Add(ErrorCode::kBadOperation, pointer,
        absl::StrFormat("%s has the heads of %d tensors; %d arrive", NameOf(operation),
                        rope->heads.size(), slots),
        "give one number for all tensors, or one for each; 0 leaves a tensor as it is");
  }

  // An operation that makes lists of tensors, or tensors of lists, knows no further lists.
  void CheckRegroups(const ConversionOp& operation, const std::string& pointer,
                     const std::vector<int>& open) {
    const bool merges = ListEffectOf(operation) == ListEffect::kMerges;
    const bool fits = std::all_of(open.begin(), open.end(), [&](int variable) {
      return merges && rule_.variables.name(variable) == OverOf(operation);
    });
    if (fits) return;
    Add(ErrorCode::kBadOperation, pointer,
        absl::StrFormat("%s takes %s%s; %s arrive", NameOf(operation),
                        merges ? "lists over " : "no lists", merges ? OverOf(operation) : "",
                        ListsText(open)));
  }

  // "lists over e, k", "no lists"
  std::string ListsText(const std::vector<int>& variables) const {
    if (variables.empty()) return "no lists";
    std::string text;
    for (const int variable : variables) {
      text += (text.empty() ? "lists over " : ", ") + rule_.variables.name(variable);
    }
    return text;
  }

  void CheckOver(const ConversionOp& operation, const std::string& pointer,
                 std::vector<int>& open) {
    if (ListEffectOf(operation) == ListEffect::kNone) return;
    const bool merges = ListEffectOf(operation) == ListEffect::kMerges;
    const int variable = rule_.variables.Find(OverOf(operation));
    const bool grouped = variable >= 0 && Contains(rule_.group_variables, variable);
    if (variable < 0 || grouped || Contains(open, variable) != merges) {
      Add(ErrorCode::kUnknownVariable, pointer,
          absl::StrFormat(
              "`over` of %s names \"%s\", which is no variable that stands only in `%s`",
              NameOf(operation), Escaped(OverOf(operation)), merges ? "from" : "to"));
      return;
    }
    if (merges) {
      open.erase(std::find(open.begin(), open.end(), variable));
    } else {
      open.push_back(variable);
    }
  }

  const PlaceOf& place_;
  const Tables& tables_;
  const Limits& limits_;
  Diagnostics& diagnostics_;
  size_t errors_before_ = 0;
  CheckedRule rule_;
};

}  // namespace

internal::CheckedRule CheckRule(const Rule& rule, const PlaceOf& place, const Tables& tables,
                                const Limits& limits, Diagnostics& diagnostics) {
  return Checker(place, tables, limits, diagnostics).Check(rule);
}

}  // namespace weft
