#include "execute/byte_box.h"

#include <optional>
#include <string>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "execute/cast.h"

namespace weft::execute {
namespace {

using Factors = absl::InlinedVector<Factor, 3>;

// Without loops of one step, and with two loops that step like one written as one.
Factors Merged(const Factors& factors) {
  Factors merged;
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

bool IsContiguous(const Factor& factor) {
  return factor.source_stride == 1 && factor.target_stride == 1;
}

// For a dtype smaller than a byte: true when the box moves whole bytes only.
bool IsByteAligned(const Box& box, uint64_t bits) {
  const auto aligned = [bits](uint64_t elements) { return elements % 8 * bits % 8 == 0; };
  if (!aligned(box.source_offset) || !aligned(box.target_offset)) return false;
  bool ends_contiguous = false;
  for (const Factor& factor : Merged(box.factors)) {
    ends_contiguous = IsContiguous(factor);
    if (ends_contiguous ? !aligned(factor.count)
                        : !aligned(factor.source_stride) || !aligned(factor.target_stride)) {
      return false;
    }
  }
  return ends_contiguous;
}

// The largest index that offset and strides reach; nullopt beyond 64 bits.
std::optional<uint64_t> LastIndex(uint64_t offset, const Factors& factors,
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

bool OrderedByTarget(const Factors& factors) {
  for (size_t k = 1; k < factors.size(); ++k) {
    if (factors[k - 1].target_stride < factors[k].target_stride) return false;
  }
  return true;
}

// Empty when the box stays inside its tensors.
std::string Contradiction(const Box& box, const PlannedTensor& tensor, const Catalog& catalog) {
  if (box.source >= catalog.tensors.size()) return "a box names a source that does not exist";
  const TensorInfo& source = catalog.tensors[box.source];
  if (source.dtype != tensor.source_dtype) return "a source has another dtype than planned";
  const std::optional<uint64_t> read =
      LastIndex(box.source_offset, box.factors, &Factor::source_stride);
  const std::optional<uint64_t> written =
      LastIndex(box.target_offset, box.factors, &Factor::target_stride);
  if (!read || *read >= ElementsOf(source.shape)) return "a box reads beyond its source";
  if (!written || *written >= ElementsOf(tensor.shape)) return "a box writes beyond its tensor";
  if (!OrderedByTarget(box.factors)) return "the factors of a box are out of order";
  return "";
}

void CheckTensor(const PlannedTensor& tensor, const Catalog& catalog, Diagnostics& diagnostics) {
  const std::string where = absl::StrFormat("tensor '%s'", Escaped(tensor.name));
  const bool cast = tensor.dtype != tensor.source_dtype;
  if (cast && CastKernel(tensor.source_dtype, tensor.dtype) == nullptr) {
    diagnostics.Add(ErrorCode::kUnsupportedFeature, where,
                    absl::StrFormat("there is no cast from %s to %s; expected both of F64, F32, "
                                    "F16, BF16",
                                    NameOf(tensor.source_dtype), NameOf(tensor.dtype)),
                    "keep the dtype of this tensor");
    return;
  }
  const auto bits = static_cast<uint64_t>(BitsOf(tensor.dtype));
  uint64_t elements = 0;
  uint64_t previous_offset = 0;
  for (const Box& box : tensor.boxes) {
    std::string contradiction = Contradiction(box, tensor, catalog);
    if (contradiction.empty() && box.target_offset < previous_offset) {
      contradiction = "the boxes are out of order";
    }
    if (!contradiction.empty()) {
      diagnostics.Add(ErrorCode::kInternal, where, contradiction);
      return;
    }
    if (bits < 8 && !IsByteAligned(box, bits)) {
      diagnostics.Add(
          ErrorCode::kNotByteAligned, where,
          absl::StrFormat("elements of %s have %d bits, and a part that is copied from '%s' does "
                          "not start and end on a whole byte",
                          NameOf(tensor.dtype), bits, Escaped(catalog.tensors[box.source].name)),
          "split and merge such a tensor only along axes that hold whole bytes");
      return;
    }
    previous_offset = box.target_offset;
    elements += ElementsOf(box);
  }
  if (elements != ElementsOf(tensor.shape)) {
    diagnostics.Add(ErrorCode::kInternal, where,
                    absl::StrFormat("the boxes write %d elements; expected %d", elements,
                                    ElementsOf(tensor.shape)));
  }
}

}  // namespace

Element ElementOf(const PlannedTensor& tensor) {
  const auto bytes = [](DType dtype) {
    return BitsOf(dtype) < 8 ? uint64_t{1} : static_cast<uint64_t>(BitsOf(dtype)) / 8;
  };
  return {bytes(tensor.source_dtype), bytes(tensor.dtype),
          CastKernel(tensor.source_dtype, tensor.dtype)};
}

ByteBox BytesOf(const Box& box, const PlannedTensor& tensor, const TensorInfo& source,
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
    if (target_bits < 8 && IsContiguous(factor)) {
      bytes.loops.push_back({target_bytes(factor.count), 1, 1});
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
  for (const PlannedTensor& tensor : plan.tensors) CheckTensor(tensor, *plan.catalog, diagnostics);
  return diagnostics.ToStatus();
}

}  // namespace weft::execute
