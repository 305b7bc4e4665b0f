#include "mapping/rule_reader.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "mapping/operation_table.h"

namespace weft {
namespace {

// Reads the fields of one operation.
class OperationReader : public OperationFields {
 public:
  explicit OperationReader(const Field& field) : field_(field) {}

  void Integer(std::string_view name, int* value) override {
    if (!Take(name)) return;
    *value = ReadInteger(field_.Member(name));
  }

  void Integers(std::string_view name, std::vector<int>* value) override {
    if (!Take(name)) return Missing(name);
    const Field list = field_.Member(name);
    if (!list.Expect(json::Kind::kArray)) return;
    for (size_t i = 0; i < list.value().elements.size(); ++i) {
      value->push_back(ReadInteger(list.Element(i)));
    }
  }

  void Flag(std::string_view name, bool* value) override {
    if (!Take(name)) return;
    const Field flag = field_.Member(name);
    if (flag.Expect(json::Kind::kBool)) *value = flag.value().boolean;
  }

  void Name(std::string_view name, std::string* value) override {
    if (!Take(name)) return Missing(name);
    *value = field_.Member(name).String();
  }

  void Size(std::string_view name, std::string* value) override {
    if (!Take(name)) return;
    const Field size = field_.Member(name);
    *value = size.ExpressionText();
    // Empty is what a size is that was left out.
    if (value->empty()) size.Error(ErrorCode::kExpressionSyntax, "an empty expression");
  }

  void Sizes(std::string_view name, std::vector<std::string>* value, bool required) override {
    if (!Take(name)) {
      if (required) Missing(name);
      return;
    }
    const Field list = field_.Member(name);
    if (list.value().kind != json::Kind::kArray) {
      value->push_back(list.ExpressionText());
      return;
    }
    for (size_t i = 0; i < list.value().elements.size(); ++i) {
      value->push_back(list.Element(i).ExpressionText());
    }
    if (value->empty()) list.Error(ErrorCode::kBadOperation, "an empty list of sizes");
  }

  // Reports the fields that the operation does not have.
  void ExpectNoOther() const {
    for (const json::Member& member : field_.value().members) {
      if (member.key == "op" || known_.count(member.key) > 0) continue;
      const std::vector<std::string_view> words(known_.begin(), known_.end());
      const std::string nearest = NearestWord(member.key, words);
      field_.Member(member.key)
          .Error(ErrorCode::kBadOperation,
                 absl::StrFormat("%s has no field \"%s\"", field_.Member("op").value().string,
                                 Escaped(member.key)),
                 nearest.empty() ? "" : absl::StrFormat("did you mean \"%s\"?", nearest));
    }
  }

 private:
  bool Take(std::string_view name) {
    known_.emplace(name);
    return field_.Has(name);
  }

  void Missing(std::string_view name) const {
    field_.Error(
        ErrorCode::kBadOperation,
        absl::StrFormat("%s needs the field \"%s\"", field_.Member("op").value().string, name));
  }

  static int ReadInteger(const Field& field) {
    if (!field.Expect(json::Kind::kInteger)) return 0;
    const int64_t value = field.value().integer;
    if (value < -1000 || value > 1000) {
      field.Error(ErrorCode::kBadOperation, absl::StrFormat("%d is no axis", value));
      return 0;
    }
    return static_cast<int>(value);
  }

  Field field_;
  std::set<std::string, std::less<>> known_;
};

RuleConditions ReadConditions(const Field& field) {
  RuleConditions conditions;
  if (field.Has("unless")) conditions.unless = field.Member("unless").Strings();
  if (field.Has("when")) {
    conditions.when = field.Member("when").ExpressionText();
    if (conditions.when.empty()) {
      field.Member("when").Error(ErrorCode::kExpressionSyntax, "an empty expression");
    }
  }
  if (field.Has("otherwise") && field.Member("otherwise").Expect(json::Kind::kBool)) {
    conditions.otherwise = field.Member("otherwise").value().boolean;
  }
  for (const std::string_view free_text : {"reason", "note"}) field.OptionalString(free_text);
  if (field.Has("direction")) {
    const Field direction = field.Member("direction");
    const std::string word = direction.String();
    if (word == "forward") {
      conditions.direction = RuleDirection::kForward;
    } else if (word == "reverse") {
      conditions.direction = RuleDirection::kReverse;
    } else if (word != "both") {
      direction.Error(ErrorCode::kMappingField,
                      absl::StrFormat("\"%s\" is no direction", Escaped(word)),
                      "expected \"forward\", \"reverse\" or \"both\"");
    }
  }
  return conditions;
}

// Names; of a side with several tensors by label, or by name where tensors have no label.
void ReadCopiesOfSide(const Field& field, std::vector<TensorPattern>* side) {
  if (field.value().kind != json::Kind::kObject) {
    std::vector<std::string> names = field.Strings();
    if (side->size() == 1) {
      side->front().copies = std::move(names);
    } else if (!side->empty()) {
      field.Error(ErrorCode::kMappingField,
                  absl::StrFormat("the side has %d tensors; expected {\"label\": [names], …}",
                                  side->size()));
    }
    return;
  }
  for (const json::Member& member : field.value().members) {
    const auto tensor =
        std::find_if(side->begin(), side->end(), [&member](const TensorPattern& candidate) {
          return (candidate.label.empty() ? candidate.name : candidate.label) == member.key;
        });
    std::vector<std::string> names = field.Member(member.key).Strings();
    if (tensor != side->end()) {
      tensor->copies = std::move(names);
    } else {
      field.Member(member.key)
          .Error(ErrorCode::kMappingField,
                 absl::StrFormat("no tensor of this side is labelled \"%s\"", Escaped(member.key)));
    }
  }
}

void ReadCopies(const Field& rule, std::vector<TensorPattern>* from,
                std::vector<TensorPattern>* to) {
  if (!rule.Has("copies") || !rule.Member("copies").Expect(json::Kind::kObject)) return;
  const Field copies = rule.Member("copies");
  copies.ExpectKeys({"from", "to"});
  if (copies.Has("from")) ReadCopiesOfSide(copies.Member("from"), from);
  if (copies.Has("to")) ReadCopiesOfSide(copies.Member("to"), to);
}

std::vector<TensorPattern> ReadNames(const Field& field) {
  std::vector<TensorPattern> tensors;
  for (std::string& name : field.Strings()) tensors.push_back({"", std::move(name), ""});
  return tensors;
}

TensorPattern ReadLayout(const Field& field, const std::string& label) {
  if (field.value().kind != json::Kind::kArray || field.value().elements.size() != 2) {
    field.Error(ErrorCode::kMappingField, "expected [name, layout]",
                "several tensors are written {\"label\": [name, layout], …}");
    return {label, "x", ""};
  }
  return {label, field.Element(0).String(), field.Element(1).String()};
}

// [name, layout], or {"label": [name, layout], …}.
std::vector<TensorPattern> ReadLayouts(const Field& field) {
  std::vector<TensorPattern> tensors;
  if (field.value().kind != json::Kind::kObject) {
    tensors.push_back(ReadLayout(field, ""));
    return tensors;
  }
  for (const json::Member& member : field.value().members) {
    tensors.push_back(ReadLayout(field.Member(member.key), member.key));
  }
  return tensors;
}

void ReadOperation(const Field& field, std::vector<ConversionOp>* operations) {
  if (!field.Expect(json::Kind::kObject)) return;
  if (!field.Has("op")) {
    field.Error(ErrorCode::kBadOperation, "the field \"op\" is missing");
    return;
  }
  const Field op = field.Member("op");
  const std::string name = op.String();
  const OperationRow* row = FindOperation(name);
  if (row == nullptr) {
    std::vector<std::string_view> names;
    for (const OperationRow& r : OperationRows()) names.push_back(r.name);
    const std::string nearest = NearestWord(name, names);
    op.Error(ErrorCode::kUnknownOperation,
             absl::StrFormat("unknown operation \"%s\"", Escaped(name)),
             nearest.empty() ? "" : absl::StrFormat("did you mean \"%s\"?", nearest));
    return;
  }
  ConversionOp operation = row->initial;
  OperationReader reader(field);
  row->fields(operation, reader);
  reader.ExpectNoOther();
  operations->push_back(std::move(operation));
}

void ReadOperations(const Field& field, std::vector<ConversionOp>* operations) {
  if (!field.Has("operations")) {
    field.Error(ErrorCode::kMappingField, "the field \"operations\" is missing");
    return;
  }
  const Field list = field.Member("operations");
  if (!list.Expect(json::Kind::kArray)) return;
  if (list.value().elements.empty()) {
    list.Error(ErrorCode::kBadOperation, "an empty list of operations",
               "a rule that changes only the name is written with \"rename\"");
  }
  for (size_t i = 0; i < list.value().elements.size(); ++i) {
    ReadOperation(list.Element(i), operations);
  }
}

}  // namespace

Rule ReadRule(const Field& field) {
  if (!field.Expect(json::Kind::kObject)) return WeightDrop{};
  const std::vector<std::string_view> forms = {"rename", "drop", "convert", "from"};
  const auto count = std::count_if(forms.begin(), forms.end(),
                                   [&field](std::string_view form) { return field.Has(form); });
  if (count != 1) {
    field.Error(ErrorCode::kMappingField,
                absl::StrFormat("a rule has one of \"rename\", \"from\", \"convert\" and "
                                "\"drop\"; this one has %d of them",
                                count));
    return WeightDrop{};
  }
  if (field.Has("drop")) {
    field.ExpectKeys({"drop", "unless", "when", "otherwise", "direction", "reason", "note"});
    return WeightDrop{field.Member("drop").String(), field.OptionalString("reason"),
                      ReadConditions(field)};
  }
  if (!field.Has("to")) {
    field.Error(ErrorCode::kMappingField, "the field \"to\" is missing");
    return WeightDrop{};
  }
  if (field.Has("rename")) {
    field.ExpectKeys(
        {"rename", "to", "copies", "unless", "when", "otherwise", "direction", "reason", "note"});
    WeightRenaming renaming{field.Member("rename").String(), field.Member("to").String(),
                            ReadConditions(field)};
    std::vector<TensorPattern> from(1);
    std::vector<TensorPattern> to(1);
    ReadCopies(field, &from, &to);
    renaming.from_copies = std::move(from[0].copies);
    renaming.to_copies = std::move(to[0].copies);
    return renaming;
  }
  WeightConverter converter;
  if (field.Has("convert")) {
    field.ExpectKeys({"convert", "to", "operations", "sizes", "copies", "unless", "when",
                      "otherwise", "direction", "reason", "note"});
    converter.from = ReadNames(field.Member("convert"));
    converter.to = ReadNames(field.Member("to"));
    ReadOperations(field, &converter.operations);
  } else {
    field.ExpectKeys({"from", "to", "sizes", "copies", "unless", "when", "otherwise", "direction",
                      "reason", "note"});
    converter.from = ReadLayouts(field.Member("from"));
    converter.to = ReadLayouts(field.Member("to"));
  }
  if (field.Has("sizes") && field.Member("sizes").Expect(json::Kind::kObject)) {
    const Field sizes = field.Member("sizes");
    for (const json::Member& member : sizes.value().members) {
      converter.sizes[member.key] = sizes.Member(member.key).ExpressionText();
    }
  }
  ReadCopies(field, &converter.from, &converter.to);
  converter.conditions = ReadConditions(field);
  return converter;
}

}  // namespace weft
