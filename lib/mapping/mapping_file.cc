#include "mapping/mapping_file.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_format.h"
#include "mapping/json_fields.h"
#include "mapping/mapping_names.h"
#include "mapping/pattern_reader.h"
#include "mapping/rule_checker.h"
#include "mapping/rule_prefix.h"
#include "mapping/rule_reader.h"
#include "mapping/section_reader.h"

namespace weft {
namespace {

using internal::CheckedStage;
using internal::MappingDocument;

constexpr int64_t kVersion = 1;

constexpr size_t kMostIncludes = 32;           // one within the other
constexpr uint64_t kMostIncludedFiles = 1000;  // in all

// What a chain of includes hands down.
struct Context {
  const MappingSource& source;
  const Limits& limits;
  uint64_t& included_files;               // so far, by all files together
  std::vector<const MappingText*> chain;  // from the outermost file to this one
  std::string prefix;                     // of all names
  std::string to_prefix;                  // … that are spoken of behind all stages
};

enum class Extent { kWhole, kDetection };

absl::StatusOr<std::shared_ptr<MappingDocument>> ParseFile(const Context& context,
                                                           Extent extent = Extent::kWhole);

class FileReader {
 public:
  FileReader(const FileText& text, const Context& context, Diagnostics& diagnostics)
      : text_(text),
        context_(context),
        limits_(context.limits),
        diagnostics_(diagnostics),
        patterns_(tables_, limits_, context.prefix, diagnostics) {}

  void Read(const json::Value& root) {
    const Field file(root, "", text_, diagnostics_);
    if (!file.Expect(json::Kind::kObject)) return;
    ReadVersion(file);
    file.ExpectKeys({"$schema", "weft", "name", "description", "from", "to", "params", "tables",
                     "stages", "others", "files", "detect", "keys", "expect", "cast", "sharding",
                     "side_files"});
    file.OptionalString("$schema");
    ReadNames(file);
    ReadSections(file, {patterns_, context_.prefix, context_.to_prefix}, tables_, *document_,
                 diagnostics_);
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

  // Names and detection alone.
  void ReadForDetection(const json::Value& root) {
    const Field file(root, "", text_, diagnostics_);
    if (!file.Expect(json::Kind::kObject)) return;
    ReadNames(file);
    ReadDetectionSection(file, {patterns_, context_.prefix, context_.to_prefix}, tables_,
                         *document_, diagnostics_);
  }

  std::shared_ptr<MappingDocument> Take() { return std::move(document_); }

 private:
  void ReadNames(const Field& file) {
    document_->name = file.OptionalString("name");
    if (document_->name.empty()) document_->name = NameOfFile(context_.chain.back()->name);
    document_->description = file.OptionalString("description");
    document_->from = file.OptionalString("from");
    document_->to = file.OptionalString("to");
  }

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

  // Records in metadata and includes need a name.
  static std::string NameOfFile(std::string_view file_name) {
    return std::string(file_name.substr(0, file_name.rfind(".json")));
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
        table.given.emplace(member.key, patterns_.ReadExpression(params.Member(member.key)));
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

  static absl::Status TooManyIncludes(const Field& reference, std::string_view what) {
    return ErrorStatus(ErrorCode::kLimitExceeded, reference.Place(), what,
                       "include a mapping once, and directly");
  }

  absl::StatusOr<std::shared_ptr<MappingDocument>> OpenIncluded(const Field& reference,
                                                                const std::string& from,
                                                                const std::string& to) {
    if (context_.chain.size() > kMostIncludes) {
      return TooManyIncludes(
          reference, absl::StrFormat("more than %d files include one another", kMostIncludes));
    }
    if (context_.included_files >= kMostIncludedFiles) {
      return TooManyIncludes(
          reference, absl::StrFormat("more than %d files are included", kMostIncludedFiles));
    }
    ++context_.included_files;
    WEFT_ASSIGN_OR_RETURN(
        const MappingText text,
        context_.source.Open(reference.String(), context_.chain.back()->directory));
    std::string chain;
    bool leads_back = false;
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
    if (field.Has("when")) stage.when = patterns_.ReadGuard(field.Member("when"));
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
  const PatternReader patterns_;
  std::shared_ptr<MappingDocument> document_ = std::make_shared<MappingDocument>();
};

absl::StatusOr<std::shared_ptr<MappingDocument>> ParseFile(const Context& context, Extent extent) {
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
  extent == Extent::kWhole ? reader.Read(root) : reader.ReadForDetection(root);
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return reader.Take();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const internal::MappingDocument>> ParseMappingFile(
    const MappingText& text, const MappingSource& source, const Limits& limits) {
  uint64_t included_files = 0;
  return ParseFile({source, limits, included_files, {&text}, "", ""});
}

absl::StatusOr<std::shared_ptr<const internal::MappingDocument>> ParseDetection(
    const MappingText& text, const MappingSource& source, const Limits& limits) {
  uint64_t included_files = 0;
  return ParseFile({source, limits, included_files, {&text}, "", ""}, Extent::kDetection);
}

}  // namespace weft
