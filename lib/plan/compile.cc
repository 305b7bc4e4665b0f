// Compile: catalog → entries → stages of each mapping → proven plan.
#include <algorithm>
#include <memory>
#include <numeric>
#include <set>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "json/json.h"
#include "mapping/config_tree.h"
#include "mapping/document.h"
#include "mapping/json_fields.h"
#include "mapping/mapping_names.h"
#include "plan/key_set.h"
#include "plan/param_scope.h"
#include "plan/rule_run.h"
#include "plan/stage_run.h"
#include "plan/view.h"
#include "tensor/shape.h"
#include "weft/plan.h"

namespace weft {
namespace {

using internal::CheckedStage;
using internal::MappingDocument;
using internal::Others;

constexpr size_t kNamesShown = 10;

// A cast to a format that holds every value of the other is exact.
bool IsExactCast(DType from, DType to) {
  switch (from) {
    case DType::kF16:
    case DType::kBF16:
      return to == DType::kF32 || to == DType::kF64;
    case DType::kF32:
      return to == DType::kF64;
    default:
      return false;
  }
}

class Compiler {
 public:
  Compiler(const std::vector<Mapping>& mappings, std::shared_ptr<const Catalog> catalog,
           const CompileOptions& options)
      : options_(options),
        cache_(options.limits.regex_bytes),
        report_(static_cast<uint32_t>(catalog->tensors.size())) {
    plan_.catalog = std::move(catalog);
    for (const Mapping& mapping : mappings) documents_.push_back(&mapping.document());
    if (options.direction == Direction::kReverse) {
      std::reverse(documents_.begin(), documents_.end());
    }
  }

  absl::StatusOr<Plan> Compile() {
    WEFT_ASSIGN_OR_RETURN(config_, ConfigTree::Parse(options_.config_json, options_.config_name));
    WEFT_RETURN_IF_ERROR(ReadSet());
    Start();
    for (const MappingDocument* document : documents_) {
      WEFT_RETURN_IF_ERROR(RunMapping(*document));
    }
    WEFT_RETURN_IF_ERROR(CheckConverted());
    WEFT_RETURN_IF_ERROR(TreatOthers());
    WEFT_RETURN_IF_ERROR(Finish());
    return std::move(plan_);
  }

 private:
  absl::Status ReadSet() {
    std::set<std::string> names;
    for (const MappingDocument* document : documents_) AddNames(*document, &names);
    Diagnostics diagnostics;
    for (const auto& [name, text] : options_.set) {
      if (names.count(name) == 0) {
        const std::vector<std::string_view> words(names.begin(), names.end());
        const std::string nearest = NearestWord(name, words);
        diagnostics.Add(ErrorCode::kBadParam, absl::StrFormat("param '%s'", Escaped(name)),
                        "it is set, and the mapping never uses it",
                        nearest.empty() ? "" : absl::StrFormat("did you mean \"%s\"?", nearest));
        continue;
      }
      json::Options json_options;
      json_options.file_name = name;
      const absl::StatusOr<json::Value> value = json::ParseTree(text, json_options);
      if (!value.ok()) {
        set_[name] = ParamValue::String(text);  // text that is not JSON is a string
        continue;
      }
      absl::StatusOr<ParamValue> param =
          ParamValueOf(*value, absl::StrFormat("param '%s'", Escaped(name)));
      if (param.ok()) {
        set_[name] = *std::move(param);
      } else {
        diagnostics.Add(param.status());
      }
    }
    return diagnostics.ToStatus();
  }

  void Start() {
    const std::vector<TensorInfo>& tensors = plan_.catalog->tensors;
    entries_.reserve(tensors.size());
    for (uint32_t i = 0; i < tensors.size(); ++i) {
      Entry& entry = entries_.emplace_back();
      entry.name = tensors[i].name;
      entry.dtype = tensors[i].dtype;
      entry.shape = tensors[i].shape;
      entry.view = View::Identity(i);
    }
    bool any_rule = false;
    for (const MappingDocument* document : documents_) {
      for (const CheckedStage& stage : document->stages)
        any_rule = any_rule || !stage.rules.empty();
    }
    // What earlier conversions by other mappings recorded stays true; these mappings record anew.
    plan_.metadata = plan_.catalog->metadata;
    records_metadata_ = any_rule;
    if (!any_rule) return;
    for (const MappingDocument* document : documents_) {
      EraseRecord(document->name, &plan_.metadata);
    }
  }

  absl::Status RunMapping(const MappingDocument& document) {
    WEFT_ASSIGN_OR_RETURN(const ConversionRecord earlier,
                          ReadRecord(plan_.catalog->metadata, document.name));
    std::vector<std::unique_ptr<ParamScope>> scopes;
    scopes.reserve(document.scopes.size());
    for (const internal::ParamTable& table : document.scopes) {
      ParamScope* const parent = scopes.empty() ? nullptr : scopes[table.parent].get();
      scopes.push_back(
          std::make_unique<ParamScope>(table, parent, options_.direction, set_, config_, earlier));
    }
    const bool forward = options_.direction == Direction::kForward;
    WEFT_RETURN_IF_ERROR(CheckKeys(document, forward, true, *scopes[0]));
    ConversionRecord record;
    std::vector<const CheckedStage*> stages;
    stages.reserve(document.stages.size());
    for (const CheckedStage& stage : document.stages) stages.push_back(&stage);
    if (!forward) std::reverse(stages.begin(), stages.end());
    for (const CheckedStage* stage : stages) {
      ParamScope& params = *scopes[stage->scope];
      WEFT_ASSIGN_OR_RETURN(const bool runs, Judge(document, *stage, params, earlier, &record));
      if (!runs) continue;
      StageRun run(*stage, options_.direction, params, cache_, options_.limits, report_);
      WEFT_RETURN_IF_ERROR(run.Run(entries_));
    }
    WEFT_RETURN_IF_ERROR(CheckKeys(document, !forward, false, *scopes[0]));
    WEFT_RETURN_IF_ERROR(ApplyCasts(forward ? document.to_casts : document.from_casts, *scopes[0]));
    const auto& edits = forward ? document.forward_edits : document.reverse_edits;
    plan_.side_file_edits.insert(plan_.side_file_edits.end(), edits.begin(), edits.end());
    if (records_metadata_) {
      for (const auto& scope : scopes) {
        record.params.merge(scope->used());
        record.sizes.insert(scope->sizes().begin(), scope->sizes().end());
      }
      WriteRecord(record, document.name, &plan_.metadata);
    }
    return absl::OkStatus();
  }

  // Every tensor must be one of the keys that the mapping lists for its side.
  absl::Status CheckKeys(const MappingDocument& document, bool from_side, bool is_read,
                         ParamScope& params) {
    const std::vector<NamePattern>& keys = from_side ? document.from_keys : document.to_keys;
    if (keys.empty()) return absl::OkStatus();
    KeySet set(keys, params.resolver(), cache_);
    Diagnostics diagnostics;
    for (const Entry& entry : entries_) {
      WEFT_ASSIGN_OR_RETURN(const std::optional<size_t> found, set.Find(entry.name));
      if (found.has_value()) continue;
      const std::string what = absl::StrFormat(
          "tensor '%s' is none of the keys that mapping \"%s\" lists for its `%s` "
          "side",
          Escaped(entry.name), document.name, from_side ? "from" : "to");
      if (options_.lenient) {
        plan_.warnings.push_back(what);
      } else {
        diagnostics.Add(ErrorCode::kUnexpectedTensor, SourceName(), what,
                        is_read ? "" : "a rule of the mapping makes it, or it passes");
      }
    }
    return diagnostics.ToStatus();
  }

  // Of several mappings the last one decides.
  absl::Status ApplyCasts(const std::vector<internal::CastRule>& casts, ParamScope& params) {
    std::vector<NamePattern> names;
    std::vector<DType> dtypes;  // parallel
    for (const internal::CastRule& cast : casts) {
      names.insert(names.end(), cast.names.begin(), cast.names.end());
      dtypes.resize(names.size(), cast.dtype);
    }
    KeySet set(names, params.resolver(), cache_);
    for (Entry& entry : entries_) {
      WEFT_ASSIGN_OR_RETURN(const std::optional<size_t> found, set.Find(entry.name));
      entry.cast.reset();
      if (found.has_value()) entry.cast = dtypes[*found];
    }
    return absl::OkStatus();
  }

  // Of the stage's verdict in the metadata. Several stages may have one name.
  static std::string RecordedName(const MappingDocument& document, const CheckedStage& stage) {
    const auto place = &stage - document.stages.data();
    if (stage.name.empty()) return absl::StrFormat("stage%d", place);
    const auto namesakes =
        std::count_if(document.stages.begin(), document.stages.begin() + place,
                      [&stage](const CheckedStage& earlier) { return earlier.name == stage.name; });
    return namesakes == 0 ? stage.name : absl::StrFormat("%s#%d", stage.name, namesakes + 1);
  }

  // Whether a stage runs: by its guard, on the keys that reach it; on the way back, by what was
  // recorded.
  absl::StatusOr<bool> Judge(const MappingDocument& document, const CheckedStage& stage,
                             ParamScope& params, const ConversionRecord& earlier,
                             ConversionRecord* record) {
    if (!stage.when.has_value()) return true;
    const std::string name = RecordedName(document, stage);
    const auto set = stage.name.empty() ? set_.end() : set_.find(stage.name);
    if (set != set_.end()) {
      if (set->second.kind != ParamValue::Kind::kBool) {
        return ErrorStatus(
            ErrorCode::kBadParam, absl::StrFormat("stage '%s'", Escaped(name)),
            absl::StrFormat("expected true or false, got %s", ShownText(set->second)));
      }
      record->stages[name] = set->second.integer != 0;
      return set->second.integer != 0;
    }
    if (options_.direction == Direction::kReverse) {
      const auto recorded = earlier.stages.find(name);
      if (recorded != earlier.stages.end()) return recorded->second;
      if (!DependsOnParamsOnly(*stage.when)) {
        return ErrorStatus(ErrorCode::kUnknownParam, stage.when->where,
                           absl::StrFormat("whether stage '%s' ran is not recorded in the "
                                           "checkpoint's metadata",
                                           Escaped(name)),
                           stage.name.empty()
                               ? "give the stage a \"name\", and say it with --set NAME=true"
                               : absl::StrFormat("say it with --set %s=true or --set %s=false",
                                                 Escaped(stage.name), Escaped(stage.name)));
      }
    }
    std::vector<GuardKey> keys;
    keys.reserve(entries_.size());
    for (const Entry& entry : entries_) keys.push_back({entry.name, entry.dtype, &entry.shape});
    WEFT_ASSIGN_OR_RETURN(const bool holds,
                          weft::Judge(*stage.when, keys, params.resolver(), cache_));
    record->stages[name] = holds;
    return holds;
  }

  static bool DependsOnParamsOnly(const Guard& guard) {
    if (guard.kind == Guard::Kind::kParam) return true;
    return guard.name.pattern == nullptr &&
           std::all_of(guard.parts.begin(), guard.parts.end(), DependsOnParamsOnly);
  }

  absl::Status CheckConverted() const {
    if (!report_.rules.empty() || report_.in_target_range.empty()) return absl::OkStatus();
    const bool forward = options_.direction == Direction::kForward;
    return ErrorStatus(
        ErrorCode::kAlreadyConverted, SourceName(),
        absl::StrFormat("no rule takes a tensor, and %d tensors, '%s' among them, are in the "
                        "target layout already",
                        report_.in_target_range.size(), Escaped(report_.in_target_range.front())),
        forward ? "use --reverse to convert back" : "leave --reverse out to convert");
  }

  std::string SourceName() const {
    return plan_.catalog->files.empty() ? "checkpoint" : Escaped(plan_.catalog->files.front().name);
  }

  // What `others` says of the tensors that no rule of any stage took. The strictest mapping
  // decides.
  absl::Status TreatOthers() {
    Others others = Others::kPass;
    for (const MappingDocument* document : documents_) {
      if (document->others == Others::kError) others = Others::kError;
      if (document->others == Others::kDrop && others == Others::kPass) others = Others::kDrop;
    }
    Diagnostics diagnostics;
    std::vector<Entry> kept;
    kept.reserve(entries_.size());
    for (Entry& entry : entries_) {
      if (entry.rules.empty() && others == Others::kError && options_.lenient) {
        plan_.warnings.push_back(
            absl::StrFormat("no rule takes tensor '%s'; it passes as it is", Escaped(entry.name)));
        kept.push_back(std::move(entry));
      } else if (entry.rules.empty() && others == Others::kError) {
        diagnostics.Add(ErrorCode::kUnexpectedTensor, SourceName(),
                        absl::StrFormat("no rule takes tensor '%s'", Escaped(entry.name)),
                        "the mapping says \"others\": \"error\"");
      } else if (entry.rules.empty() && others == Others::kDrop) {
        report_.dropped.emplace_back(std::move(entry), "the mapping says \"others\": \"drop\"");
        report_.one_way_reasons.emplace_back("\"others\": \"drop\" drops tensors");
      } else if (!entry.rules.empty() && !entry.name.empty() && entry.name[0] == '$') {
        diagnostics.Add(ErrorCode::kNoTargetName, SourceName(),
                        absl::StrFormat("temporary tensor '%s' is left over", Escaped(entry.name)),
                        "a later stage must take every name that begins with \"$\"");
      } else {
        kept.push_back(std::move(entry));
      }
    }
    entries_ = std::move(kept);
    return diagnostics.ToStatus();
  }

  absl::Status Finish() {
    std::vector<uint32_t> order(entries_.size());
    std::iota(order.begin(), order.end(), 0u);
    std::sort(order.begin(), order.end(), [this](uint32_t a, uint32_t b) {
      return NaturalLess(entries_[a].name, entries_[b].name);
    });
    plan_.tensors.reserve(entries_.size());
    uint64_t boxes = 0;
    for (const uint32_t index : order) {
      WEFT_RETURN_IF_ERROR(AddTensor(std::move(entries_[index])));
      boxes += plan_.tensors.back().boxes.size();
      if (boxes > options_.limits.boxes) {
        return ErrorStatus(
            ErrorCode::kLimitExceeded, "plan",
            absl::StrFormat("%d copies and more; the limit is %d", boxes, options_.limits.boxes));
      }
    }
    plan_.rules = std::move(report_.rules);
    plan_.constants = report_.parts.TakeConstants();
    plan_.checks = report_.parts.TakeChecks();
    AddDropped();
    Classify();
    return absl::OkStatus();
  }

  absl::Status AddTensor(Entry entry) {
    const uint64_t elements = ElementsOf(entry.shape);
    const bool proven = entry.view.is_identity();
    PlannedTensor& tensor = plan_.tensors.emplace_back();
    tensor.name = std::move(entry.name);
    tensor.shape = std::move(entry.shape);
    tensor.source_dtype = entry.dtype;
    tensor.dtype = OutputDType(entry);
    tensor.rules = std::move(entry.rules);
    tensor.boxes = std::move(entry.view).TakeBoxes(elements);
    std::sort(tensor.boxes.begin(), tensor.boxes.end(),
              [](const Box& a, const Box& b) { return a.target_offset < b.target_offset; });
    if (!proven && !CoversExactlyOnce(tensor.boxes, elements)) {
      return ErrorStatus(ErrorCode::kInternal, absl::StrFormat("plan, tensor '%s'", tensor.name),
                         "its boxes do not write every element exactly once");
    }
    uint64_t copied = 0;
    for (const Box& box : tensor.boxes) {
      if (!report_.parts.IsConstant(box.source)) copied += ElementsOf(box);
    }
    plan_.bytes_read += copied * static_cast<uint64_t>(BitsOf(tensor.source_dtype)) / 8;
    plan_.bytes_written += elements * static_cast<uint64_t>(BitsOf(tensor.dtype)) / 8;
    return absl::OkStatus();
  }

  DType OutputDType(const Entry& entry) const {
    if (!IsFloatingPoint(entry.dtype)) return entry.dtype;
    if (options_.dtype.has_value()) return *options_.dtype;
    return options_.keep_dtypes ? entry.dtype : entry.cast.value_or(entry.dtype);
  }

  void AddDropped() {
    for (auto& [entry, reason] : report_.dropped) {
      for (const Box& box : std::move(entry.view).TakeBoxes(ElementsOf(entry.shape))) {
        if (!report_.parts.IsConstant(box.source)) plan_.dropped.push_back({box.source, reason});
      }
    }
    std::sort(plan_.dropped.begin(), plan_.dropped.end(),
              [](const DroppedTensor& a, const DroppedTensor& b) { return a.source < b.source; });
    plan_.dropped.erase(std::unique(plan_.dropped.begin(), plan_.dropped.end(),
                                    [](const DroppedTensor& a, const DroppedTensor& b) {
                                      return a.source == b.source;
                                    }),
                        plan_.dropped.end());
  }

  void Classify() {
    std::set<std::string> reasons(report_.one_way_reasons.begin(), report_.one_way_reasons.end());
    plan_.exactness_reasons.assign(reasons.begin(), reasons.end());
    size_t rounded = 0;
    for (const PlannedTensor& tensor : plan_.tensors) {
      if (tensor.dtype == tensor.source_dtype || IsExactCast(tensor.source_dtype, tensor.dtype)) {
        continue;
      }
      if (++rounded > kNamesShown) continue;
      plan_.exactness_reasons.push_back(
          absl::StrFormat("tensor '%s' is rounded from %s to %s", Escaped(tensor.name),
                          NameOf(tensor.source_dtype), NameOf(tensor.dtype)));
    }
    if (rounded > kNamesShown) {
      plan_.exactness_reasons.push_back(
          absl::StrFormat("%d more tensors are rounded", rounded - kNamesShown));
    }
    if (rounded > 0) plan_.exactness = Exactness::kRounding;
    if (!reasons.empty()) plan_.exactness = Exactness::kOneWay;
    if (!records_metadata_) return;
    std::string names;
    for (const MappingDocument* document : documents_) {
      names += (names.empty() ? "" : ",") + document->name;
    }
    plan_.metadata["weft.mapping"] = names;
    plan_.metadata["weft.direction"] =
        options_.direction == Direction::kForward ? "forward" : "reverse";
    plan_.metadata["weft.reversible"] = std::string(NameOf(plan_.exactness));
    if (plan_.rules.empty()) {
      plan_.warnings.push_back(
          absl::StrFormat("no rule of mapping \"%s\" takes any of the %d tensors", names,
                          plan_.catalog->tensors.size()));
    }
  }

  const CompileOptions& options_;
  RegexCache cache_;
  std::vector<const MappingDocument*> documents_;
  ConfigTree config_;
  std::map<std::string, ParamValue> set_;
  std::vector<Entry> entries_;
  StageReport report_;
  bool records_metadata_ = false;
  Plan plan_;
};

}  // namespace

uint64_t ElementsOf(const Box& box) {
  uint64_t elements = 1;
  for (const Factor& factor : box.factors) elements *= factor.count;
  return elements;
}

std::string_view NameOf(Exactness exactness) {
  switch (exactness) {
    case Exactness::kExact:
      return "exact";
    case Exactness::kRounding:
      return "rounding";
    case Exactness::kOneWay:
      return "one-way";
  }
  return "";
}

absl::StatusOr<Plan> Compile(const std::vector<Mapping>& mappings,
                             std::shared_ptr<const Catalog> catalog,
                             const CompileOptions& options) {
  return Compiler(mappings, std::move(catalog), options).Compile();
}

}  // namespace weft
