#include "weft/complement.h"

#include <algorithm>
#include <utility>

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

}  // namespace

absl::StatusOr<Complement> ComplementOf(const Plan& plan, const CompileOptions& options) {
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
