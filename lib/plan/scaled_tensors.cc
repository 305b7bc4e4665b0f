#include "plan/scaled_tensors.h"

namespace weft {
namespace {

std::string_view ModuleOf(std::string_view name) { return name.substr(0, name.rfind('.') + 1); }

}  // namespace

ScaledTensors::ScaledTensors(const Catalog& catalog) {
  for (const TensorInfo& tensor : catalog.tensors) {
    const std::string_view module = ModuleOf(tensor.name);
    if (tensor.name.find("scale", module.size()) != std::string::npos) {
      scales_.try_emplace(module, &tensor);
    }
  }
}

const TensorInfo* ScaledTensors::ScaleOf(const TensorInfo& tensor) const {
  if (BitsOf(tensor.dtype) > 8) return nullptr;
  const auto found = scales_.find(ModuleOf(tensor.name));
  return found == scales_.end() ? nullptr : found->second;
}

}  // namespace weft
