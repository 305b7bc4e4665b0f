// Element types by their names in a .ckpt file: "Float32", "BFloat16", …
#ifndef WEFT_FORMATS_MINDSPORE_TENSOR_TYPE_H_
#define WEFT_FORMATS_MINDSPORE_TENSOR_TYPE_H_

#include <optional>
#include <string_view>

#include "weft/dtype.h"

namespace weft::mindspore {

// A text, which is no tensor.
inline constexpr std::string_view kTextType = "str";

// Two 4-bit integers in each byte; the shape counts bytes. To weft it is I8, as to MindSpore's own
// safetensors files, which note it in their metadata under the name of the tensor.
inline constexpr std::string_view kInt4Type = "Int4";

// The dtype of a type that MindSpore writes; nullopt for others, and for kTextType.
std::optional<DType> DTypeOf(std::string_view tensor_type);

// Types that MindSpore writes and weft has no dtype for: Complex128, HiFloat8.
bool IsForeignType(std::string_view tensor_type);

// The name of a dtype that load_checkpoint of MindSpore 2.10 reads; empty for the others.
std::string_view TensorTypeOf(DType dtype);

}  // namespace weft::mindspore

#endif  // WEFT_FORMATS_MINDSPORE_TENSOR_TYPE_H_
