// What rules add to a plan besides tensors: constants, and checks that need the data.
#ifndef WEFT_PLAN_PLAN_PARTS_H_
#define WEFT_PLAN_PLAN_PARTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "plan/view.h"
#include "weft/plan.h"

namespace weft {

class PlanParts {
 public:
  // Constants are numbered behind the `tensors` of the catalog.
  explicit PlanParts(uint32_t tensors, std::vector<Constant> constants = {})
      : first_constant_(tensors), constants_(std::move(constants)) {}

  // The source of a constant, for boxes. Errors without a place: kUnsupportedFeature (the dtype has
  // no such value).
  absl::StatusOr<uint32_t> ConstantSource(DType dtype, std::string_view text);

  bool IsConstant(uint32_t source) const { return source >= first_constant_; }

  // Adds the check that both views hold the same elements, unless they are the same by form.
  void AddCheck(std::string_view where, std::string what, DType dtype, uint64_t elements,
                View found, View expected);

  std::vector<Constant> TakeConstants() { return std::move(constants_); }
  std::vector<Check> TakeChecks() { return std::move(checks_); }

 private:
  uint32_t first_constant_;
  std::vector<Constant> constants_;
  std::vector<Check> checks_;
};

}  // namespace weft

#endif  // WEFT_PLAN_PLAN_PARTS_H_
