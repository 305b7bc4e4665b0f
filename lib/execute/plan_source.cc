#include "execute/plan_source.h"

namespace weft::execute {
namespace {

// From one constant to the next in their file: the largest element.
constexpr uint64_t kConstantBytes = 8;

}  // namespace

Place PlanSource::PlaceOf(uint32_t source) const {
  if (IsConstant(plan_, source)) {
    return {constants_file_, (source - plan_.catalog->tensors.size()) * kConstantBytes};
  }
  const TensorInfo& tensor = plan_.catalog->tensors[source];
  return {tensor.file, tensor.offset_bytes};
}

absl::Status PlanSource::ReadAt(uint32_t file, uint64_t offset_bytes, uint64_t size_bytes,
                                char* out) const {
  if (IsStored(file)) return stored_.ReadAt(file, offset_bytes, size_bytes, out);
  // Reads may be joined over the gaps between constants.
  for (uint64_t i = 0; i < size_bytes; ++i) {
    const uint64_t at = offset_bytes + i;
    const std::string& bytes = plan_.constants[at / kConstantBytes].bytes;
    out[i] = at % kConstantBytes < bytes.size() ? bytes[at % kConstantBytes] : '\0';
  }
  return absl::OkStatus();
}

}  // namespace weft::execute
