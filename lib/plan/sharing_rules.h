// Which rules say how the ranks share the result of a plan.
#ifndef WEFT_PLAN_SHARING_RULES_H_
#define WEFT_PLAN_SHARING_RULES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "mapping/document.h"
#include "weft/catalog.h"
#include "weft/plan.h"
#include "weft/sharding.h"

namespace weft {

// Points into the mapping's document or into the shard.
struct SharingRules {
  const std::vector<internal::ShareRule>* rules = nullptr;
  std::string where;  // for messages: "mapping "mixtral", /sharding/to"
  const internal::MappingDocument* document = nullptr;  // whose params say more; null: of none
};

// Errors: kBadArgument (a rank that does not exist), kAlreadyConverted (the catalog is a shard).
absl::Status CheckShard(const Shard& shard, const Catalog& catalog);

// A mapping may rename the tensors of a shard, drop and cast them: everything else it knows of
// whole models only, and with their sizes it would mix up rows. Errors: kAlreadyConverted where the
// source of the plan is a shard, and a tensor is not one of the source.
absl::Status CheckKeepsTensors(const Plan& plan);

// The errors of a mapping; where the catalog is a shard, that comes first, as the likely cause.
absl::Status WithShardTold(const absl::Status& errors, const Catalog& catalog);

// `documents` in the order in which they run. Errors: kNotSharded.
absl::StatusOr<SharingRules> FindSharing(
    const std::vector<const internal::MappingDocument*>& documents, Direction direction,
    const Shard& shard);

}  // namespace weft

#endif  // WEFT_PLAN_SHARING_RULES_H_
