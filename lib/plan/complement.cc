#include "weft/complement.h"

#include <set>
#include <string>
#include <string_view>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "plan/complement_record.h"
#include "plan/plan_digest.h"
#include "plan/recovery.h"
#include "plan/view.h"

namespace weft {
namespace {

// From the source to the complement: the boxes of the way back, read backwards.
PlannedTensor LostTensor(const TensorInfo& source, uint32_t index, const Recovery& recovery) {
  PlannedTensor tensor;
  tensor.name = LostName(source.name);
  tensor.dtype = source.dtype;
  tensor.source_dtype = source.dtype;
  if (recovery.lost_elements == ElementsOf(source.shape)) {
    tensor.shape = source.shape;
  } else {
    tensor.shape = {static_cast<int64_t>(recovery.lost_elements)};
  }
  for (const Box& back : recovery.lost) {
    Box& box = tensor.boxes.emplace_back();
    box.source = index;
    box.source_offset = back.target_offset;
    box.target_offset = back.source_offset;
    for (const Factor& factor : back.factors) {
      box.factors.push_back({factor.count, factor.target_stride, factor.source_stride});
    }
    Normalize(box);
  }
  return tensor;
}

// No tensor of the output may have a name that the complement may need: the way back reads both.
absl::Status CheckNames(const Plan& plan, const Complement& complement) {
  std::set<std::string_view> suspects;
  for (const PlannedTensor& tensor : plan.tensors) {
    if (MayBeKeptName(tensor.name)) suspects.insert(tensor.name);
  }
  if (suspects.empty()) return absl::OkStatus();
  Diagnostics diagnostics;
  const auto check = [&](const std::string& name) {
    if (suspects.count(name) == 0) return;
    diagnostics.Add(ErrorCode::kNameCollision, "complement",
                    absl::StrFormat("the output has a tensor '%s', and the complement needs the "
                                    "name",
                                    Escaped(name)),
                    "give the tensor another name in the source or by the mapping");
  };
  for (const PlannedTensor& tensor : complement.lost) check(tensor.name);
  for (const CastTensor& cast : complement.cast) {
    for (const std::string_view part : kCastParts) {
      check(CastName(part, cast.dtype, plan.catalog->tensors[cast.source].name));
    }
  }
  return diagnostics.ToStatus();
}

}  // namespace

absl::StatusOr<Complement> ComplementOf(const Plan& plan, const CompileOptions& options) {
  if (options.shard.has_value()) {
    return ErrorStatus(ErrorCode::kBadArgument, "complement",
                       "a complement is that of a whole model, not of a shard",
                       "compile without a shard");
  }
  WEFT_ASSIGN_OR_RETURN(const std::vector<Recovery> recoveries, RecoveriesOf(plan));
  Complement complement;
  const std::vector<TensorInfo>& tensors = plan.catalog->tensors;
  for (uint32_t i = 0; i < tensors.size(); ++i) {
    const Recovery& recovery = recoveries[i];
    if (recovery.lost_elements > 0) {
      complement.lost.push_back(LostTensor(tensors[i], i, recovery));
      complement.lost_bytes +=
          recovery.lost_elements * static_cast<uint64_t>(BitsOf(tensors[i].dtype)) / 8;
    }
    for (const CastElements& cast : recovery.cast) {
      CastTensor& kept = complement.cast.emplace_back();
      kept.source = i;
      kept.dtype = cast.dtype;
      kept.elements = cast.elements;
      kept.positions = cast.positions;
    }
  }
  WEFT_RETURN_IF_ERROR(CheckNames(plan, complement));
  ComplementRecord record;
  record.source.tensors = tensors;
  record.source.metadata = plan.catalog->metadata;
  record.options = options;
  record.plan_digest = PlanDigest(plan);
  complement.metadata = MetadataOf(record);
  const auto mapping = plan.metadata.find("weft.mapping");
  if (mapping != plan.metadata.end()) complement.metadata.insert(*mapping);
  return complement;
}

}  // namespace weft
