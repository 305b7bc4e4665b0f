#include "weft/mapping.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "mapping/builtin_mappings.h"
#include "mapping/document.h"
#include "mapping/rule_checker.h"
#include "weft/mapping_library.h"

namespace weft {

Mapping::Mapping(std::shared_ptr<const internal::MappingDocument> document)
    : documents_({std::move(document)}), name_(documents_.front()->name) {}

Mapping Mapping::Compose(const std::vector<Mapping>& mappings) {
  if (mappings.empty()) return Identity();
  Mapping composed = mappings.front();
  for (size_t i = 1; i < mappings.size(); ++i) {
    composed.documents_.insert(composed.documents_.end(), mappings[i].documents_.begin(),
                               mappings[i].documents_.end());
    composed.name_ += " + " + mappings[i].name_;
  }
  return composed;
}

absl::StatusOr<Mapping> Mapping::FromFile(std::string_view path, const Limits& limits) {
  return MappingLibrary(limits).FromFile(path);
}

absl::StatusOr<Mapping> Mapping::FromJson(std::string_view json, std::string_view file_name,
                                          const Limits& limits) {
  return MappingLibrary(limits).FromJson(json, file_name);
}

absl::StatusOr<Mapping> Mapping::Builtin(std::string_view name) {
  return MappingLibrary().Find(name);
}

absl::StatusOr<Mapping> Mapping::Detect(const Catalog& catalog, std::string_view config_json,
                                        Direction direction) {
  return MappingLibrary().Detect(catalog, config_json, direction);
}

absl::StatusOr<Mapping> Mapping::FromRules(std::string_view name, const std::vector<Stage>& stages,
                                           const Limits& limits) {
  auto document = std::make_shared<internal::MappingDocument>();
  document->name = std::string(name);
  Diagnostics diagnostics;
  uint64_t rules = 0;
  for (const Stage& stage : stages) rules += stage.size();
  if (rules > limits.rules) {
    return ErrorStatus(ErrorCode::kLimitExceeded, absl::StrFormat("mapping '%s'", Escaped(name)),
                       absl::StrFormat("%d rules; the limit is %d", rules, limits.rules));
  }
  for (size_t s = 0; s < stages.size(); ++s) {
    internal::CheckedStage& stage = document->stages.emplace_back();
    stage.where = absl::StrFormat("mapping '%s' (/stages/%d)", Escaped(name), s);
    stage.rules.reserve(stages[s].size());
    for (size_t r = 0; r < stages[s].size(); ++r) {
      const PlaceOf place = [&](std::string_view pointer) {
        return absl::StrFormat("mapping '%s' (/stages/%d/%d%s)", Escaped(name), s, r, pointer);
      };
      stage.rules.push_back(CheckRule(stages[s][r], place, Tables(), limits, diagnostics));
      stage.rules.back().id = absl::StrFormat("%d.%d", s, r);
    }
  }
  WEFT_RETURN_IF_ERROR(diagnostics.ToStatus());
  return Mapping(std::move(document));
}

Mapping Mapping::Identity() {
  auto document = std::make_shared<internal::MappingDocument>();
  document->name = "identity";
  document->description = "Every tensor passes unchanged.";
  return Mapping(std::move(document));
}

const std::vector<BuiltinMapping>& Mapping::Builtins() { return BuiltinMappings(); }

const std::string& Mapping::description() const { return documents_.front()->description; }
const std::string& Mapping::from() const { return documents_.front()->from; }
const std::string& Mapping::to() const { return documents_.back()->to; }

const PartFiles* Mapping::part_files() const {
  const std::optional<PartFiles>& files = documents_.front()->part_files;
  return files.has_value() ? &*files : nullptr;
}

}  // namespace weft
