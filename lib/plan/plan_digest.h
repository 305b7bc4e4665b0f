// One number for what a plan does, to see that it is compiled the same again.
#ifndef WEFT_PLAN_PLAN_DIGEST_H_
#define WEFT_PLAN_PLAN_DIGEST_H_

#include <string>

#include "weft/plan.h"

namespace weft {

// 32 hexadecimal digits. Equal for equal tensors, boxes, constants and checks.
std::string PlanDigest(const Plan& plan);

}  // namespace weft

#endif  // WEFT_PLAN_PLAN_DIGEST_H_
