// A mapping at work: its stages, one after the other, on the entries of a checkpoint.
#ifndef WEFT_PLAN_MAPPING_RUN_H_
#define WEFT_PLAN_MAPPING_RUN_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mapping/config_tree.h"
#include "mapping/document.h"
#include "plan/param_scope.h"
#include "plan/rule_run.h"
#include "plan/stage_run.h"
#include "weft/mapping.h"

namespace weft {

// What a run is made with. All references outlive it.
struct MappingRunContext {
  Direction direction;
  const std::map<std::string, ParamValue>& set;
  const ConfigTree& config;
  // Of the checkpoint that is read: what an earlier conversion recorded.
  const std::map<std::string, std::string>& metadata;
  RegexCache& cache;
  const Limits& limits;
  bool lenient;
  // Whether what is made is held to the mapping's "expect"; not on a way back that is only compiled
  // to prove a plan, and makes what the source has.
  bool looks_at_expected;
  bool look_back;          // see StageRun
  std::string checkpoint;  // its name, for messages
};

// The names under which mappings record what the way back needs: their own, and of several of one
// name "m", "m#2", … in the order in which they run forward. `documents` are in the order in which
// they run in `direction`; the result is parallel to them.
std::vector<std::string> RecordNames(const std::vector<const internal::MappingDocument*>& documents,
                                     Direction direction);

class MappingRun {
 public:
  // What an earlier conversion recorded stands under `record_name`.
  MappingRun(const internal::MappingDocument& document, std::string record_name,
             const MappingRunContext& context, StageReport& report)
      : document_(document),
        record_name_(std::move(record_name)),
        context_(context),
        report_(report) {}
  MappingRun(const MappingRun&) = delete;
  MappingRun& operator=(const MappingRun&) = delete;

  // Replaces `entries` by what the mapping makes of them. Errors: all that are found in a stage.
  absl::Status Run(std::vector<Entry>& entries);

  // For the way back, after Run.
  ConversionRecord TakeRecord();

  std::vector<std::string> TakeWarnings() { return std::move(warnings_); }

 private:
  absl::Status CheckKeys(const std::vector<Entry>& entries, bool from_side, bool is_read);
  absl::Status CheckExpected(const std::vector<Entry>& entries, size_t first_rule);
  absl::StatusOr<bool> IsOwnModel() const;
  absl::Status ApplyCasts(std::vector<Entry>& entries);
  std::string RecordedName(const internal::CheckedStage& stage) const;
  absl::StatusOr<bool> Judge(const internal::CheckedStage& stage, const std::vector<Entry>& entries,
                             ParamScope& params);

  bool forward() const { return context_.direction == Direction::kForward; }

  const internal::MappingDocument& document_;
  const std::string record_name_;
  const MappingRunContext& context_;
  StageReport& report_;
  ConversionRecord earlier_;
  ConversionRecord record_;
  std::vector<std::unique_ptr<ParamScope>> scopes_;
  std::vector<std::string> warnings_;
};

}  // namespace weft

#endif  // WEFT_PLAN_MAPPING_RUN_H_
