#include "mapping/mapping_file.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "mapping/json_fields.h"
#include "mapping/mapping_names.h"
#include "mapping/rule_checker.h"
#include "mapping/rule_reader.h"
#include "mapping/share_reader.h"

namespace weft {
namespace {

using internal::CheckedStage;
using internal::Detection;
using internal::MappingDocument;
using internal::Others;
using internal::ParamSource;

constexpr int64_t kVersion = 1;

constexpr size_t kMostIncludes = 32;  // one within the other

// What a chain of includes hands down.
struct Context {
  const MappingSource& source;
  const Limits& limits;
  std::vector<const MappingText*> chain;  // from the outermost file to this one
  std::string prefix;                     // of all names
  std::string to_prefix;                  // … that are spoken of behind all stages
};

absl::StatusOr<std::shared_ptr<MappingDocument>> ParseFile(const Context& context);

// A name or pattern of an included mapping, under its prefix. Temporaries stay temporary.
std::string Prefixed(const std::string& prefix, const std::string& name) {
  if (prefix.empty()) return name;
  return !name.empty() && name[0] == '$' ? "$" + prefix + name.substr(1) : prefix + name;
}

void AddPrefix(const std::string& prefix, std::vector<std::string>* names) {
  for (std::string& name : *names) name = Prefixed(prefix, name);
}

void AddPrefix(const std::string& prefix, std::vector<TensorPattern>* tensors) {
  for (TensorPattern& tensor : *tensors) {
    tensor.name = Prefixed(prefix, tensor.name);
    AddPrefix(prefix, &tensor.copies);
  }
}

void AddPrefix(const std::string& prefix, Rule* rule) {
  if (prefix.empty()) return;
  RuleConditions* conditions = nullptr;
  if (auto* renaming = std::get_if<WeightRenaming>(rule)) {
    renaming->from = Prefixed(prefix, renaming->from);
    renaming->to = Prefixed(prefix, renaming->to);
    AddPrefix(prefix, &renaming->from_copies);
    AddPrefix(prefix, &renaming->to_copies);
    conditions = &renaming->conditions;
  } else if (auto* converter = std::get_if<WeightConverter>(rule)) {
    AddPrefix(prefix, &converter->from);
    AddPrefix(prefix, &converter->to);
    conditions = &converter->conditions;
  } else {
    auto& drop = std::get<WeightDrop>(*rule);
    drop.name = Prefixed(prefix, drop.name);
    conditions = &drop.conditions;
  }
  AddPrefix(prefix, &conditions->unless);
}

class FileReader {
 public:
  FileReader(const FileText& text, const Context& context, Diagnostics& diagnostics)
      : text_(text), context_(context), limits_(context.limits), diagnostics_(diagnostics) {}

  void Read(const json::Value& root) {
    const Field file(root, "", text_, diagnostics_);
    if (!file.Expect(json::Kind::kObject)) return;
    ReadVersion(file);
    file.ExpectKeys({"$schema", "weft", "name", "description", "from", "to", "params", "tables",
                     "stages", "others", "detect", "keys", "expect", "cast", "sharding",
                     "side_files"});
    file.OptionalString("$schema");
    document_->name = file.OptionalString("name");
    if (document_->name.empty()) document_->name = NameOfFile(context_.chain.back()->name);
    document_->description = file.OptionalString("description");
    document_->from = file.OptionalString("from");
    document_->to = file.OptionalString("to");
    if (file.Has("tables")) ReadTables(file.Member("tables"));
    if (file.Has("params")) ReadParams(file.Member("params"));
    if (file.Has("others")) ReadOthers(file.Member("others"));
    if (file.Has("detect")) ReadDetection(file.Member("detect"));
    if (file.Has("keys")) ReadKeys(file.Member("keys"));
    if (file.Has("expect")) ReadExpected(file.Member("expect"));
    if (file.Has("cast")) ReadCasts(file.Member("cast"));
    if (file.Has("sharding")) ReadSharding(file.Member("sharding"));
    if (file.Has("side_files")) ReadSideFiles(file.Member("side_files"));
    if (!file.Has("stages")) {
      file.Error(ErrorCode::kMappingField, "the field \"stages\" is missing");
    } else {
      ReadStages(file.Member("stages"));
    }
    for (size_t s = 0; s < document_->stages.size(); ++s) {
      std::vector<internal::CheckedRule>& rules = document_->stages[s].rules;
      for (size_t r = 0; r < rules.size(); ++r) rules[r].id = absl::StrFormat("%d.%d", s, r);
    }
  }

  std::shared_ptr<MappingDocument> Take() { return std::move(document_); }

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
      document_->scopes[0].tables.emplace(member.key, field.Place());
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
      document_->scopes[0].params.emplace(member.key, ReadParam(field));
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

  // Records in metadata and includes need a name.
  static std::string NameOfFile(std::string_view file_name) {
    return std::string(file_name.substr(0, file_name.rfind(".json")));
  }

  // {"from": …, "to": …}, each side optional.
  template <typename ReadSide>
  static void ReadSides(const Field& field, const ReadSide& read) {
    if (!field.Expect(json::Kind::kObject)) return;
    field.ExpectKeys({"from", "to"});
    for (const bool is_from : {true, false}) {
      const std::string_view side = is_from ? "from" : "to";
      if (field.Has(side)) read(field.Member(side), is_from);
    }
  }

  void ReadKeys(const Field& field) {
    ReadSides(field, [this](const Field& side, bool is_from) {
      (is_from ? document_->from_keys : document_->to_keys) =
          ReadNamePatterns(side, is_from ? Side::kFrom : Side::kTo);
    });
  }

  void ReadExpected(const Field& field) {
    ReadSides(field, [this](const Field& side, bool is_from) {
      if (!side.Expect(json::Kind::kArray)) return;
      for (size_t i = 0; i < side.value().elements.size(); ++i) {
        const Field entry = side.Element(i);
        if (!entry.Expect(json::Kind::kObject)) continue;
        entry.ExpectKeys({"name", "shape", "note"});
        entry.OptionalString("note");
        if (!entry.Has("name")) {
          entry.Error(ErrorCode::kMappingField, "the field \"name\" is missing");
          continue;
        }
        internal::ExpectedName& expected =
            (is_from ? document_->from_expected : document_->to_expected).emplace_back();
        expected.where = entry.Place();
        expected.name = ReadNamePattern(entry.Member("name"), is_from ? Side::kFrom : Side::kTo);
        if (entry.Has("shape")) expected.shape = ReadExpectedShape(entry.Member("shape"));
      }
    });
  }

  std::vector<std::optional<Expression>> ReadExpectedShape(const Field& field) {
    std::vector<std::optional<Expression>> shape;
    if (!field.Expect(json::Kind::kArray)) return shape;
    for (size_t i = 0; i < field.value().elements.size(); ++i) {
      const Field size = field.Element(i);
      shape.emplace_back();
      if (size.value().kind == json::Kind::kNull) continue;
      absl::StatusOr<Expression> expression =
          Expression::Parse(size.ExpressionText(), size.Place());
      if (expression.ok()) {
        shape.back() = *std::move(expression);
      } else {
        diagnostics_.Add(expression.status());
      }
    }
    return shape;
  }

  void ReadCasts(const Field& field) {
    ReadSides(field, [this](const Field& side, bool is_from) {
      if (!side.Expect(json::Kind::kArray)) return;
      for (size_t i = 0; i < side.value().elements.size(); ++i) {
        const Field entry = side.Element(i);
        if (!entry.Expect(json::Kind::kObject)) continue;
        entry.ExpectKeys({"names", "dtype", "note"});
        entry.OptionalString("note");
        if (!entry.Has("names") || !entry.Has("dtype")) {
          entry.Error(ErrorCode::kMappingField, "expected the fields \"names\" and \"dtype\"");
          continue;
        }
        internal::CastRule& cast =
            (is_from ? document_->from_casts : document_->to_casts).emplace_back();
        cast.where = entry.Place();
        cast.names = ReadNamePatterns(entry.Member("names"), is_from ? Side::kFrom : Side::kTo);
        cast.dtype = ReadDType(entry.Member("dtype"));
      }
    });
  }

  void ReadSharding(const Field& field) {
    ReadSides(field, [this](const Field& side, bool is_from) {
      const NamePatternReader read_names = [this, is_from](const Field& names) {
        return ReadNamePatterns(names, is_from ? Side::kFrom : Side::kTo,
                                is_from ? context_.prefix : context_.to_prefix);
      };
      (is_from ? document_->from_shares : document_->to_shares) =
          ReadShares(side, read_names, diagnostics_);
    });
  }

  static DType ReadDType(const Field& field) {
    const std::optional<DType> dtype = DTypeFromName(field.String());
    if (!dtype.has_value()) {
      field.Error(ErrorCode::kMappingField, "not the name of a dtype", "for example \"BF16\"");
    }
    return dtype.value_or(DType::kF32);
  }

  void ReadSideFiles(const Field& field) {
    if (!field.Expect(json::Kind::kObject)) return;
    for (const json::Member& member : field.value().members) {
      const Field file = field.Member(member.key);
      if (member.key.find('/') != std::string::npos || member.key.empty()) {
        file.Error(
            ErrorCode::kMappingField,
            absl::StrFormat("\"%s\" is no name of a file beside the weights", Escaped(member.key)));
      }
      if (!file.Expect(json::Kind::kObject)) continue;
      file.ExpectKeys({"forward", "reverse", "note"});
      file.OptionalString("note");
      if (file.Has("forward")) {
        ReadEdit(member.key, file.Member("forward"), &document_->forward_edits);
      }
      if (file.Has("reverse")) {
        ReadEdit(member.key, file.Member("reverse"), &document_->reverse_edits);
      }
    }
  }

  static void ReadEdit(const std::string& file, const Field& field,
                       std::vector<SideFileEdit>* edits) {
    if (!field.Expect(json::Kind::kObject)) return;
    field.ExpectKeys({"merge", "patch"});
    const bool merge = field.Has("merge");
    if (merge == field.Has("patch")) {
      field.Error(ErrorCode::kMappingField, "expected one of \"merge\" and \"patch\"");
      return;
    }
    const Field content = field.Member(merge ? "merge" : "patch");
    if (merge) {
      if (!content.Expect(json::Kind::kObject)) return;
    } else if (!IsPatch(content)) {
      return;
    }
    edits->push_back({file, field.Place(),
                      merge ? SideFileEdit::Kind::kMerge : SideFileEdit::Kind::kPatch,
                      json::TextOf(content.value())});
  }

  // The form of a JSON Patch; whether it applies, the file shows.
  static bool IsPatch(const Field& field) {
    if (!field.Expect(json::Kind::kArray)) return false;
    for (size_t i = 0; i < field.value().elements.size(); ++i) {
      const Field step = field.Element(i);
      if (!step.Expect(json::Kind::kObject)) return false;
      const std::string op = step.OptionalString("op");
      const bool takes_value = op == "add" || op == "replace" || op == "test";
      const bool takes_from = op == "move" || op == "copy";
      if (!takes_value && !takes_from && op != "remove") {
        step.Error(ErrorCode::kMappingField, "a step of a patch has no \"op\" of RFC 6902",
                   "add, remove, replace, move, copy or test");
        return false;
      }
      if (takes_value) {
        step.ExpectKeys({"op", "path", "value"});
      } else if (takes_from) {
        step.ExpectKeys({"op", "path", "from"});
        step.OptionalString("from");
      } else {
        step.ExpectKeys({"op", "path"});
      }
      step.OptionalString("path");
      if (!step.Has("path") || (takes_value && !step.Has("value")) ||
          (takes_from && !step.Has("from"))) {
        step.Error(ErrorCode::kMappingField,
                   absl::StrFormat("\"%s\" needs the fields \"path\"%s", op,
                                   takes_value  ? " and \"value\""
                                   : takes_from ? " and \"from\""
                                                : ""));
        return false;
      }
    }
    return true;
  }

  // A pattern, or a list of patterns.
  std::vector<NamePattern> ReadNamePatterns(const Field& field, Side side) {
    return ReadNamePatterns(field, side, context_.prefix);
  }

  std::vector<NamePattern> ReadNamePatterns(const Field& field, Side side,
                                            const std::string& prefix) {
    std::vector<NamePattern> patterns;
    if (field.value().kind == json::Kind::kArray) {
      for (size_t i = 0; i < field.value().elements.size(); ++i) {
        patterns.push_back(ReadNamePattern(field.Element(i), side, prefix));
      }
    } else {
      patterns.push_back(ReadNamePattern(field, side, prefix));
    }
    return patterns;
  }

  NamePattern ReadNamePattern(const Field& field, Side side) {
    return ReadNamePattern(field, side, context_.prefix);
  }

  NamePattern ReadNamePattern(const Field& field, Side side, const std::string& prefix) {
    NamePattern name;
    const std::string text = Prefixed(prefix, field.String());
    if (text.size() > limits_.pattern_bytes) {
      field.Error(ErrorCode::kLimitExceeded,
                  absl::StrFormat("a pattern of %d bytes; the limit is %d", text.size(),
                                  limits_.pattern_bytes));
      return name;
    }
    auto pattern = Pattern::Parse(text, side, tables_, name.variables, field.Place());
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
      guard.name = ReadNamePattern(content, Side::kFrom);
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
    guard->name = ReadNamePattern(field.Member("pattern"), Side::kFrom);
    const Field is = field.Member("is");
    if (!shape) {
      guard->dtype = ReadDType(is);
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
    if (rules > limits_.rules) return TooManyRules(stages, rules);
    for (size_t i = 0; i < list.size(); ++i) {
      const Field stage = stages.Element(i);
      if (stage.value().kind == json::Kind::kObject && stage.Has("include")) {
        Include(stage);
      } else {
        document_->stages.push_back(ReadStage(stage));
      }
    }
    rules = 0;
    for (const CheckedStage& stage : document_->stages) rules += stage.rules.size();
    if (rules > limits_.rules) TooManyRules(stages, rules);
  }

  void TooManyRules(const Field& stages, uint64_t rules) const {
    stages.Error(ErrorCode::kLimitExceeded,
                 absl::StrFormat("%d rules; the limit is %d", rules, limits_.rules));
  }

  // --- {"include": NAME|FILE, "from": PREFIX, "to": PREFIX, "config": PATH, "params": {…}}

  // Puts the stages of another mapping here, under a prefix that changes behind them.
  void Include(const Field& field) {
    field.ExpectKeys({"include", "from", "to", "config", "params", "note"});
    field.OptionalString("note");
    const std::string from = ReadPrefix(field, "from");
    const std::string to = ReadPrefix(field, "to");
    internal::ParamTable table;
    table.config_prefix = field.OptionalString("config");
    if (!table.config_prefix.empty()) table.config_prefix += ".";
    if (field.Has("params") && field.Member("params").Expect(json::Kind::kObject)) {
      const Field params = field.Member("params");
      for (const json::Member& member : params.value().members) {
        table.given.emplace(member.key, ReadExpression(params.Member(member.key)));
      }
    }
    absl::StatusOr<std::shared_ptr<MappingDocument>> included =
        OpenIncluded(field.Member("include"), from, to);
    if (!included.ok()) {
      AddIncluded(field, included.status());
    } else {
      CheckGiven(field, table, **included);
      Splice(**included, std::move(table));
      if (from != to) document_->stages.push_back(ChangePrefix(field, from, to));
    }
  }

  std::string ReadPrefix(const Field& field, std::string_view key) {
    std::string prefix = field.OptionalString(key);
    if (!prefix.empty() &&
        (prefix.back() != '.' || prefix.find_first_of("{}$") != std::string::npos)) {
      field.Member(key).Error(
          ErrorCode::kMappingField,
          absl::StrFormat("\"%s\" is no prefix of whole segments", Escaped(prefix)),
          "a prefix is literal and ends with a dot: \"vision_model.\"");
    }
    return prefix;
  }

  absl::StatusOr<std::shared_ptr<MappingDocument>> OpenIncluded(const Field& reference,
                                                                const std::string& from,
                                                                const std::string& to) {
    WEFT_ASSIGN_OR_RETURN(
        const MappingText text,
        context_.source.Open(reference.String(), context_.chain.back()->directory));
    std::string chain;
    bool leads_back = context_.chain.size() >= kMostIncludes;
    for (const MappingText* outer : context_.chain) {
      chain += Escaped(outer->name) + " → ";
      leads_back = leads_back || outer->identity == text.identity;
    }
    if (leads_back) {
      return ErrorStatus(
          ErrorCode::kRecursiveInclude, reference.Place(),
          absl::StrFormat("the mapping includes itself: %s%s", chain, Escaped(text.name)));
    }
    Context inner = context_;
    inner.chain.push_back(&text);
    inner.prefix += from;
    inner.to_prefix += to;
    return ParseFile(inner);
  }

  // A param that is given and never used is a mistake, as it is with --set.
  static void CheckGiven(const Field& field, const internal::ParamTable& table,
                         const MappingDocument& included) {
    std::set<std::string> names;
    AddNames(included, &names);
    for (const auto& [name, expression] : table.given) {
      if (names.count(name) != 0) continue;
      const std::string nearest = NearestWord(name, {names.begin(), names.end()});
      field.Member("params").Member(name).Error(
          ErrorCode::kBadParam,
          absl::StrFormat("mapping \"%s\" never uses a param \"%s\"", Escaped(included.name),
                          Escaped(name)),
          nearest.empty() ? "" : absl::StrFormat("did you mean \"%s\"?", nearest));
    }
  }

  // Errors of an included file say by whom it is included.
  void AddIncluded(const Field& field, const absl::Status& status) {
    std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
    for (Diagnostic& diagnostic : diagnostics) {
      if (diagnostic.code != ErrorCode::kRecursiveInclude) {
        diagnostic.where += absl::StrFormat(", included by %s", field.Place());
      }
    }
    diagnostics_.Add(StatusOf(std::move(diagnostics)));
  }

  void Splice(MappingDocument& included, internal::ParamTable table) {
    const size_t offset = document_->scopes.size();
    for (size_t i = 0; i < included.scopes.size(); ++i) {
      internal::ParamTable& scope = included.scopes[i];
      if (i == 0) {
        table.params = std::move(scope.params);
        table.id = FreeId(included.name);
        document_->scopes.push_back(table);
      } else {
        scope.parent += offset;
        scope.id = table.id + "/" + scope.id;
        scope.config_prefix = table.config_prefix + scope.config_prefix;
        document_->scopes.push_back(std::move(scope));
      }
    }
    for (CheckedStage& stage : included.stages) {
      if (!stage.name.empty()) stage.name = table.Qualified(stage.name);
      stage.scope += offset;
      document_->stages.push_back(std::move(stage));
    }
    SpliceShares(included.from_shares, offset, &document_->from_shares);
    SpliceShares(included.to_shares, offset, &document_->to_shares);
  }

  static void SpliceShares(std::vector<internal::ShareRule>& included, size_t offset,
                           std::vector<internal::ShareRule>* shares) {
    for (internal::ShareRule& share : included) {
      share.scope += offset;
      ++share.depth;
      shares->push_back(std::move(share));
    }
  }

  std::string FreeId(const std::string& name) const {
    const auto taken = [this](const std::string& id) {
      return std::any_of(document_->scopes.begin(), document_->scopes.end(),
                         [&id](const internal::ParamTable& scope) { return scope.id == id; });
    };
    std::string id = name.empty() ? "include" : name;
    const std::string first = id;
    for (int number = 2; taken(id); ++number) id = absl::StrFormat("%s#%d", first, number);
    return id;
  }

  // A stage that renames everything under one prefix.
  CheckedStage ChangePrefix(const Field& field, const std::string& from, const std::string& to) {
    CheckedStage stage;
    stage.where = field.Place();
    constexpr std::string_view kRest = "{rest:/(?s).+/}";
    Rule rule = WeightRenaming{absl::StrFormat("%s%s%s", context_.prefix, from, kRest),
                               absl::StrFormat("%s%s%s", context_.prefix, to, kRest)};
    const PlaceOf place = [&field](std::string_view) { return field.Place(); };
    stage.rules.push_back(CheckRule(rule, place, tables_, limits_, diagnostics_));
    return stage;
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
      Rule rule = ReadRule(rule_field);
      if (diagnostics_.count() > before) continue;
      AddPrefix(context_.prefix, &rule);
      const PlaceOf place = [&rule_field](std::string_view pointer) {
        return rule_field.Place(pointer);
      };
      stage->rules.push_back(CheckRule(rule, place, tables_, limits_, diagnostics_));
    }
  }

  const FileText& text_;
  const Context& context_;
  const Limits& limits_;
  Diagnostics& diagnostics_;
  Tables tables_;
  std::shared_ptr<MappingDocument> document_ = std::make_shared<MappingDocument>();
};

absl::StatusOr<std::shared_ptr<MappingDocument>> ParseFile(const Context& context) {
  const MappingText& file = *context.chain.back();
  if (file.json.size() > context.limits.json_bytes) {
    return ErrorStatus(ErrorCode::kLimitExceeded, Escaped(file.name),
                       absl::StrFormat("a mapping file of %d bytes; the limit is %d",
                                       file.json.size(), context.limits.json_bytes));
  }
  json::Options options;
  options.file_name = file.name;
  options.max_depth = context.limits.json_depth;
  WEFT_ASSIGN_OR_RETURN(const json::Value root, json::ParseTree(file.json, options));
  const FileText text(file.json, file.name);
  Diagnostics diagnostics;
  FileReader reader(text, context, diagnostics);
  reader.Read(root);
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return reader.Take();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const internal::MappingDocument>> ParseMappingFile(
    const MappingText& text, const MappingSource& source, const Limits& limits) {
  return ParseFile({source, limits, {&text}, "", ""});
}

}  // namespace weft
