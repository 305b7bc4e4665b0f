// The values of params, for one mapping file in one compilation.
//
// A value comes from the first place that has it: the caller (CompileOptions::set), the config (the
// paths of the side being read first), the weft.* metadata of an earlier conversion, the param's
// default. What the including mapping gives to an included one comes before its config.
#ifndef WEFT_PLAN_PARAM_SCOPE_H_
#define WEFT_PLAN_PARAM_SCOPE_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/config_tree.h"
#include "mapping/document.h"
#include "mapping/expression.h"
#include "weft/mapping.h"

namespace weft {

// What an earlier conversion recorded in `__metadata__`, and what this one will.
struct ConversionRecord {
  std::map<std::string, ParamValue> params;
  std::map<std::string, bool> stages;  // name of the stage → whether its guard held
  // "0.3.pad", an axis of a rule → its size, where the tensors that were written do not tell it.
  std::map<std::string, int64_t> sizes;
};

// Metadata entries ↔ record, by the name of the mapping; Erase removes what an earlier run left.
absl::StatusOr<ConversionRecord> ReadRecord(const std::map<std::string, std::string>& metadata,
                                            const std::string& mapping_name);
void EraseRecord(const std::string& mapping_name, std::map<std::string, std::string>* metadata);
void WriteRecord(const ConversionRecord& record, const std::string& mapping_name,
                 std::map<std::string, std::string>* metadata);

// The error of a name that nothing gives, which a caller may get over.
bool IsUnknownParam(const absl::Status& status);

// `status`; where it is the error of an unknown param, it says that the rule at `rule_where` needs
// it.
absl::Status NeededBy(std::string_view rule_where, const absl::Status& status);

class ParamScope {
 public:
  // All arguments outlive the scope. `parent` is the scope of the including mapping, null for the
  // outermost one.
  ParamScope(const internal::ParamTable& table, ParamScope* parent, Direction direction,
             const std::map<std::string, ParamValue>& set, const ConfigTree& config,
             const ConversionRecord& earlier);
  ParamScope(const ParamScope&) = delete;
  ParamScope& operator=(const ParamScope&) = delete;

  // Errors: kUnknownParam when nothing gives it; kBadParam (cyclic params, a value of a wrong
  // kind).
  absl::StatusOr<ParamValue> Resolve(std::string_view name);

  // The value where something gives it, nullopt where nothing does.
  absl::StatusOr<std::optional<ParamValue>> Find(std::string_view name);

  // The size that the earlier conversion recorded for an axis ("0.3.pad").
  std::optional<int64_t> RecordedSize(const std::string& axis) const;

  // Records the size of an axis for the way back. False when it was another one before.
  bool RecordSize(const std::string& axis, int64_t size);

  // The sizes to record.
  const std::map<std::string, int64_t>& sizes() const { return sizes_; }

  // Resolve, for Expression. Valid as long as the scope.
  const Expression::Resolver& resolver() const { return resolver_; }

  // Every param whose value was used, by its qualified name.
  std::map<std::string, ParamValue> used() const;

 private:
  absl::StatusOr<ParamValue> Look(const std::string& name);
  absl::StatusOr<std::optional<ParamValue>> LookInConfig(const internal::ParamSource& source) const;

  const internal::ParamTable& table_;
  ParamScope* parent_;
  Direction direction_;
  const std::map<std::string, ParamValue>& set_;
  const ConfigTree& config_;
  const ConversionRecord& earlier_;
  Expression::Resolver resolver_;
  std::map<std::string, ParamValue> values_;
  std::map<std::string, absl::Status> unknown_;  // names that nothing gives
  std::set<std::string> open_;                   // being evaluated
  std::map<std::string, int64_t> sizes_;
};

// The scopes of a document: its own first, then those of what it includes. All arguments outlive
// them.
std::vector<std::unique_ptr<ParamScope>> ScopesOf(const internal::MappingDocument& document,
                                                  Direction direction,
                                                  const std::map<std::string, ParamValue>& set,
                                                  const ConfigTree& config,
                                                  const ConversionRecord& earlier);

}  // namespace weft

#endif  // WEFT_PLAN_PARAM_SCOPE_H_
