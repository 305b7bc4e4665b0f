// What a pickle says, as plain data.
//
// A pickle is a program for a small machine that may call any Python function. Here it makes a tree
// instead, in which a call is a node that says what would be called with what; nothing ever is.
// Values that the pickle uses again are one node with several references to it, so the tree may be
// a graph, and hostile ones have circles. Nodes lie in one block: nothing recurses, not even when
// they are freed.
//
//   WEFT_ASSIGN_OR_RETURN(pickle::Tree tree, pickle::Read(reader, 0, names, {}));
//   if (tree.KindOf(tree.root()) == pickle::Kind::kDict) …
//
// Source: CPython, Lib/pickletools.py, which describes every opcode.
#ifndef WEFT_FORMATS_PICKLE_TREE_H_
#define WEFT_FORMATS_PICKLE_TREE_H_

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "absl/types/span.h"

namespace weft::pickle {

// A value of a tree.
using Ref = uint32_t;
inline constexpr Ref kNoValue = std::numeric_limits<Ref>::max();

enum class Kind : uint8_t {
  kNone,
  kBool,
  kInt,   // fits 64 bits
  kLong,  // does not: decimal digits
  kFloat,
  kText,   // a str, or a str of Python 2; any bytes
  kBytes,  // bytes, bytearray
  kTuple,
  kList,
  kDict,
  kSet,         // set, frozenset
  kGlobal,      // the name of a class or function
  kObject,      // what a call of a global would give
  kPersistent,  // something outside of the pickle
};

struct Global {
  std::string module;
  std::string name;
};

// The call of `callee`, and what would be done to its result.
struct Object {
  Ref callee = kNoValue;     // a kGlobal
  Ref arguments = kNoValue;  // a kTuple
  Ref keywords = kNoValue;   // a kDict, of classes made with keyword arguments
  Ref state = kNoValue;      // given to __setstate__, or to __dict__
  Ref elements = kNoValue;   // a kList: appended
  Ref entries = kNoValue;    // a kDict: set as items
};

// Immutable once read; share it as const between threads.
class Tree {
 public:
  Ref root() const { return root_; }
  // Bytes of the pickle, up to and with its STOP.
  uint64_t size_bytes() const { return size_bytes_; }
  // All values are below this.
  Ref values() const { return static_cast<Ref>(nodes_.size()); }

  Kind KindOf(Ref ref) const { return nodes_[ref].kind; }
  bool BoolOf(Ref ref) const { return nodes_[ref].payload != 0; }
  int64_t IntOf(Ref ref) const { return static_cast<int64_t>(nodes_[ref].payload); }
  double FloatOf(Ref ref) const;
  // Of kText, kBytes and kLong. Valid as long as the tree is.
  std::string_view TextOf(Ref ref) const;
  // Elements of a tuple, list or set; keys and values of a dict, in turn.
  absl::Span<const Ref> ItemsOf(Ref ref) const;
  // Of a kPersistent.
  Ref PersistentIdOf(Ref ref) const { return nodes_[ref].size; }
  const Object& ObjectOf(Ref ref) const { return objects_[nodes_[ref].size]; }
  // Of a kGlobal: the index into globals(), which has each name once.
  uint32_t GlobalOf(Ref ref) const { return nodes_[ref].size; }
  const std::vector<Global>& globals() const { return globals_; }

  // The value of a key of a dict that is this text; kNoValue without. Walks the dict.
  Ref Find(Ref dict, std::string_view key) const;

 private:
  friend class TreeBuilder;

  struct Node {
    Kind kind = Kind::kNone;
    uint32_t size = 0;     // of text and items; an index for other kinds
    uint64_t payload = 0;  // the number; where the text begins; where items begin and their room
  };

  static uint32_t BeginOf(const Node& node) { return static_cast<uint32_t>(node.payload >> 32U); }
  static uint32_t RoomOf(const Node& node) { return static_cast<uint32_t>(node.payload); }

  std::vector<Node> nodes_;
  std::vector<Ref> items_;  // of all containers
  std::vector<Object> objects_;
  std::vector<Global> globals_;
  std::string text_;  // the pickle, and behind it text that had to be decoded
  Ref root_ = kNoValue;
  uint64_t size_bytes_ = 0;
};

}  // namespace weft::pickle

#endif  // WEFT_FORMATS_PICKLE_TREE_H_
