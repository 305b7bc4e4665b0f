// A plan of a whole model, cut down to what one rank has.
#ifndef WEFT_PLAN_SHARD_H_
#define WEFT_PLAN_SHARD_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "mapping/document.h"
#include "plan/param_scope.h"
#include "weft/limits.h"
#include "weft/plan.h"
#include "weft/sharding.h"

namespace weft {

// What a plan is cut by. All references outlive the call.
struct ShardRequest {
  const Shard& shard;
  const std::vector<internal::ShareRule>& rules;
  std::string where;  // the rules, for messages: "mapping "mixtral", /sharding/to"
  const std::vector<std::unique_ptr<ParamScope>>& scopes;  // of the document that has the rules
  RegexCache& cache;
  const Limits& limits;
};

// Errors: kNotSharded, kTwoRulesOneTensor, kUnevenShares, kWrongShape, kSizeUnknown, kUnknownParam,
// kBadParam, kOverflow, kUnsupportedFeature (a dtype without a zero), kLimitExceeded; those of
// patterns. All that are found.
absl::Status CutToShard(const ShardRequest& request, Plan& plan);

}  // namespace weft

#endif  // WEFT_PLAN_SHARD_H_
