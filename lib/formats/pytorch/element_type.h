// The element types of torch.
#ifndef WEFT_FORMATS_PYTORCH_ELEMENT_TYPE_H_
#define WEFT_FORMATS_PYTORCH_ELEMENT_TYPE_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "weft/dtype.h"

namespace weft::pytorch {

struct ElementType {
  std::string_view name;     // "float32", as in torch.float32
  std::string_view storage;  // "FloatStorage"; empty for those that are younger than such classes
  uint64_t size_bytes = 0;   // of one element
  // What one element is made of: `parts` numbers, each of which is swapped on its own in big-endian
  // files. complex128 is two F64, which is a trailing axis of 2 where there is no dtype for it;
  // float4_e2m1fn_x2 is two F4, which doubles the last axis. nullopt when weft has no such dtype.
  std::optional<DType> dtype;
  int parts = 1;
};

// Null when torch has none of that name. The pointers are valid for ever.
const ElementType* ElementTypeOf(std::string_view name);
const ElementType* ElementTypeOfStorage(std::string_view storage);

// Archives of TorchScript name a class of storages for every type, also where Python has none:
// "Float8_e4m3fnStorage", "UInt16Storage".
std::string ScriptStorageOf(const ElementType& type);
const ElementType* ElementTypeOfScriptStorage(std::string_view storage);

// The type whose elements are of that dtype, or in the case of F4 pairs of them; null for the
// dtypes that torch does not have.
const ElementType* ElementTypeOf(DType dtype);

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_ELEMENT_TYPE_H_
