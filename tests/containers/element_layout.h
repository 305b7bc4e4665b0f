// Elements that lie in a storage in another order than row-major.
#ifndef WEFT_TESTS_CONTAINERS_ELEMENT_LAYOUT_H_
#define WEFT_TESTS_CONTAINERS_ELEMENT_LAYOUT_H_

#include <cstdint>
#include <string>

#include "containers/random.h"
#include "weft/catalog.h"

namespace weft::test {

struct ElementLayout {
  Shape shape;
  Shape strides;
  uint64_t offset_elements = 0;
  uint64_t element_bytes = 1;
  uint64_t storage_elements = 0;
};

// Of up to about so many elements, which are repeated, beside one another, exchanged or far apart:
// strides are below `most_stride`.
ElementLayout RandomLayout(Random& random, uint64_t most_elements, uint64_t element_bytes,
                           uint64_t most_stride);

// The elements as they are wanted, one by one.
std::string RowMajor(const ElementLayout& layout, const std::string& storage);

}  // namespace weft::test

#endif  // WEFT_TESTS_CONTAINERS_ELEMENT_LAYOUT_H_
