// A tensor name as its form and its indices: "layers.3.w1" is "layers.#.w1" and 3.
#ifndef WEFT_TENSOR_NAME_FORM_H_
#define WEFT_TENSOR_NAME_FORM_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/inlined_vector.h"

namespace weft {

// Stands in a form for an index. No name that holds this byte has indices.
constexpr char kIndexMark = '\0';

// Further numbers of a name are text.
constexpr size_t kMostIndices = 8;

using NameIndices = absl::InlinedVector<uint64_t, 4>;

struct NameForm {
  std::string text;
  NameIndices indices;  // one for each mark, in order
};

// What an index is: weft/name_report.h.
NameForm FormOf(std::string_view name);

}  // namespace weft

#endif  // WEFT_TENSOR_NAME_FORM_H_
