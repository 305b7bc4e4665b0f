// How the machine makes the values of a tree.
#ifndef WEFT_FORMATS_PICKLE_TREE_BUILDER_H_
#define WEFT_FORMATS_PICKLE_TREE_BUILDER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "formats/pickle/tree.h"

namespace weft::pickle {

class TreeBuilder {
 public:
  TreeBuilder();

  // The values that are made so often that there is one of each.
  static constexpr Ref kNoneValue = 0;
  static constexpr Ref kFalseValue = 1;
  static constexpr Ref kTrueValue = 2;

  Ref Int(int64_t number);
  Ref Float(double number);
  // Text that stands in the pickle, or that was decoded from it.
  Ref Text(Kind kind, uint64_t offset, uint64_t size);
  Ref Text(Kind kind, std::string_view decoded);
  Ref Items(Kind kind, absl::Span<const Ref> items);
  Ref NewGlobal(std::string_view module, std::string_view name);
  Ref NewObject(Ref callee, Ref arguments, Ref keywords);
  Ref Persistent(Ref id);

  void Append(Ref container, absl::Span<const Ref> items);
  // Of kText, kBytes and kLong. Valid until more is added.
  std::string_view TextOf(Ref ref) const;
  Object& ObjectOf(Ref ref) { return tree_.objects_[tree_.nodes_[ref].size]; }

  const Tree& tree() const { return tree_; }
  // The bytes of the pickle that have been read.
  std::string& source() { return source_; }
  // What the items of all containers take, with the room that is left and what was moved away.
  uint64_t item_count() const { return tree_.items_.size(); }

  Tree Finish(Ref root, uint64_t size_bytes) &&;

 private:
  Ref Add(Kind kind, uint32_t size, uint64_t payload);

  Tree tree_;
  std::string source_;
  std::string decoded_;
  std::vector<Ref> decoded_refs_;
  absl::flat_hash_map<std::string, Ref> globals_;  // "module\nname"
};

}  // namespace weft::pickle

#endif  // WEFT_FORMATS_PICKLE_TREE_BUILDER_H_
