#include "plan/sharing_rules.h"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "tensor/shard_record.h"
#include "weft/name_report.h"

namespace weft {

using internal::MappingDocument;

namespace {

constexpr std::string_view kShardHint =
    "convert the whole model, and cut what comes out; with --map identity the shard stays as it is";

std::string NameOf(const Catalog& catalog) {
  return catalog.files.empty() ? "checkpoint" : Escaped(catalog.files.front().name);
}

// "rank 1 of 2" where the catalog is a part of a model; otherwise nullopt.
std::optional<std::string> PartOf(const Catalog& catalog) {
  const auto ranks = catalog.metadata.find(std::string(kShardWorldSizeKey));
  if (ranks == catalog.metadata.end() || ranks->second == "1") return std::nullopt;
  const auto rank = catalog.metadata.find(std::string(kShardRankKey));
  return absl::StrFormat("rank %s of %s",
                         rank == catalog.metadata.end() ? "?" : Escaped(rank->second),
                         Escaped(ranks->second));
}

// Whether it is one tensor of the catalog as it is, but for its name and dtype.
bool IsWholeTensor(const PlannedTensor& tensor, const Catalog& catalog) {
  if (tensor.boxes.empty()) return true;  // no element, so none that is in a wrong place
  const Box& box = tensor.boxes.front();
  return tensor.boxes.size() == 1 && box.source < catalog.tensors.size() &&
         tensor.shape == catalog.tensors[box.source].shape && box.source_offset == 0 &&
         std::all_of(
             box.factors.begin(), box.factors.end(),
             [](const Factor& factor) { return factor.source_stride == factor.target_stride; });
}

}  // namespace

absl::Status CheckShard(const Shard& shard, const Catalog& catalog) {
  if (shard.world_size < 1 || shard.world_size > Shard::kMostRanks ||
      shard.rank >= shard.world_size) {
    return ErrorStatus(
        ErrorCode::kBadArgument, "shard",
        absl::StrFormat("rank %d of %d ranks; expected a rank below the number of ranks, of which "
                        "there are 1 to %d",
                        shard.rank, shard.world_size, Shard::kMostRanks));
  }
  const std::optional<std::string> part = PartOf(catalog);
  if (!part.has_value()) return absl::OkStatus();
  return ErrorStatus(ErrorCode::kAlreadyConverted, NameOf(catalog),
                     absl::StrFormat("it is a shard itself: %s", *part),
                     "cut the whole model, or load this shard without a rank");
}

absl::Status CheckKeepsTensors(const Plan& plan) {
  const Catalog& catalog = *plan.catalog;
  const std::optional<std::string> part = PartOf(catalog);
  if (!part.has_value()) return absl::OkStatus();
  std::vector<std::string_view> changed;
  for (const PlannedTensor& tensor : plan.tensors) {
    if (!IsWholeTensor(tensor, catalog)) changed.push_back(tensor.name);
  }
  Diagnostics diagnostics;
  for (const std::string& names : GroupNames(changed)) {
    diagnostics.Add(ErrorCode::kAlreadyConverted, NameOf(catalog),
                    absl::StrFormat("it is a shard, %s: the rules that make '%s' are for the whole "
                                    "model, and so are its sizes",
                                    *part, Escaped(names)),
                    std::string(kShardHint));
  }
  return diagnostics.ToStatus();
}

absl::Status WithShardTold(const absl::Status& errors, const Catalog& catalog) {
  const std::optional<std::string> part = PartOf(catalog);
  if (!part.has_value()) return errors;
  Diagnostics diagnostics;
  diagnostics.Add(ErrorCode::kAlreadyConverted, NameOf(catalog),
                  absl::StrFormat("it is a shard, %s, and rules are for the whole model", *part),
                  std::string(kShardHint));
  diagnostics.Add(errors);
  return diagnostics.ToStatus();
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
