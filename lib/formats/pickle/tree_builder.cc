#include "formats/pickle/tree_builder.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "absl/strings/str_format.h"

namespace weft::pickle {
namespace {

constexpr int64_t kSharedInts = 256;
constexpr Ref kFirstInt = 3;

// Set where text begins that does not lie in the pickle.
constexpr uint64_t kDecoded = uint64_t{1} << 63U;

uint64_t PlaceOf(uint64_t begin, uint64_t room) { return begin << 32U | room; }

}  // namespace

TreeBuilder::TreeBuilder() {
  Add(Kind::kNone, 0, 0);
  Add(Kind::kBool, 0, 0);
  Add(Kind::kBool, 0, 1);
  for (int64_t i = 0; i < kSharedInts; ++i) Add(Kind::kInt, 0, static_cast<uint64_t>(i));
}

Ref TreeBuilder::Add(Kind kind, uint32_t size, uint64_t payload) {
  tree_.nodes_.push_back({kind, size, payload});
  return static_cast<Ref>(tree_.nodes_.size() - 1);
}

Ref TreeBuilder::Int(int64_t number) {
  if (number >= 0 && number < kSharedInts) return kFirstInt + static_cast<Ref>(number);
  return Add(Kind::kInt, 0, static_cast<uint64_t>(number));
}

Ref TreeBuilder::Float(double number) {
  uint64_t bits = 0;
  std::memcpy(&bits, &number, sizeof bits);
  return Add(Kind::kFloat, 0, bits);
}

Ref TreeBuilder::Text(Kind kind, uint64_t offset, uint64_t size) {
  return Add(kind, static_cast<uint32_t>(size), offset);
}

Ref TreeBuilder::Text(Kind kind, std::string_view decoded) {
  const Ref ref = Add(kind, static_cast<uint32_t>(decoded.size()), decoded_.size() | kDecoded);
  decoded_ += decoded;
  decoded_refs_.push_back(ref);
  return ref;
}

std::string_view TreeBuilder::TextOf(Ref ref) const {
  const Tree::Node& node = tree_.nodes_[ref];
  const bool is_decoded = (node.payload & kDecoded) != 0;
  return std::string_view(is_decoded ? decoded_ : source_)
      .substr(node.payload & ~kDecoded, node.size);
}

Ref TreeBuilder::Items(Kind kind, absl::Span<const Ref> items) {
  const Ref ref =
      Add(kind, static_cast<uint32_t>(items.size()), PlaceOf(tree_.items_.size(), items.size()));
  tree_.items_.insert(tree_.items_.end(), items.begin(), items.end());
  return ref;
}

Ref TreeBuilder::NewGlobal(std::string_view module, std::string_view name) {
  std::string key = absl::StrFormat("%s\n%s", module, name);
  const auto [found, is_new] = globals_.try_emplace(std::move(key), kNoValue);
  if (!is_new) return found->second;
  tree_.globals_.push_back({std::string(module), std::string(name)});
  found->second = Add(Kind::kGlobal, static_cast<uint32_t>(tree_.globals_.size() - 1), 0);
  return found->second;
}

Ref TreeBuilder::NewObject(Ref callee, Ref arguments, Ref keywords) {
  tree_.objects_.push_back({callee, arguments, keywords, kNoValue, kNoValue, kNoValue});
  return Add(Kind::kObject, static_cast<uint32_t>(tree_.objects_.size() - 1), 0);
}

Ref TreeBuilder::Persistent(Ref id) { return Add(Kind::kPersistent, id, 0); }

// Items that have no room where they are move to the end, with as much room again.
void TreeBuilder::Append(Ref container, absl::Span<const Ref> items) {
  Tree::Node& node = tree_.nodes_[container];
  std::vector<Ref>& all = tree_.items_;
  const auto added = static_cast<uint32_t>(items.size());
  uint64_t begin = Tree::BeginOf(node);
  uint64_t room = Tree::RoomOf(node);
  if (begin + room == all.size()) {
    all.resize(std::max<size_t>(all.size(), begin + node.size + added));
    room = std::max<uint64_t>(room, node.size + added);
  } else if (room - node.size < added) {
    const uint64_t old_begin = begin;
    begin = all.size();
    room = 2 * (static_cast<uint64_t>(node.size) + added);
    all.resize(begin + room);
    std::copy_n(all.begin() + static_cast<std::ptrdiff_t>(old_begin), node.size,
                all.begin() + static_cast<std::ptrdiff_t>(begin));
  }
  std::copy(items.begin(), items.end(),
            all.begin() + static_cast<std::ptrdiff_t>(begin + node.size));
  node.size += added;
  node.payload = PlaceOf(begin, room);
}

Tree TreeBuilder::Finish(Ref root, uint64_t size_bytes) && {
  tree_.root_ = root;
  tree_.size_bytes_ = size_bytes;
  source_.resize(size_bytes);
  for (const Ref ref : decoded_refs_) {
    uint64_t& begin = tree_.nodes_[ref].payload;
    begin = (begin & ~kDecoded) + source_.size();
  }
  tree_.text_ = std::move(source_);
  tree_.text_ += decoded_;
  return std::move(tree_);
}

}  // namespace weft::pickle
