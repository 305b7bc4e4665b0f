#include <algorithm>
#include <iterator>
#include <vector>

#include "weft/catalog.h"

namespace weft {

std::string TextOf(const CatalogFile& file) {
  return file.is_decoded() ? file.name + ": " + file.part : file.name;
}

Catalog Join(const Catalog& first, const Catalog& second) {
  Catalog joined;
  joined.format = first.format;
  joined.files = first.files;
  joined.files.insert(joined.files.end(), second.files.begin(), second.files.end());
  joined.metadata = first.metadata;
  std::vector<TensorInfo> behind = second.tensors;
  for (TensorInfo& tensor : behind) tensor.file += static_cast<uint32_t>(first.files.size());
  joined.tensors.reserve(first.tensors.size() + behind.size());
  std::merge(first.tensors.begin(), first.tensors.end(), std::make_move_iterator(behind.begin()),
             std::make_move_iterator(behind.end()), std::back_inserter(joined.tensors),
             [](const TensorInfo& a, const TensorInfo& b) { return NaturalLess(a.name, b.name); });
  return joined;
}

}  // namespace weft
