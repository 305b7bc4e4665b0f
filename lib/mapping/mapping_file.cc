#include "mapping/mapping_file.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "mapping/json_fields.h"
#include "mapping/operation_table.h"
#include "mapping/rule_checker.h"

namespace weft {
namespace {

using internal::CheckedStage;
using internal::Detection;
using internal::MappingDocument;
using internal::Others;
using internal::ParamSource;

constexpr int64_t kVersion = 1;

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

  void Sizes(std::string_view name, std::vector<std::string>* value, bool required) override {
    if (!Take(name)) {
      if (required) Missing(name);
      return;
    }
    const Field list = field_.Member(name);
    if (!list.Expect(json::Kind::kArray)) return;
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

class FileReader {
 public:
  FileReader(const FileText& text, const Limits& limits, Diagnostics& diagnostics)
      : text_(text), limits_(limits), diagnostics_(diagnostics) {}

  void Read(const json::Value& root) {
    const Field file(root, "", text_, diagnostics_);
    if (!file.Expect(json::Kind::kObject)) return;
    ReadVersion(file);
    file.ExpectKeys({"$schema", "weft", "name", "description", "from", "to", "params", "tables",
                     "stages", "others", "detect"});
    file.OptionalString("$schema");
    document_->name = file.OptionalString("name");
    document_->description = file.OptionalString("description");
    document_->from = file.OptionalString("from");
    document_->to = file.OptionalString("to");
    if (file.Has("tables")) ReadTables(file.Member("tables"));
    if (file.Has("params")) ReadParams(file.Member("params"));
    if (file.Has("others")) ReadOthers(file.Member("others"));
    if (file.Has("detect")) ReadDetection(file.Member("detect"));
    if (!file.Has("stages")) {
      file.Error(ErrorCode::kMappingField, "the field \"stages\" is missing");
    } else {
      ReadStages(file.Member("stages"));
    }
  }

  std::shared_ptr<const MappingDocument> Take() { return std::move(document_); }

 private:
  void ReadVersion(const Field& file) {
    if (!file.Has("weft")) {
      file.Error(ErrorCode::kMappingField, "the field \"weft\" is missing",
                 "a mapping file begins with {\"weft\": 1, …");
      return;
    }
    const Field version = file.Member("weft");
    if (!version.Expect(json::Kind::kInteger)) return;
    if (version.value().integer != kVersion) {
      version.Error(ErrorCode::kMappingField,
                    absl::StrFormat("version %d of the mapping language; expected %d",
                                    version.value().integer, kVersion));
    }
  }

  void ReadTables(const Field& tables) {
    if (!tables.Expect(json::Kind::kObject)) return;
    for (const json::Member& member : tables.value().members) {
      const Field field = tables.Member(member.key);
      if (!IsIdentifier(member.key)) {
        field.Error(ErrorCode::kTableSyntax,
                    absl::StrFormat("\"%s\" is no name of a table", Escaped(member.key)));
      }
      if (!field.Expect(json::Kind::kObject)) continue;
      Table& table = tables_[member.key];
      std::set<std::string> right;
      for (const json::Member& entry : field.value().members) {
        const Field value = field.Member(entry.key);
        if (!value.Expect(json::Kind::kString)) continue;
        if (!right.insert(entry.value.string).second) {
          value.Error(ErrorCode::kTableSyntax,
                      absl::StrFormat("\"%s\" stands twice in the right column of table \"%s\"",
                                      Escaped(entry.value.string), Escaped(member.key)),
                      "a table is one-to-one, so that it can be read backwards");
        }
        table.emplace_back(entry.key, entry.value.string);
      }
      if (table.empty()) field.Error(ErrorCode::kTableSyntax, "an empty table");
    }
  }

  void ReadParams(const Field& params) {
    if (!params.Expect(json::Kind::kObject)) return;
    for (const json::Member& member : params.value().members) {
      const Field field = params.Member(member.key);
      if (!IsIdentifier(member.key)) {
        field.Error(ErrorCode::kMappingField,
                    absl::StrFormat("\"%s\" is no name of a param", Escaped(member.key)));
        continue;
      }
      document_->params.emplace(member.key, ReadParam(field));
    }
  }

  ParamSource ReadParam(const Field& field) {
    ParamSource source;
    source.where = field.Place();
    if (field.value().kind != json::Kind::kObject) {
      absl::StatusOr<Expression> expression =
          Expression::Parse(field.ExpressionText(), source.where);
      if (expression.ok()) {
        source.expression = *std::move(expression);
      } else {
        diagnostics_.Add(expression.status());
      }
      return source;
    }
    field.ExpectKeys({"from", "to", "default"});
    if (field.Has("from")) source.from_paths = field.Member("from").Strings();
    if (field.Has("to")) source.to_paths = field.Member("to").Strings();
    if (field.Has("default")) {
      absl::StatusOr<ParamValue> fallback =
          ParamValueOf(field.Member("default").value(), field.Member("default").Place());
      if (fallback.ok()) {
        source.fallback = *std::move(fallback);
      } else {
        diagnostics_.Add(fallback.status());
      }
    }
    return source;
  }

  void ReadOthers(const Field& field) {
    const std::string word = field.String();
    if (word == "pass") {
      document_->others = Others::kPass;
    } else if (word == "error") {
      document_->others = Others::kError;
    } else if (word == "drop") {
      document_->others = Others::kDrop;
    } else {
      field.Error(ErrorCode::kMappingField,
                  absl::StrFormat("\"%s\" is no treatment of other tensors", Escaped(word)),
                  "expected \"pass\", \"error\" or \"drop\"");
    }
  }

  void ReadDetection(const Field& field) {
    if (!field.Expect(json::Kind::kObject)) return;
    field.ExpectKeys({"config", "from", "to"});
    Detection& detection = document_->detection.emplace();
    if (field.Has("config") && field.Member("config").Expect(json::Kind::kObject)) {
      const Field config = field.Member("config");
      for (const json::Member& member : config.value().members) {
        detection.config.emplace_back(member.key, ReadValues(config.Member(member.key)));
      }
    }
    if (field.Has("from")) detection.from = ReadGuard(field.Member("from"));
    if (field.Has("to")) detection.to = ReadGuard(field.Member("to"));
  }

  // One value, or a list of alternatives.
  std::vector<ParamValue> ReadValues(const Field& field) {
    absl::StatusOr<ParamValue> value = ParamValueOf(field.value(), field.Place());
    if (!value.ok()) {
      diagnostics_.Add(value.status());
      return {};
    }
    if (value->kind == ParamValue::Kind::kList) return value->list;
    return {*std::move(value)};
  }

  NamePattern ReadNamePattern(const Field& field) {
    NamePattern name;
    const std::string text = field.String();
    if (text.size() > limits_.pattern_bytes) {
      field.Error(ErrorCode::kLimitExceeded,
                  absl::StrFormat("a pattern of %d bytes; the limit is %d", text.size(),
                                  limits_.pattern_bytes));
      return name;
    }
    auto pattern = Pattern::Parse(text, Side::kFrom, tables_, name.variables, field.Place());
    if (pattern.ok()) {
      name.pattern = *std::move(pattern);
    } else {
      diagnostics_.Add(pattern.status());
    }
    return name;
  }

  Guard ReadGuard(const Field& field) {
    Guard guard;
    guard.where = field.Place();
    if (!field.Expect(json::Kind::kObject)) return guard;
    field.ExpectKeys({"has", "lacks", "shape", "dtype", "param", "all", "any", "not"});
    if (field.value().members.size() != 1) {
      field.Error(
          ErrorCode::kMappingField,
          absl::StrFormat("a guard has one field, this one has %d", field.value().members.size()),
          "combine guards with {\"all\": […]} or {\"any\": […]}");
      return guard;
    }
    const std::string& word = field.value().members[0].key;
    const Field content = field.Member(word);
    if (word == "has" || word == "lacks") {
      guard.kind = word == "has" ? Guard::Kind::kHas : Guard::Kind::kLacks;
      guard.name = ReadNamePattern(content);
    } else if (word == "param") {
      guard.kind = Guard::Kind::kParam;
      guard.param = ReadExpression(content);
    } else if (word == "shape" || word == "dtype") {
      ReadTensorGuard(content, word == "shape", &guard);
    } else if (word == "not") {
      guard.kind = Guard::Kind::kNot;
      guard.parts.push_back(ReadGuard(content));
    } else if ((word == "all" || word == "any") && content.Expect(json::Kind::kArray)) {
      guard.kind = word == "any" ? Guard::Kind::kAny : Guard::Kind::kAll;
      for (size_t i = 0; i < content.value().elements.size(); ++i) {
        guard.parts.push_back(ReadGuard(content.Element(i)));
      }
    }
    return guard;
  }

  void ReadTensorGuard(const Field& field, bool shape, Guard* guard) {
    guard->kind = shape ? Guard::Kind::kShape : Guard::Kind::kDtype;
    if (!field.Expect(json::Kind::kObject)) return;
    field.ExpectKeys({"pattern", "is"});
    if (!field.Has("pattern") || !field.Has("is")) {
      field.Error(ErrorCode::kMappingField, "expected the fields \"pattern\" and \"is\"");
      return;
    }
    guard->name = ReadNamePattern(field.Member("pattern"));
    const Field is = field.Member("is");
    if (!shape) {
      const std::optional<DType> dtype = DTypeFromName(is.String());
      if (dtype.has_value()) {
        guard->dtype = *dtype;
      } else {
        is.Error(ErrorCode::kMappingField, "not the name of a dtype", "for example \"BF16\"");
      }
    } else if (is.Expect(json::Kind::kArray)) {
      for (size_t i = 0; i < is.value().elements.size(); ++i) {
        guard->shape.push_back(ReadExpression(is.Element(i)));
      }
    }
  }

  Expression ReadExpression(const Field& field) {
    absl::StatusOr<Expression> expression =
        Expression::Parse(field.ExpressionText(), field.Place());
    if (expression.ok()) return *std::move(expression);
    diagnostics_.Add(expression.status());
    return Expression::Constant(0);
  }

  void ReadStages(const Field& stages) {
    if (!stages.Expect(json::Kind::kArray)) return;
    const std::vector<json::Value>& list = stages.value().elements;
    uint64_t rules = 0;
    for (const json::Value& stage : list) {
      const json::Value* in_object = stage.Find("rules");
      rules += in_object != nullptr ? in_object->elements.size() : stage.elements.size();
    }
    if (rules > limits_.rules) {
      stages.Error(ErrorCode::kLimitExceeded,
                   absl::StrFormat("%d rules; the limit is %d", rules, limits_.rules));
      return;
    }
    for (size_t i = 0; i < list.size(); ++i)
      document_->stages.push_back(ReadStage(stages.Element(i)));
  }

  CheckedStage ReadStage(const Field& field) {
    CheckedStage stage;
    stage.where = field.Place();
    if (field.value().kind == json::Kind::kArray) {
      ReadRules(field, &stage);
      return stage;
    }
    if (field.value().kind != json::Kind::kObject) {
      field.Error(ErrorCode::kMappingField,
                  absl::StrFormat("a stage is a list of rules or an object with \"rules\"; got %s",
                                  json::NameOf(field.value().kind)));
      return stage;
    }
    field.ExpectKeys({"name", "note", "when", "rules"});
    stage.name = field.OptionalString("name");
    field.OptionalString("note");
    if (field.Has("when")) stage.when = ReadGuard(field.Member("when"));
    if (!field.Has("rules")) {
      field.Error(ErrorCode::kMappingField, "the field \"rules\" is missing");
    } else if (field.Member("rules").Expect(json::Kind::kArray)) {
      ReadRules(field.Member("rules"), &stage);
    }
    return stage;
  }

  void ReadRules(const Field& field, CheckedStage* stage) {
    stage->rules.reserve(field.value().elements.size());
    for (size_t i = 0; i < field.value().elements.size(); ++i) {
      const Field rule_field = field.Element(i);
      const size_t before = diagnostics_.count();
      const Rule rule = ReadRule(rule_field);
      if (diagnostics_.count() > before) continue;
      const PlaceOf place = [&rule_field](std::string_view pointer) {
        return rule_field.Place(pointer);
      };
      stage->rules.push_back(CheckRule(rule, place, tables_, limits_, diagnostics_));
      stage->rules.back().id = absl::StrFormat("%d.%d", document_->stages.size(), i);
    }
  }

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

  static void ReadCopies(const Field& rule, std::vector<TensorPattern>* from,
                         std::vector<TensorPattern>* to) {
    if (!rule.Has("copies") || !rule.Member("copies").Expect(json::Kind::kObject)) return;
    const Field copies = rule.Member("copies");
    copies.ExpectKeys({"from", "to"});
    if (copies.Has("from")) ReadCopiesOfSide(copies.Member("from"), from);
    if (copies.Has("to")) ReadCopiesOfSide(copies.Member("to"), to);
  }

  // Names; of a side with several tensors by label, or by name where tensors have no label.
  static void ReadCopiesOfSide(const Field& field, std::vector<TensorPattern>* side) {
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
            .Error(
                ErrorCode::kMappingField,
                absl::StrFormat("no tensor of this side is labelled \"%s\"", Escaped(member.key)));
      }
    }
  }

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

  static std::vector<TensorPattern> ReadNames(const Field& field) {
    std::vector<TensorPattern> tensors;
    for (std::string& name : field.Strings()) tensors.push_back({"", std::move(name), ""});
    return tensors;
  }

  // [name, layout], or {"label": [name, layout], …}.
  static std::vector<TensorPattern> ReadLayouts(const Field& field) {
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

  static TensorPattern ReadLayout(const Field& field, const std::string& label) {
    if (field.value().kind != json::Kind::kArray || field.value().elements.size() != 2) {
      field.Error(ErrorCode::kMappingField, "expected [name, layout]",
                  "several tensors are written {\"label\": [name, layout], …}");
      return {label, "x", ""};
    }
    return {label, field.Element(0).String(), field.Element(1).String()};
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

  static void ReadOperation(const Field& field, std::vector<ConversionOp>* operations) {
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

  const FileText& text_;
  const Limits& limits_;
  Diagnostics& diagnostics_;
  Tables tables_;
  std::shared_ptr<MappingDocument> document_ = std::make_shared<MappingDocument>();
};

}  // namespace

absl::StatusOr<std::shared_ptr<const internal::MappingDocument>> ParseMappingFile(
    std::string_view json, std::string_view file_name, const Limits& limits) {
  if (json.size() > limits.json_bytes) {
    return ErrorStatus(ErrorCode::kLimitExceeded, Escaped(file_name),
                       absl::StrFormat("a mapping file of %d bytes; the limit is %d", json.size(),
                                       limits.json_bytes));
  }
  json::Options options;
  options.file_name = file_name;
  options.max_depth = limits.json_depth;
  WEFT_ASSIGN_OR_RETURN(const json::Value root, json::ParseTree(json, options));
  const FileText text(json, file_name);
  Diagnostics diagnostics;
  FileReader reader(text, limits, diagnostics);
  reader.Read(root);
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return reader.Take();
}

}  // namespace weft
