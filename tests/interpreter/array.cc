#include "interpreter/array.h"

namespace weft::interpreter {

uint64_t Product(const Sizes& sizes) {
  uint64_t product = 1;
  for (const uint64_t size : sizes) product *= size;
  return product;
}

std::vector<Sizes> AllIndices(const Sizes& sizes) {
  std::vector<Sizes> all;
  for (uint64_t place = 0; place < Product(sizes); ++place) {
    Sizes index(sizes.size());
    uint64_t rest = place;
    for (size_t axis = sizes.size(); axis-- > 0;) {
      index[axis] = rest % sizes[axis];
      rest /= sizes[axis];
    }
    all.push_back(index);
  }
  return all;
}

uint32_t At(const Array& array, const Sizes& index) {
  uint64_t place = 0;
  for (size_t axis = 0; axis < index.size(); ++axis)
    place = place * array.shape[axis] + index[axis];
  return array.elements.at(place);
}

Array Build(const std::string& dtype, const Sizes& shape,
            const std::function<uint32_t(const Sizes&)>& element) {
  Array array{dtype, shape, {}};
  for (const Sizes& index : AllIndices(shape)) array.elements.push_back(element(index));
  return array;
}

}  // namespace weft::interpreter
