// One stage of a mapping at work: entries in, entries out.
#ifndef WEFT_PLAN_STAGE_RUN_H_
#define WEFT_PLAN_STAGE_RUN_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "diagnostic/status.h"
#include "plan/rule_run.h"
#include "plan/stage_matcher.h"

namespace weft {

// What the stages of all mappings leave behind besides the entries.
struct StageReport {
  explicit StageReport(uint32_t tensors) : parts(tensors) {}

  std::vector<RuleUse> rules;
  absl::flat_hash_map<const internal::CheckedRule*, uint32_t> rule_numbers;
  PlanParts parts;
  // Entries that were dropped, and why.
  std::vector<std::pair<Entry, std::string>> dropped;
  std::vector<std::string> one_way_reasons;
  // Which have a reason among them: rules (indices into `rules`) and source tensors.
  std::set<uint32_t> one_way_rules;
  std::set<uint32_t> one_way_sources;
  // Names that pass a stage although the stage's rules, read the other way, would take them: they
  // are as the target layout has them.
  std::vector<std::string> in_target_range;
};

class StageRun {
 public:
  // All arguments outlive the run. `look_back`: find out for each name whether the way back would
  // lead from it to where it came from, to say in the report which rules are to blame. A stage that
  // takes nothing looks in any case whether its work is done already.
  StageRun(const internal::CheckedStage& stage, Direction direction, ParamScope& params,
           RegexCache& cache, const Limits& limits, bool look_back, StageReport& report);

  // Replaces `entries` by what the stage makes of them. Errors: all that are found.
  absl::Status Run(std::vector<Entry>& entries);

 private:
  struct Group {
    uint32_t rule = 0;
    std::string where;                         // the rule and the values of the group variables
    Bindings bindings;                         // of the group variables
    std::vector<std::vector<Member>> members;  // by read tensor
  };

  void Claim(const std::vector<Entry>& entries);
  void AddToGroup(const struct Claim& claim, uint32_t entry);
  void Rename(const std::vector<Entry>& entries);
  void RunGroups(const std::vector<Entry>& entries);
  static absl::StatusOr<std::vector<Entry>> RunRule(RuleRun& run);
  absl::Status RunGroup(uint32_t number, const std::vector<Entry>& entries);
  void CheckNames(const std::vector<Entry>& entries);
  void CheckRange(const std::vector<Entry>& entries);
  std::string WhereOf(uint32_t rule, const Bindings& group) const;
  uint32_t Use(uint32_t rule, uint64_t tensors);
  bool TookNothing() const { return renamed_.empty() && groups_.empty() && dropped_.empty(); }
  void AddOneWay(std::string reason);
  void MarkOneWay(uint32_t rule, const RuleRun& run);

  const internal::CheckedStage& stage_;
  Direction direction_;
  ParamScope& params_;
  RegexCache& cache_;
  const Limits& limits_;
  bool look_back_;
  StageReport& report_;
  StageMatcher matcher_;
  Diagnostics diagnostics_;

  std::vector<uint32_t> passing_;  // indices into the entries
  std::vector<uint32_t> dropped_;
  std::vector<std::string> drop_reasons_;
  struct Renamed {
    uint32_t entry = 0;
    uint32_t rule = 0;
    Bindings bindings;
    std::string name;
  };
  std::vector<Renamed> renamed_;
  std::vector<Group> groups_;
  absl::flat_hash_map<std::string, uint32_t> group_numbers_;
  std::vector<Entry> made_;           // by converters
  std::vector<uint32_t> made_group_;  // parallel: index into groups_
};

}  // namespace weft

#endif  // WEFT_PLAN_STAGE_RUN_H_
