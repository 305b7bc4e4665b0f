#include "plan/sharing_rules.h"

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {

using internal::MappingDocument;

absl::Status CheckShard(const Shard& shard, const Catalog& catalog) {
  if (shard.world_size < 1 || shard.world_size > Shard::kMostRanks ||
      shard.rank >= shard.world_size) {
    return ErrorStatus(
        ErrorCode::kBadArgument, "shard",
        absl::StrFormat("rank %d of %d ranks; expected a rank below the number of ranks, of which "
                        "there are 1 to %d",
                        shard.rank, shard.world_size, Shard::kMostRanks));
  }
  const auto ranks = catalog.metadata.find("weft.world_size");
  if (ranks == catalog.metadata.end() || ranks->second == "1") return absl::OkStatus();
  const auto rank = catalog.metadata.find("weft.rank");
  return ErrorStatus(ErrorCode::kAlreadyConverted,
                     catalog.files.empty() ? "checkpoint" : Escaped(catalog.files.front().name),
                     absl::StrFormat("it is a shard itself: rank %s of %s",
                                     rank == catalog.metadata.end() ? "?" : Escaped(rank->second),
                                     Escaped(ranks->second)),
                     "cut the whole model, or load this shard without a rank");
}

absl::StatusOr<SharingRules> FindSharing(const std::vector<const MappingDocument*>& documents,
                                         Direction direction, const Shard& shard) {
  const bool forward = direction == Direction::kForward;
  SharingRules sharing;
  // Only the mapping that makes the result knows its layout: the last one that does anything.
  for (const MappingDocument* document : documents) {
    const auto& shares = forward ? document->to_shares : document->from_shares;
    if (sharing.document != nullptr && document->stages.empty() && shares.empty()) continue;
    sharing.document = document;
    sharing.rules = &shares;
  }
  if (shard.sharding.has_value()) {
    sharing.rules = shard.sharding->rules().get();
    sharing.where = "sharding";
    return sharing;
  }
  const std::string name = sharing.document == nullptr ? "identity" : sharing.document->name;
  sharing.where =
      absl::StrFormat("mapping \"%s\", /sharding/%s", Escaped(name), forward ? "to" : "from");
  if (sharing.rules == nullptr || sharing.rules->empty()) {
    return ErrorStatus(ErrorCode::kNotSharded, absl::StrFormat("mapping \"%s\"", Escaped(name)),
                       absl::StrFormat("it does not say how ranks share the tensors of its `%s` "
                                       "side",
                                       forward ? "to" : "from"),
                       absl::StrFormat("write a section \"sharding\": {\"%s\": […]}, or give "
                                       "one (docs/sharding.md)",
                                       forward ? "to" : "from"));
  }
  return sharing;
}

}  // namespace weft
