#include "plan/mapping_run.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "mapping/guard.h"
#include "plan/expected_names.h"
#include "plan/key_set.h"

namespace weft {
namespace {

using internal::CheckedStage;

bool DependsOnParamsOnly(const Guard& guard) {
  if (guard.kind == Guard::Kind::kParam) return true;
  return guard.name.pattern == nullptr &&
         std::all_of(guard.parts.begin(), guard.parts.end(), DependsOnParamsOnly);
}

}  // namespace

std::vector<std::string> RecordNames(const std::vector<const internal::MappingDocument*>& documents,
                                     Direction direction) {
  std::vector<std::string> names(documents.size());
  std::map<std::string, int> namesakes;
  for (size_t i = 0; i < documents.size(); ++i) {
    const size_t place = direction == Direction::kForward ? i : documents.size() - 1 - i;
    const std::string& name = documents[place]->name;
    const int number = ++namesakes[name];
    names[place] = number == 1 ? name : absl::StrFormat("%s#%d", name, number);
    const auto has_name = [&](const internal::MappingDocument* d) {
      return d->name == names[place];
    };
    while (number > 1 && std::any_of(documents.begin(), documents.end(), has_name)) {
      names[place] += '_';
    }
  }
  return names;
}

absl::Status MappingRun::Run(std::vector<Entry>& entries) {
  WEFT_ASSIGN_OR_RETURN(earlier_, ReadRecord(context_.metadata, record_name_));
  scopes_ = ScopesOf(document_, context_.direction, context_.set, context_.config, earlier_);
  WEFT_RETURN_IF_ERROR(CheckKeys(entries, forward(), true));
  const size_t first_rule = report_.rules.size();
  std::vector<const CheckedStage*> stages;
  stages.reserve(document_.stages.size());
  for (const CheckedStage& stage : document_.stages) stages.push_back(&stage);
  if (!forward()) std::reverse(stages.begin(), stages.end());
  for (const CheckedStage* stage : stages) {
    ParamScope& params = *scopes_[stage->scope];
    WEFT_ASSIGN_OR_RETURN(const bool runs, Judge(*stage, entries, params));
    if (!runs) continue;
    StageRun run(*stage, context_.direction, params, context_.cache, context_.limits,
                 context_.look_back, report_);
    WEFT_RETURN_IF_ERROR(run.Run(entries));
  }
  WEFT_RETURN_IF_ERROR(CheckKeys(entries, !forward(), false));
  WEFT_RETURN_IF_ERROR(CheckExpected(entries, first_rule));
  return ApplyCasts(entries);
}

ConversionRecord MappingRun::TakeRecord() {
  for (const auto& scope : scopes_) {
    record_.params.merge(scope->used());
    record_.sizes.insert(scope->sizes().begin(), scope->sizes().end());
  }
  return std::move(record_);
}

// Every tensor must be one of the keys that the mapping lists for its side.
absl::Status MappingRun::CheckKeys(const std::vector<Entry>& entries, bool from_side,
                                   bool is_read) {
  const std::vector<NamePattern>& keys = from_side ? document_.from_keys : document_.to_keys;
  if (keys.empty()) return absl::OkStatus();
  KeySet set(keys, scopes_.front()->resolver(), context_.cache);
  Diagnostics diagnostics;
  for (const Entry& entry : entries) {
    WEFT_ASSIGN_OR_RETURN(const std::optional<size_t> found, set.Find(entry.name));
    if (found.has_value()) continue;
    const std::string what = absl::StrFormat(
        "tensor '%s' is none of the keys that mapping \"%s\" lists for its `%s` side",
        Escaped(entry.name), document_.name, from_side ? "from" : "to");
    if (context_.lenient) {
      warnings_.push_back(what);
    } else {
      diagnostics.Add(ErrorCode::kUnexpectedTensor, context_.checkpoint, what,
                      is_read ? "" : "a rule of the mapping makes it, or it passes");
    }
  }
  return diagnostics.ToStatus();
}

// Whether the config is of a model that the mapping is made for. What a mapping expects of its own
// models it does not expect of others that borrow its rules.
absl::StatusOr<bool> MappingRun::IsOwnModel() const {
  if (!document_.detection.has_value() || context_.config.empty()) return true;
  for (const auto& [path, values] : document_.detection->config) {
    WEFT_ASSIGN_OR_RETURN(const std::optional<ParamValue> value, context_.config.Find(path));
    if (!value.has_value() || std::find(values.begin(), values.end(), *value) == values.end()) {
      return false;
    }
  }
  return true;
}

// What the mapping itself says of the side that is written.
absl::Status MappingRun::CheckExpected(const std::vector<Entry>& entries, size_t first_rule) {
  const auto& written = forward() ? document_.to_expected : document_.from_expected;
  const auto& read = forward() ? document_.from_expected : document_.to_expected;
  if (!context_.looks_at_expected || (written.empty() && read.empty())) return absl::OkStatus();
  WEFT_ASSIGN_OR_RETURN(const bool own, IsOwnModel());
  if (!own) return absl::OkStatus();
  // A scope of its own: what only an expectation asks for is nothing that the way back needs.
  ParamScope params(document_.scopes.front(), nullptr, context_.direction, context_.set,
                    context_.config, earlier_);
  ExpectedNames check(document_, context_.direction, params.resolver(), context_.cache);
  for (const Entry& entry : entries) {
    std::string_view made_by;
    if (!entry.rules.empty() && entry.rules.back() >= first_rule) {
      made_by = report_.rules[entry.rules.back()].where;
    }
    WEFT_RETURN_IF_ERROR(check.Look(entry, made_by));
  }
  std::vector<Diagnostic> found = check.Found();
  if (!context_.lenient) return StatusOf(std::move(found));
  for (const Diagnostic& diagnostic : found) warnings_.push_back(diagnostic.what);
  return absl::OkStatus();
}

// Of several mappings the last one decides.
absl::Status MappingRun::ApplyCasts(std::vector<Entry>& entries) {
  std::vector<NamePattern> names;
  std::vector<DType> dtypes;  // parallel
  for (const internal::CastRule& cast : forward() ? document_.to_casts : document_.from_casts) {
    names.insert(names.end(), cast.names.begin(), cast.names.end());
    dtypes.resize(names.size(), cast.dtype);
  }
  for (Entry& entry : entries) entry.cast.reset();
  if (names.empty()) return absl::OkStatus();
  KeySet set(names, scopes_.front()->resolver(), context_.cache);
  for (Entry& entry : entries) {
    WEFT_ASSIGN_OR_RETURN(const std::optional<size_t> found, set.Find(entry.name));
    if (found.has_value()) entry.cast = dtypes[*found];
  }
  return absl::OkStatus();
}

// Of the stage's verdict in the metadata. Several stages may have one name.
std::string MappingRun::RecordedName(const CheckedStage& stage) const {
  const auto place = &stage - document_.stages.data();
  const std::vector<CheckedStage>& stages = document_.stages;
  const auto namesakes =
      std::count_if(stages.begin(), stages.begin() + place,
                    [&stage](const CheckedStage& earlier) { return earlier.name == stage.name; });
  if (!stage.name.empty() && namesakes == 0) return stage.name;
  std::string name = stage.name.empty() ? absl::StrFormat("stage%d", place)
                                        : absl::StrFormat("%s#%d", stage.name, namesakes + 1);
  const auto has_name = [&name](const CheckedStage& other) { return other.name == name; };
  while (std::any_of(stages.begin(), stages.end(), has_name)) name += '_';
  return name;
}

// Whether a stage runs: by its guard, on the keys that reach it; on the way back, by what was
// recorded.
absl::StatusOr<bool> MappingRun::Judge(const CheckedStage& stage, const std::vector<Entry>& entries,
                                       ParamScope& params) {
  if (!stage.when.has_value()) return true;
  const std::string name = RecordedName(stage);
  const auto set = stage.name.empty() ? context_.set.end() : context_.set.find(stage.name);
  if (set != context_.set.end()) {
    if (set->second.kind != ParamValue::Kind::kBool) {
      return ErrorStatus(ErrorCode::kBadParam, absl::StrFormat("stage '%s'", Escaped(name)),
                         absl::StrFormat("expected true or false, got %s", ShownText(set->second)));
    }
    record_.stages[name] = set->second.integer != 0;
    return set->second.integer != 0;
  }
  if (!forward()) {
    const auto recorded = earlier_.stages.find(name);
    if (recorded != earlier_.stages.end()) return recorded->second;
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
  keys.reserve(entries.size());
  for (const Entry& entry : entries) keys.push_back({entry.name, entry.dtype, &entry.shape});
  const absl::StatusOr<bool> holds =
      weft::Judge(*stage.when, keys, params.resolver(), context_.cache);
  if (!holds.ok()) return NeededBy(stage.when->where, holds.status());
  record_.stages[name] = *holds;
  return *holds;
}

}  // namespace weft
