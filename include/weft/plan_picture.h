// A picture of a plan: source tensors on the left, rules in the middle, targets on the right.
//
//   std::ofstream("mixtral.svg") << weft::DrawPlan(*plan);
#ifndef WEFT_PLAN_PICTURE_H_
#define WEFT_PLAN_PICTURE_H_

#include <string>

#include "weft/plan.h"

namespace weft {

// A standalone SVG document, dark on light, in UTF-8. Tensors whose names differ in indices are one
// line, layers one block; what goes the same way unmixed shares a line, too. A thread for each rule
// on a line, coloured by rule, the wider the more bytes; what passes unchanged is gray. Titles
// (which browsers show under the mouse) hold what has no room: whole names and whole rules.
//
// Equal plans give equal bytes. Of a plan with more than 60 lines on a side, the rest is one line
// that says how many there are.
std::string DrawPlan(const Plan& plan);

}  // namespace weft

#endif  // WEFT_PLAN_PICTURE_H_
