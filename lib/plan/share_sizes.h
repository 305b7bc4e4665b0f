// The sizes of the axes by which one tensor is shared.
#ifndef WEFT_PLAN_SHARE_SIZES_H_
#define WEFT_PLAN_SHARE_SIZES_H_

#include <cstdint>
#include <optional>
#include <string_view>

#include "absl/status/statusor.h"
#include "mapping/document.h"
#include "mapping/pattern.h"
#include "plan/layout_geometry.h"
#include "plan/param_scope.h"
#include "weft/sharding.h"

namespace weft {

// Names in expressions of a share rule: `rank` and `world_size`, its axes as far as they are known,
// its `sizes`, the variables of the name, params.
class ShareSizes {
 public:
  // All arguments outlive the object. `variables` and `bindings` are those of the name that was
  // matched.
  ShareSizes(const internal::ShareRule& rule, const Shard& shard, const VariableTable& variables,
             const Bindings& bindings, ParamScope& params);
  ShareSizes(const ShareSizes&) = delete;
  ShareSizes& operator=(const ShareSizes&) = delete;

  // Solves the axes of the layout. Errors: kWrongShape and kSizeUnknown, without a place;
  // kUnknownParam, kBadParam.
  absl::Status Solve(const Shape& shape);

  const AtomSizes& sizes() const { return sizes_; }
  const Shape& rest() const { return rest_; }

  // What `sizes` or a param says of an axis or a variable. nullopt where neither does.
  absl::StatusOr<std::optional<int64_t>> Given(std::string_view name) const;

  // The error of an axis or a variable whose size nothing tells.
  absl::Status Missing(std::string_view name) const;

  absl::StatusOr<int64_t> Evaluate(const Expression& expression) const {
    return expression.EvaluateInteger(resolver_);
  }
  const Expression::Resolver& resolver() const { return resolver_; }

 private:
  absl::StatusOr<ParamValue> Resolve(std::string_view name) const;
  absl::Status TakeGiven(bool* progress);

  const internal::ShareRule& rule_;
  const Shard& shard_;
  const VariableTable& variables_;
  const Bindings& bindings_;
  ParamScope& params_;
  Expression::Resolver resolver_;
  AtomSizes sizes_;
  Shape rest_;
  mutable int depth_ = 0;  // of `sizes` that use each other
  mutable std::string_view
      own_;  // the entry of `sizes` that is evaluated: there its name is a param
};

}  // namespace weft

#endif  // WEFT_PLAN_SHARE_SIZES_H_
