// One rule at work on one group of tensors.
#ifndef WEFT_PLAN_RULE_RUN_H_
#define WEFT_PLAN_RULE_RUN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/statusor.h"
#include "plan/param_scope.h"
#include "plan/plan_parts.h"
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
  absl::InlinedVector<uint32_t, 2> rules = {};  // indices into Plan::rules
  std::optional<DType> cast = std::nullopt;     // what it becomes when it is written
};

// The tensors of one read pattern in a group: one, or a complete list over the pattern's list
// variables.
struct TensorList {
  std::vector<uint64_t> sizes;  // by ListVariable of the pattern
  // Indices into the stage's entries, row-major over the list variables.
  std::vector<uint32_t> entries;
};

// A tensor that must hold the same elements as the one that is taken.
struct Copy {
  uint32_t entry = 0;
  uint32_t taken = 0;
};

struct RuleRun {
  const RuleView& view;
  StageMatcher& matcher;
  uint32_t rule;  // in the matcher
  const Bindings& group;
  const std::vector<Entry>& entries;
  std::vector<TensorList> read;  // by tensor of view.read()
  std::vector<Copy> copies;      // of the entries in `read`
  ParamScope& params;
  PlanParts& parts;
  const Limits& limits;
  std::string where;           // the rule and the group, for messages
  std::string one_way_reason;  // set when the step cannot be undone
};

// Orders the members of a group: `claimed[t]` are the entries that read tensor t of the rule took,
// with their bindings. Errors: kMissingTensor, kIncompleteList, kIndexSetsDiffer, kDuplicateName.
struct Member {
  uint32_t entry = 0;
  uint32_t name = 0;  // index into CheckedTensor::names
  Bindings bindings;
};
absl::Status CompleteLists(RuleRun& run, const std::vector<std::vector<Member>>& claimed);

// The tensors that the rule makes of the group. Errors: kWrongShape, kDtypesDiffer, kSizeUnknown,
// kSizeConflict, kIncompleteList, kUnknownParam, kBadParam, kNoTargetName, kNotReversible.
absl::StatusOr<std::vector<Entry>> RunLayouts(RuleRun& run);
absl::StatusOr<std::vector<Entry>> RunOperations(RuleRun& run);

// The names that written tensor `tensor` has for the group and the list indices: its own, then
// those of its copies. Errors: kNoTargetName, kUnknownVariable (nothing says which values a
// variable of this side takes), those of expressions.
absl::StatusOr<std::vector<std::string>> NamesOfWritten(RuleRun& run, uint32_t tensor,
                                                        const std::vector<uint64_t>& indices);

// Adds `made` once for each of its names. Returns the index of the first.
absl::StatusOr<uint32_t> AddNamed(RuleRun& run, uint32_t tensor,
                                  const std::vector<uint64_t>& indices, Entry made,
                                  std::vector<Entry>* outputs);

// Adds the checks that copies hold what the taken tensors hold. Errors: kWrongShape, kDtypesDiffer.
absl::Status CheckCopies(RuleRun& run);

// A rule may name one tensor under two labels. Where both are made they are one: leaves one of them
// in `outputs` and adds the check that they are equal. Errors: kWrongShape, kDtypesDiffer.
absl::Status MergeTwins(RuleRun& run, std::vector<Entry>* outputs);

// One tensor in, the same tensor out.
absl::StatusOr<std::vector<Entry>> RunRenaming(RuleRun& run);

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
