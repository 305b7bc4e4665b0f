#include "plan/byte_alignment.h"

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {
namespace {

bool IsConstant(const Plan& plan, uint32_t source) {
  return source >= plan.catalog->tensors.size();
}

// Steps from element to element of the output, and of a source that steps so by `source_stride`: 1,
// or 0 for a constant.
bool IsContiguous(const Factor& factor, uint64_t source_stride) {
  return factor.source_stride == source_stride && factor.target_stride == 1;
}

bool IsByteAligned(const Box& box, uint64_t bits, bool is_constant) {
  const auto aligned = [bits](uint64_t elements) { return elements % 8 * bits % 8 == 0; };
  if (!aligned(box.source_offset) || !aligned(box.target_offset)) return false;
  bool ends_contiguous = false;
  for (const Factor& factor : Merged(box.factors)) {
    ends_contiguous = IsContiguous(factor, is_constant ? 0 : 1);
    if (ends_contiguous ? !aligned(factor.count)
                        : !aligned(factor.source_stride) || !aligned(factor.target_stride)) {
      return false;
    }
  }
  return ends_contiguous;
}

std::string NameOfSource(const Plan& plan, uint32_t source) {
  const std::vector<TensorInfo>& tensors = plan.catalog->tensors;
  if (!IsConstant(plan, source)) return absl::StrFormat("'%s'", Escaped(tensors[source].name));
  return absl::StrFormat("the constant %s", Escaped(plan.constants[source - tensors.size()].text));
}

}  // namespace

BoxFactors Merged(const BoxFactors& factors) {
  BoxFactors merged;
  merged.reserve(factors.size());
  Factor last;
  for (const Factor& factor : factors) {
    if (factor.count == 1) continue;
    if (last.count > 1 && last.source_stride == factor.count * factor.source_stride &&
        last.target_stride == factor.count * factor.target_stride) {
      last = {last.count * factor.count, factor.source_stride, factor.target_stride};
      continue;
    }
    if (last.count > 1) merged.push_back(last);
    last = factor;
  }
  if (last.count > 1) merged.push_back(last);
  return merged;
}

std::optional<Diagnostic> AlignmentProblem(const Plan& plan, DType dtype, const Box& box) {
  const auto bits = static_cast<uint64_t>(BitsOf(dtype));
  if (bits >= 8 || IsByteAligned(box, bits, IsConstant(plan, box.source))) return std::nullopt;
  return Diagnostic{ErrorCode::kNotByteAligned, "",
                    absl::StrFormat("elements of %s have %d bits, and a part that is copied from "
                                    "%s does not start and end on a whole byte",
                                    NameOf(dtype), bits, NameOfSource(plan, box.source)),
                    "split and merge such a tensor only along axes that hold whole bytes"};
}

absl::Status CheckByteAlignment(const Plan& plan) {
  Diagnostics diagnostics;
  const auto check = [&](DType dtype, const std::vector<Box>& boxes, const std::string& where) {
    for (const Box& box : boxes) {
      const std::optional<Diagnostic> problem = AlignmentProblem(plan, dtype, box);
      if (!problem.has_value()) continue;
      diagnostics.Add(problem->code, where, problem->what, problem->hint);
      return;
    }
  };
  for (const PlannedTensor& tensor : plan.tensors) {
    if (BitsOf(tensor.dtype) >= 8) continue;
    check(tensor.dtype, tensor.boxes, absl::StrFormat("tensor '%s'", Escaped(tensor.name)));
  }
  for (const Check& made : plan.checks) {
    check(made.dtype, made.found, made.where);
    check(made.dtype, made.expected, made.where);
  }
  return diagnostics.ToStatus();
}

}  // namespace weft
