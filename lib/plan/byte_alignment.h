// Boxes of dtypes that are smaller than a byte: they can be carried out where they move whole
// bytes.
#ifndef WEFT_PLAN_BYTE_ALIGNMENT_H_
#define WEFT_PLAN_BYTE_ALIGNMENT_H_

#include <optional>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "weft/diagnostic.h"
#include "weft/dtype.h"
#include "weft/plan.h"

namespace weft {

using BoxFactors = absl::InlinedVector<Factor, 3>;

// Without loops of one step, and with two loops that step like one written as one.
BoxFactors Merged(const BoxFactors& factors);

// Why elements of that dtype cannot be moved by the box: it starts or ends inside a byte. Without a
// place; nullopt where they can. The one byte of a constant is repeated.
std::optional<Diagnostic> AlignmentProblem(const Plan& plan, DType dtype, const Box& box);

// Errors: kNotByteAligned, for each tensor and check with its first such box.
absl::Status CheckByteAlignment(const Plan& plan);

}  // namespace weft

#endif  // WEFT_PLAN_BYTE_ALIGNMENT_H_
