// One rule at work on one group of tensors.
#ifndef WEFT_PLAN_RULE_RUN_H_
#define WEFT_PLAN_RULE_RUN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "plan/param_scope.h"
#include "plan/stage_matcher.h"
#include "plan/view.h"
#include "weft/limits.h"

namespace weft {

// A tensor between two stages.
struct Entry {
  std::string name;
  DType dtype = DType::kF32;
  Shape shape;
  View view;
  absl::InlinedVector<uint32_t, 2> rules;  // indices into Plan::rules
};

// The tensors of one read pattern in a group: one, or a complete list over the pattern's list
// variables.
struct TensorList {
  std::vector<uint64_t> sizes;  // by ListVariable of the pattern
  std::vector<uint32_t>
      entries;  // row-major over the list variables; indices into the stage's entries
};

struct RuleRun {
  const RuleView& view;
  StageMatcher& matcher;
  uint32_t rule;  // in the matcher
  const Bindings& group;
  const std::vector<Entry>& entries;
  std::vector<TensorList> read;  // by tensor of view.read()
  ParamScope& params;
  const Limits& limits;
  std::string where;           // the rule and the group, for messages
  std::string one_way_reason;  // set when the step cannot be undone
};

// Orders the members of a group: `claimed[t]` are the entries that read tensor t of the rule took,
// with their bindings. Errors: kMissingTensor, kIncompleteList, kIndexSetsDiffer, kDuplicateName.
struct Member {
  uint32_t entry = 0;
  Bindings bindings;
};
absl::Status CompleteLists(RuleRun& run, const std::vector<std::vector<Member>>& claimed);

// The tensors that the rule makes of the group. Errors: kWrongShape, kDtypesDiffer, kSizeUnknown,
// kSizeConflict, kIncompleteList, kUnknownParam, kBadParam, kNoTargetName, kNotReversible.
absl::StatusOr<std::vector<Entry>> RunLayouts(RuleRun& run);
absl::StatusOr<std::vector<Entry>> RunOperations(RuleRun& run);

// The name that written tensor `tensor` has for the group and the list indices.
absl::StatusOr<std::string> NameOfWritten(RuleRun& run, uint32_t tensor,
                                          const std::vector<uint64_t>& indices);

// Errors with kLimitExceeded when a list of so many tensors would be made: sizes come from files.
absl::Status CheckListLength(const RuleRun& run, const std::vector<uint64_t>& sizes);

// Adds the run's place to an error that has none.
absl::Status WithPlace(const RuleRun& run, std::string_view tensor_name,
                       const absl::Status& status);

// Counts through all index tuples below `sizes`, the last one fastest. Starts at zeros; false at
// the end.
bool NextIndices(const std::vector<uint64_t>& sizes, std::vector<uint64_t>& indices);

}  // namespace weft

#endif  // WEFT_PLAN_RULE_RUN_H_
