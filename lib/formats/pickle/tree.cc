#include "formats/pickle/tree.h"

#include <cstring>

namespace weft::pickle {

double Tree::FloatOf(Ref ref) const {
  double number = 0;
  std::memcpy(&number, &nodes_[ref].payload, sizeof number);
  return number;
}

std::string_view Tree::TextOf(Ref ref) const {
  const Node& node = nodes_[ref];
  return std::string_view(text_).substr(node.payload, node.size);
}

absl::Span<const Ref> Tree::ItemsOf(Ref ref) const {
  const Node& node = nodes_[ref];
  return absl::MakeConstSpan(items_).subspan(BeginOf(node), node.size);
}

Ref Tree::Find(Ref dict, std::string_view key) const {
  const absl::Span<const Ref> items = ItemsOf(dict);
  for (size_t i = 0; i + 1 < items.size(); i += 2) {
    if (KindOf(items[i]) == Kind::kText && TextOf(items[i]) == key) return items[i + 1];
  }
  return kNoValue;
}

}  // namespace weft::pickle
