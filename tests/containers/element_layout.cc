#include "containers/element_layout.h"

#include <algorithm>
#include <array>
#include <vector>

namespace weft::test {

ElementLayout RandomLayout(Random& random, uint64_t most_elements, uint64_t element_bytes,
                           uint64_t most_stride) {
  ElementLayout layout;
  layout.element_bytes = element_bytes;
  layout.offset_elements = random.Below(20);
  uint64_t elements = 1;
  uint64_t last = layout.offset_elements;
  for (uint64_t rank = random.Below(6); rank > 0; --rank) {
    const uint64_t most = std::max<uint64_t>(most_elements / elements, 1);
    const uint64_t usual = std::min<uint64_t>(most, random.Chance(4) ? most : 9);
    const uint64_t size = random.Chance(30) ? 0 : random.Between(1, usual);
    elements *= std::max<uint64_t>(size, 1);
    const uint64_t stride = random.Pick(
        std::array<uint64_t, 6>{0, 1, 2, 7, random.Below(50), random.Below(most_stride)});
    layout.shape.push_back(static_cast<int64_t>(size));
    layout.strides.push_back(static_cast<int64_t>(stride));
    if (size > 0) last += (size - 1) * stride;
  }
  layout.storage_elements = last + 1;
  return layout;
}

std::string RowMajor(const ElementLayout& layout, const std::string& storage) {
  std::string out;
  std::vector<int64_t> at(layout.shape.size(), 0);
  for (uint64_t left = ElementsOf(layout.shape); left > 0; --left) {
    uint64_t element = layout.offset_elements;
    for (size_t axis = 0; axis < at.size(); ++axis) {
      element += static_cast<uint64_t>(at[axis] * layout.strides[axis]);
    }
    out.append(storage, element * layout.element_bytes, layout.element_bytes);
    for (size_t axis = at.size(); axis-- > 0;) {
      if (++at[axis] < layout.shape[axis]) break;
      at[axis] = 0;
    }
  }
  return out;
}

}  // namespace weft::test
