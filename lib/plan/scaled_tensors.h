// Quantised weights: tensors whose numbers mean little without those of another tensor.
#ifndef WEFT_PLAN_SCALED_TENSORS_H_
#define WEFT_PLAN_SCALED_TENSORS_H_

#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "weft/catalog.h"

namespace weft {

// Scales are known by their names: formats store `a.weight` with `a.weight_scale_inv`,
// `a.weight_scale`, `a.scale_weight` or `a.scale`, and `a.experts` with `a.experts_scales`.
class ScaledTensors {
 public:
  // `catalog` must outlive this.
  explicit ScaledTensors(const Catalog& catalog);

  // A tensor whose name is that of `tensor` up to the last dot, and then has the word "scale"; null
  // for a tensor without one, and for dtypes of more than 8 bits. May be `tensor` itself.
  const TensorInfo* ScaleOf(const TensorInfo& tensor) const;

 private:
  absl::flat_hash_map<std::string_view, const TensorInfo*> scales_;  // by name up to the last dot
};

}  // namespace weft

#endif  // WEFT_PLAN_SCALED_TENSORS_H_
