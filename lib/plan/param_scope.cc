#include "plan/param_scope.h"

#include <utility>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "json/json.h"

namespace weft {
namespace {

constexpr std::string_view kConfigPrefix = "config.";

bool HasPrefix(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

std::string ParamsKey(const std::string& mapping_name) { return "weft.params." + mapping_name; }
std::string StagesKey(const std::string& mapping_name) { return "weft.stages." + mapping_name; }
std::string SizesKey(const std::string& mapping_name) { return "weft.sizes." + mapping_name; }

absl::StatusOr<json::Value> ReadEntry(const std::map<std::string, std::string>& metadata,
                                      const std::string& key) {
  const auto found = metadata.find(key);
  json::Value value;
  value.kind = json::Kind::kObject;
  if (found == metadata.end()) return value;
  const std::string where = absl::StrFormat("metadata '%s'", Escaped(key));
  json::Options options;
  options.file_name = where;
  WEFT_ASSIGN_OR_RETURN(value, json::ParseTree(found->second, options));
  if (value.kind != json::Kind::kObject) {
    return ErrorStatus(ErrorCode::kBadMetadata, where, "expected a JSON object");
  }
  return value;
}

}  // namespace

bool IsUnknownParam(const absl::Status& status) {
  return !status.ok() && DiagnosticsOf(status).front().code == ErrorCode::kUnknownParam;
}

absl::Status NeededBy(std::string_view rule_where, const absl::Status& status) {
  if (!IsUnknownParam(status)) return status;
  std::vector<Diagnostic> diagnostics = DiagnosticsOf(status);
  for (Diagnostic& diagnostic : diagnostics) {
    diagnostic.where = absl::StrFormat("%s, %s", rule_where, diagnostic.where);
  }
  return StatusOf(std::move(diagnostics));
}

absl::StatusOr<ConversionRecord> ReadRecord(const std::map<std::string, std::string>& metadata,
                                            const std::string& mapping_name) {
  ConversionRecord record;
  WEFT_ASSIGN_OR_RETURN(const json::Value params, ReadEntry(metadata, ParamsKey(mapping_name)));
  for (const json::Member& member : params.members) {
    WEFT_ASSIGN_OR_RETURN(record.params[member.key],
                          ParamValueOf(member.value, "metadata 'weft.params'"));
  }
  WEFT_ASSIGN_OR_RETURN(const json::Value stages, ReadEntry(metadata, StagesKey(mapping_name)));
  for (const json::Member& member : stages.members) {
    if (member.value.kind != json::Kind::kBool) {
      return ErrorStatus(ErrorCode::kBadMetadata, "metadata 'weft.stages'",
                         "expected true or false for each stage");
    }
    record.stages[member.key] = member.value.boolean;
  }
  WEFT_ASSIGN_OR_RETURN(const json::Value sizes, ReadEntry(metadata, SizesKey(mapping_name)));
  for (const json::Member& member : sizes.members) {
    if (member.value.kind != json::Kind::kInteger || member.value.integer < 0) {
      return ErrorStatus(ErrorCode::kBadMetadata, "metadata 'weft.sizes'",
                         "expected an integer of 0 or more for each axis");
    }
    record.sizes[member.key] = member.value.integer;
  }
  return record;
}

void EraseRecord(const std::string& mapping_name, std::map<std::string, std::string>* metadata) {
  metadata->erase(ParamsKey(mapping_name));
  metadata->erase(StagesKey(mapping_name));
  metadata->erase(SizesKey(mapping_name));
}

void WriteRecord(const ConversionRecord& record, const std::string& mapping_name,
                 std::map<std::string, std::string>* metadata) {
  std::string params;
  for (const auto& [name, value] : record.params) {
    params += (params.empty() ? "" : ",") + json::Quoted(name) + ":" + TextOf(value);
  }
  if (!params.empty()) (*metadata)[ParamsKey(mapping_name)] = "{" + params + "}";
  std::string stages;
  for (const auto& [name, held] : record.stages) {
    stages += (stages.empty() ? "" : ",") + json::Quoted(name) + ":" + (held ? "true" : "false");
  }
  if (!stages.empty()) (*metadata)[StagesKey(mapping_name)] = "{" + stages + "}";
  std::string sizes;
  for (const auto& [axis, size] : record.sizes) {
    sizes += absl::StrFormat("%s%s:%d", sizes.empty() ? "" : ",", json::Quoted(axis), size);
  }
  if (!sizes.empty()) (*metadata)[SizesKey(mapping_name)] = "{" + sizes + "}";
}

ParamScope::ParamScope(const internal::ParamTable& table, ParamScope* parent, Direction direction,
                       const std::map<std::string, ParamValue>& set, const ConfigTree& config,
                       const ConversionRecord& earlier)
    : table_(table),
      parent_(parent),
      direction_(direction),
      set_(set),
      config_(config),
      earlier_(earlier),
      resolver_([this](std::string_view name) { return Resolve(name); }) {}

std::map<std::string, ParamValue> ParamScope::used() const {
  std::map<std::string, ParamValue> used;
  for (const auto& [name, value] : values_) used.emplace(table_.Qualified(name), value);
  return used;
}

absl::StatusOr<ParamValue> ParamScope::Resolve(std::string_view name) {
  const std::string key(name);
  const auto known = values_.find(key);
  if (known != values_.end()) return known->second;
  const auto unknown = unknown_.find(key);
  if (unknown != unknown_.end()) return unknown->second;
  if (!open_.insert(key).second) {
    return ErrorStatus(ErrorCode::kBadParam, absl::StrFormat("param '%s'", Escaped(name)),
                       "its expression leads back to itself");
  }
  absl::StatusOr<ParamValue> value = Look(key);
  open_.erase(key);
  if (value.ok()) {
    values_.emplace(key, *value);
  } else if (IsUnknownParam(value.status())) {
    unknown_.emplace(key, value.status());
  }
  return value;
}

absl::StatusOr<std::optional<ParamValue>> ParamScope::Find(std::string_view name) {
  // Looked up first so that a name that is asked for in each of thousands of groups costs no
  // message.
  if (unknown_.find(std::string(name)) != unknown_.end()) return std::nullopt;
  absl::StatusOr<ParamValue> value = Resolve(name);
  if (value.ok()) return *std::move(value);
  if (IsUnknownParam(value.status())) return std::nullopt;
  return value.status();
}

std::optional<int64_t> ParamScope::RecordedSize(const std::string& axis) const {
  const auto found = earlier_.sizes.find(axis);
  if (found == earlier_.sizes.end()) return std::nullopt;
  return found->second;
}

bool ParamScope::RecordSize(const std::string& axis, int64_t size) {
  return sizes_.emplace(axis, size).first->second == size;
}

absl::StatusOr<std::optional<ParamValue>> ParamScope::LookInConfig(
    const internal::ParamSource& source) const {
  const bool forward = direction_ == Direction::kForward;
  for (const auto* paths : {forward ? &source.from_paths : &source.to_paths,
                            forward ? &source.to_paths : &source.from_paths}) {
    for (std::string_view path : *paths) {
      WEFT_ASSIGN_OR_RETURN(std::optional<ParamValue> value,
                            config_.Find(table_.config_prefix + std::string(path)));
      if (!value.has_value() && HasPrefix(path, kConfigPrefix)) {
        // Paths may be spelled as in expressions.
        path.remove_prefix(kConfigPrefix.size());
        WEFT_ASSIGN_OR_RETURN(value, config_.Find(table_.config_prefix + std::string(path)));
      }
      if (value.has_value()) return value;
    }
  }
  return std::nullopt;
}

absl::StatusOr<ParamValue> ParamScope::Look(const std::string& name) {
  const std::string qualified = table_.Qualified(name);
  const auto set = set_.find(qualified);
  if (set != set_.end()) return set->second;

  absl::Status missing = ErrorStatus(
      ErrorCode::kUnknownParam, absl::StrFormat("param '%s'", Escaped(qualified)),
      config_.empty()
          ? "nothing gives its value, and there is no config"
          : absl::StrFormat("neither %s nor the mapping gives its value", Escaped(config_.name())),
      absl::StrFormat("give it with --set %s=VALUE, or a config with --config",
                      Escaped(qualified)));
  // True when `expression` decided: by a value, or by an error that is no missing name.
  const auto evaluated = [&missing](const Expression& expression,
                                    const Expression::Resolver& resolver,
                                    absl::StatusOr<ParamValue>* value) {
    *value = expression.Evaluate(resolver);
    if (value->ok()) return true;
    missing = value->status();
    return !IsUnknownParam(missing);
  };
  absl::StatusOr<ParamValue> value = missing;
  const auto given = table_.given.find(name);
  if (given != table_.given.end() && evaluated(given->second, parent_->resolver(), &value)) {
    return value;
  }
  const auto declared = table_.params.find(name);
  const bool is_declared = declared != table_.params.end();
  if (is_declared) {
    const internal::ParamSource& source = declared->second;
    if (source.expression.has_value()) {
      if (evaluated(*source.expression, resolver_, &value)) return value;
    } else {
      WEFT_ASSIGN_OR_RETURN(std::optional<ParamValue> found, LookInConfig(source));
      if (found.has_value()) return *std::move(found);
    }
  } else if (HasPrefix(name, kConfigPrefix)) {
    WEFT_ASSIGN_OR_RETURN(
        std::optional<ParamValue> found,
        config_.Find(table_.config_prefix +
                     std::string(std::string_view(name).substr(kConfigPrefix.size()))));
    if (found.has_value()) return *std::move(found);
  }
  const auto recorded = earlier_.params.find(qualified);
  if (recorded != earlier_.params.end()) return recorded->second;
  if (is_declared && declared->second.fallback.has_value()) return *declared->second.fallback;
  return missing;
}

std::vector<std::unique_ptr<ParamScope>> ScopesOf(const internal::MappingDocument& document,
                                                  Direction direction,
                                                  const std::map<std::string, ParamValue>& set,
                                                  const ConfigTree& config,
                                                  const ConversionRecord& earlier) {
  std::vector<std::unique_ptr<ParamScope>> scopes;
  scopes.reserve(document.scopes.size());
  for (const internal::ParamTable& table : document.scopes) {
    ParamScope* const parent = scopes.empty() ? nullptr : scopes[table.parent].get();
    scopes.push_back(std::make_unique<ParamScope>(table, parent, direction, set, config, earlier));
  }
  return scopes;
}

}  // namespace weft
