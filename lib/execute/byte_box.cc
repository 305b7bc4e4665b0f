#include "execute/byte_box.h"

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "execute/cast.h"
#include "plan/byte_alignment.h"

namespace weft::execute {
namespace {

// The largest index that offset and strides reach; nullopt beyond 64 bits.
std::optional<uint64_t> LastIndex(uint64_t offset, const BoxFactors& factors,
                                  uint64_t Factor::* stride) {
  uint64_t last = offset;
  for (const Factor& factor : factors) {
    uint64_t reach = 0;
    if (factor.count == 0 || __builtin_mul_overflow(factor.count - 1, factor.*stride, &reach) ||
        __builtin_add_overflow(last, reach, &last)) {
      return std::nullopt;
    }
  }
  return last;
}

bool OrderedByTarget(const BoxFactors& factors) {
  for (size_t k = 1; k < factors.size(); ++k) {
    if (factors[k - 1].target_stride < factors[k].target_stride) return false;
  }
  return true;
}

// A list of boxes that fills one tensor, or one side of a check.
struct BoxList {
  DType dtype = DType::kF32;
  DType source_dtype = DType::kF32;
  uint64_t elements = 0;
  const std::vector<Box>& boxes;
  bool any_source = false;  // sources of any dtype that can be cast
  bool partial = false;     // not all elements are written
};

// Empty when the box stays inside its tensors.
std::string Contradiction(const Box& box, const BoxList& list, const Plan& plan) {
  const std::vector<TensorInfo>& tensors = plan.catalog->tensors;
  if (box.source >= tensors.size() + plan.constants.size()) {
    return "a box names a source that does not exist";
  }
  const bool is_constant = IsConstant(plan, box.source);
  const DType dtype =
      is_constant ? plan.constants[box.source - tensors.size()].dtype : tensors[box.source].dtype;
  const bool fits =
      dtype == list.source_dtype ||
      (list.any_source && (dtype == list.dtype || CastKernel(dtype, list.dtype) != nullptr));
  if (!fits) return "a source has another dtype than planned";
  const std::optional<uint64_t> read =
      LastIndex(box.source_offset, box.factors, &Factor::source_stride);
  const std::optional<uint64_t> written =
      LastIndex(box.target_offset, box.factors, &Factor::target_stride);
  const uint64_t source_elements = is_constant ? 1 : ElementsOf(tensors[box.source].shape);
  if (!read || *read >= source_elements) return "a box reads beyond its source";
  if (!written || *written >= list.elements) return "a box writes beyond its tensor";
  if (!OrderedByTarget(box.factors)) return "the factors of a box are out of order";
  return "";
}

// The first reason why a list cannot be carried out; its place is left to the caller.
std::optional<Diagnostic> ProblemOf(const BoxList& list, const Plan& plan) {
  const bool cast = list.dtype != list.source_dtype;
  if (cast && CastKernel(list.source_dtype, list.dtype) == nullptr) {
    return Diagnostic{ErrorCode::kUnsupportedFeature, "",
                      absl::StrFormat("there is no cast from %s to %s; expected both of F64, F32, "
                                      "F16, BF16 and the dtypes F8_…",
                                      NameOf(list.source_dtype), NameOf(list.dtype)),
                      "keep the dtype of this tensor"};
  }
  uint64_t elements = 0;
  uint64_t previous_offset = 0;
  for (const Box& box : list.boxes) {
    std::string contradiction = Contradiction(box, list, plan);
    if (contradiction.empty() && box.target_offset < previous_offset) {
      contradiction = "the boxes are out of order";
    }
    if (!contradiction.empty()) return Diagnostic{ErrorCode::kInternal, "", contradiction, ""};
    if (std::optional<Diagnostic> problem = AlignmentProblem(plan, list.dtype, box)) return problem;
    previous_offset = box.target_offset;
    elements += ElementsOf(box);
  }
  if (elements == list.elements || list.partial) return std::nullopt;
  return Diagnostic{
      ErrorCode::kInternal, "",
      absl::StrFormat("the boxes write %d elements; expected %d", elements, list.elements), ""};
}

void CheckConstants(const Plan& plan, Diagnostics& diagnostics) {
  for (size_t i = 0; i < plan.constants.size(); ++i) {
    const Constant& constant = plan.constants[i];
    const auto bytes = static_cast<uint64_t>(BitsOf(constant.dtype) + 7) / 8;
    if (constant.bytes.size() == bytes) continue;
    diagnostics.Add(ErrorCode::kInternal, absl::StrFormat("constant %d", i),
                    absl::StrFormat("has %d bytes; expected %d for %s", constant.bytes.size(),
                                    bytes, NameOf(constant.dtype)));
  }
}

// Empty when the tensors that the restoration names are there and of the right types.
std::string Contradiction(const Restoration& restoration, const Plan& plan) {
  if (restoration.tensor >= plan.tensors.size()) return "it names a tensor that does not exist";
  const DType dtype = plan.tensors[restoration.tensor].dtype;
  if (CastKernel(dtype, dtype == DType::kF32 ? DType::kF64 : DType::kF32) == nullptr) {
    return "its tensor is of a dtype that has no casts";
  }
  for (const Restoration::Residue& residue : restoration.residues) {
    if (residue.width_bytes < 1 || residue.width_bytes > static_cast<uint64_t>(BitsOf(dtype)) / 8) {
      return "a residue has no bytes, or more than the element";
    }
  }
  const std::vector<TensorInfo>& tensors = plan.catalog->tensors;
  for (const Restoration::Exceptions& exceptions : restoration.exceptions) {
    if (exceptions.places >= tensors.size() || exceptions.values >= tensors.size()) {
      return "its exceptions name a source that does not exist";
    }
    const TensorInfo& places = tensors[exceptions.places];
    const TensorInfo& values = tensors[exceptions.values];
    if (places.dtype != DType::kU64 || values.dtype != dtype ||
        ElementsOf(places.shape) != ElementsOf(values.shape)) {
      return "its exceptions are of the wrong dtypes, or not as many places as values";
    }
  }
  return "";
}

// By tensor: whether a restoration fills it.
std::vector<bool> RestoredTensors(const Plan& plan, Diagnostics& diagnostics) {
  std::vector<bool> restored(plan.tensors.size());
  for (size_t i = 0; i < plan.restorations.size(); ++i) {
    const Restoration& restoration = plan.restorations[i];
    const std::string contradiction = Contradiction(restoration, plan);
    if (!contradiction.empty()) {
      diagnostics.Add(ErrorCode::kInternal, absl::StrFormat("restoration %d", i), contradiction);
      continue;
    }
    restored[restoration.tensor] = true;
    const PlannedTensor& tensor = plan.tensors[restoration.tensor];
    for (const Restoration::Residue& residue : restoration.residues) {
      const BoxList list = {
          DType::kU8,           DType::kU8, ElementsOf(tensor.shape) * residue.width_bytes,
          residue.boxes,
          /*any_source=*/false,
          /*partial=*/true};
      const std::optional<Diagnostic> problem = ProblemOf(list, plan);
      if (problem) {
        diagnostics.Add(problem->code, absl::StrFormat("residues of '%s'", Escaped(tensor.name)),
                        problem->what, problem->hint);
      }
    }
  }
  return restored;
}

}  // namespace

Element ElementOf(const PlannedTensor& tensor) {
  const auto bytes = [](DType dtype) {
    return BitsOf(dtype) < 8 ? uint64_t{1} : static_cast<uint64_t>(BitsOf(dtype)) / 8;
  };
  return {bytes(tensor.source_dtype), bytes(tensor.dtype),
          CastKernel(tensor.source_dtype, tensor.dtype)};
}

ByteBox BytesOf(const Box& box, const PlannedTensor& tensor, const Place& source,
                uint64_t tensor_offset) {
  const auto source_bits = static_cast<uint64_t>(BitsOf(tensor.source_dtype));
  const auto target_bits = static_cast<uint64_t>(BitsOf(tensor.dtype));
  // CheckBoxes proved that these divide; the bits of a tensor fit 63 bits.
  const auto source_bytes = [&](uint64_t elements) { return elements * source_bits / 8; };
  const auto target_bytes = [&](uint64_t elements) { return elements * target_bits / 8; };

  ByteBox bytes;
  bytes.file = source.file;
  bytes.source_offset = source.offset_bytes + source_bytes(box.source_offset);
  bytes.target_offset = tensor_offset + target_bytes(box.target_offset);
  for (const Factor& factor : Merged(box.factors)) {
    if (target_bits < 8 && factor.target_stride == 1) {
      bytes.loops.push_back({target_bytes(factor.count), factor.source_stride, 1});
    } else {
      bytes.loops.push_back(
          {factor.count, source_bytes(factor.source_stride), target_bytes(factor.target_stride)});
    }
  }
  if (!bytes.loops.empty() && bytes.loops.back().count == 1) bytes.loops.pop_back();
  return bytes;
}

absl::Status CheckBoxes(const Plan& plan) {
  Diagnostics diagnostics;
  CheckConstants(plan, diagnostics);
  const auto add = [&](const Diagnostic& problem, const std::string& where) {
    diagnostics.Add(problem.code, where, problem.what, problem.hint);
  };
  const std::vector<bool> restored = RestoredTensors(plan, diagnostics);
  for (size_t i = 0; i < plan.tensors.size(); ++i) {
    const PlannedTensor& tensor = plan.tensors[i];
    const BoxList list = {tensor.dtype, tensor.source_dtype, ElementsOf(tensor.shape), tensor.boxes,
                          restored[i]};
    const std::optional<Diagnostic> problem = ProblemOf(list, plan);
    if (problem) add(*problem, absl::StrFormat("tensor '%s'", Escaped(tensor.name)));
  }
  for (const Check& check : plan.checks) {
    for (const std::vector<Box>* boxes : {&check.found, &check.expected}) {
      const BoxList list = {check.dtype, check.dtype, check.elements, *boxes};
      const std::optional<Diagnostic> problem = ProblemOf(list, plan);
      if (problem) add(*problem, check.where);
    }
  }
  return diagnostics.ToStatus();
}

}  // namespace weft::execute
