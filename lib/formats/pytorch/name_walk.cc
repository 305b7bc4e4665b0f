#include "formats/pytorch/name_walk.h"

#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/container/inlined_vector.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/pytorch/tensor_reader.h"
#include "formats/pytorch/value_text.h"

namespace weft::pytorch {
namespace {

using pickle::Kind;
using pickle::kNoValue;
using pickle::Object;
using pickle::Ref;
using pickle::Tree;

constexpr uint64_t kVisitsPerValue = 8;
// As WalkLimits::free_visits.
constexpr uint64_t kFreeNameBytes = uint64_t{16} << 20U;
constexpr uint64_t kNameBytesPerByte = 4;

class Walk {
 public:
  Walk(const Tree& tree, const RoleTable& roles, std::string prefix, std::string_view where,
       const WalkLimits& limits, const Visitor& visitor)
      : tree_(tree),
        roles_(roles),
        where_(where),
        limits_(limits),
        visitor_(visitor),
        is_open_(tree.values(), false),
        name_(std::move(prefix)) {}

  absl::Status Run(Ref root) {
    WEFT_RETURN_IF_ERROR(Visit(root));
    while (!frames_.empty()) {
      Frame& frame = frames_.back();
      name_.resize(frame.name_bytes);
      if (frame.next == ChildrenOf(frame)) {
        if (frame.container != kNoValue) is_open_[frame.container] = false;
        frames_.pop_back();
        continue;
      }
      WEFT_RETURN_IF_ERROR(VisitNext(frame));
    }
    return absl::OkStatus();
  }

 private:
  enum class Naming {
    kIndex,    // children are elements
    kKey,      // children are keys and values
    kPairs,    // children are tuples of key and value
    kNothing,  // parts of an object
  };

  struct Frame {
    Naming naming = Naming::kIndex;
    Ref container = kNoValue;  // open while the frame is there
    size_t name_bytes = 0;     // of the container's name
    size_t next = 0;           // of children
    absl::Span<const Ref> children;
    absl::InlinedVector<Ref, 5> parts;  // of an object, instead of children
  };

  static size_t ChildrenOf(const Frame& frame) {
    return frame.naming == Naming::kNothing ? frame.parts.size() : frame.children.size();
  }

  absl::Status VisitNext(Frame& frame) {
    switch (frame.naming) {
      case Naming::kNothing:
        return Visit(frame.parts[frame.next++]);
      case Naming::kIndex: {
        const size_t index = frame.next++;
        return VisitNamed(absl::StrFormat("%d", index), frame.children[index]);
      }
      case Naming::kKey: {
        const Ref key = frame.children[frame.next];
        const Ref value = frame.children[frame.next + 1];
        frame.next += 2;
        return VisitKey(key, value);
      }
      case Naming::kPairs: {
        const Ref pair = frame.children[frame.next++];
        const bool is_pair =
            (tree_.KindOf(pair) == Kind::kTuple || tree_.KindOf(pair) == Kind::kList) &&
            tree_.ItemsOf(pair).size() == 2;
        if (!is_pair) return Error(ErrorCode::kBadHeaderSyntax, "an item of a dict is no pair");
        return VisitKey(tree_.ItemsOf(pair)[0], tree_.ItemsOf(pair)[1]);
      }
    }
    return absl::OkStatus();
  }

  absl::Status VisitKey(Ref key, Ref value) {
    const std::optional<std::string> text = KeyText(tree_, key);
    if (text) return VisitNamed(*text, value);
    visitor_.warning(
        absl::StrFormat("%s: '%s': a key that is no text or number is left out, with its value",
                        where_, Escaped(name_)));
    return absl::OkStatus();
  }

  absl::Status VisitNamed(std::string_view part, Ref ref) {
    if (name_.size() + 1 + part.size() > limits_.name_bytes) {
      return Error(ErrorCode::kLimitExceeded,
                   absl::StrFormat("a name has more than %d bytes", limits_.name_bytes));
    }
    if (!name_.empty()) name_ += '.';
    name_ += part;
    return Visit(ref);
  }

  absl::Status Visit(Ref ref) {
    ++visits_;
    if (visits_ > limits_.free_visits + kVisitsPerValue * tree_.values()) {
      return Error(ErrorCode::kLimitExceeded,
                   "the objects use one another so often that they are too many");
    }
    name_bytes_ += name_.size();
    if (name_bytes_ > kFreeNameBytes + kNameBytesPerByte * tree_.size_bytes()) {
      return Error(ErrorCode::kLimitExceeded, "the names of the objects are too long together");
    }
    const Kind kind = tree_.KindOf(ref);
    if (IsScalar(kind)) {
      visitor_.value(name_, ScalarText(tree_, ref));
      return absl::OkStatus();
    }
    switch (kind) {
      case Kind::kTuple:
      case Kind::kList:
      case Kind::kSet: {
        std::optional<std::string> text = SequenceText(tree_, ref);
        if (text) {
          visitor_.value(name_, *std::move(text));
          return absl::OkStatus();
        }
        return Open(Naming::kIndex, ref, tree_.ItemsOf(ref));
      }
      case Kind::kDict:
        return OpenDict(ref, ref);
      case Kind::kObject:
        return VisitObject(ref);
      case Kind::kGlobal: {
        const pickle::Global& global = roles_.GlobalOf(ref);
        visitor_.value(name_, absl::StrFormat("%s.%s", global.module, global.name));
        return absl::OkStatus();
      }
      default:
        visitor_.warning(absl::StrFormat("%s: '%s': a storage without a tensor is left out", where_,
                                         Escaped(name_)));
        visitor_.value(name_, "<storage>");
        return absl::OkStatus();
    }
  }

  absl::Status VisitObject(Ref ref) {
    const Role role = roles_.RoleOfObject(ref);
    if (TensorReader::IsTensor(role)) return visitor_.tensor(ref, name_);
    const Object& object = tree_.ObjectOf(ref);
    const absl::Span<const Ref> arguments = tree_.ItemsOf(object.arguments);
    switch (role) {
      case Role::kDict:
        return VisitDictObject(ref, object, arguments);
      case Role::kSequence:
      case Role::kWrapped:
        return OpenParts(ref, {arguments.empty() ? kNoValue : arguments[0], object.elements});
      case Role::kSize:
        visitor_.value(name_, arguments.empty() ? "()" : TextOfArgument(arguments[0]));
        return absl::OkStatus();
      case Role::kDevice:
        visitor_.value(name_, DeviceText(arguments));
        return absl::OkStatus();
      case Role::kEncoded: {
        const bool is_text = !arguments.empty() && tree_.KindOf(arguments[0]) == Kind::kText;
        visitor_.value(
            name_, is_text ? absl::StrFormat("<%d bytes>", Characters(tree_.TextOf(arguments[0])))
                           : "<bytes>");
        return absl::OkStatus();
      }
      case Role::kPlain: {
        const pickle::Global& global = roles_.GlobalOf(object.callee);
        visitor_.value(name_, absl::StrFormat("<%s.%s>", global.module, global.name));
        return absl::OkStatus();
      }
      case Role::kArray: {
        visitor_.warning(
            absl::StrFormat("%s: '%s': an array of NumPy is left out; weft reads those "
                            "that were saved as tensors",
                            where_, Escaped(name_)));
        visitor_.value(name_, "<numpy.ndarray>");
        return absl::OkStatus();
      }
      case Role::kEnumMember: {
        const pickle::Global& global = roles_.GlobalOf(arguments[0]);
        visitor_.value(name_, absl::StrFormat("%s.%s.%s", global.module, global.name,
                                              ScalarText(tree_, arguments[1])));
        return absl::OkStatus();
      }
      case Role::kScriptClass:
        return OpenParts(ref, {object.state});
      default: {
        const pickle::Global& global = roles_.GlobalOf(object.callee);
        visitor_.value(name_, absl::StrFormat("<%s.%s>", global.module, global.name));
        return OpenParts(ref, {object.arguments, object.keywords, object.state, object.elements,
                               object.entries});
      }
    }
  }

  // Python 2 gives the items of an OrderedDict to its class, as pairs. What is left of a
  // defaultdict's arguments is a class.
  absl::Status VisitDictObject(Ref ref, const Object& object, absl::Span<const Ref> arguments) {
    if (object.entries != kNoValue) return OpenDict(ref, object.entries);
    if (arguments.empty()) return absl::OkStatus();
    const Kind kind = tree_.KindOf(arguments[0]);
    if (kind == Kind::kDict) return OpenParts(ref, {arguments[0]});
    if (kind != Kind::kList && kind != Kind::kTuple) return absl::OkStatus();
    return Open(Naming::kPairs, ref, tree_.ItemsOf(arguments[0]));
  }

  std::string TextOfArgument(Ref ref) const {
    const Kind kind = tree_.KindOf(ref);
    const bool is_sequence = kind == Kind::kTuple || kind == Kind::kList;
    const std::optional<std::string> text = is_sequence ? SequenceText(tree_, ref) : std::nullopt;
    return text.value_or("(?)");
  }

  // "cuda:1", from ("cuda", 1).
  std::string DeviceText(absl::Span<const Ref> arguments) const {
    std::string text;
    for (const Ref argument : arguments) {
      if (!IsScalar(tree_.KindOf(argument))) continue;
      if (!text.empty()) text += ':';
      text += ScalarText(tree_, argument);
    }
    return text;
  }

  // Each stands for a byte.
  static size_t Characters(std::string_view text) {
    size_t count = 0;
    for (const char c : text) {
      if ((static_cast<unsigned char>(c) & 0xC0U) != 0x80U) ++count;
    }
    return count;
  }

  absl::Status OpenDict(Ref container, Ref dict) {
    WEFT_RETURN_IF_ERROR(CheckKeysUnique(dict));
    return Open(Naming::kKey, container, tree_.ItemsOf(dict));
  }

  // No pickler writes a key twice; a reader that takes the first differs from one that takes the
  // last.
  absl::Status CheckKeysUnique(Ref dict) const {
    const absl::Span<const Ref> items = tree_.ItemsOf(dict);
    if (items.size() <= 2) return absl::OkStatus();
    absl::flat_hash_set<absl::string_view> texts;
    absl::flat_hash_set<int64_t> numbers;
    texts.reserve(items.size() / 2);
    for (size_t i = 0; i < items.size(); i += 2) {
      const Kind kind = tree_.KindOf(items[i]);
      bool is_new = true;
      if (kind == Kind::kText) {
        const std::string_view text = tree_.TextOf(items[i]);
        is_new = texts.insert(absl::string_view(text.data(), text.size())).second;
      } else if (kind == Kind::kInt) {
        is_new = numbers.insert(tree_.IntOf(items[i])).second;
      }
      if (is_new) continue;
      return ErrorStatus(ErrorCode::kDuplicateName, where_,
                         absl::StrFormat("the key '%s' stands twice in the dict '%s'",
                                         Escaped(ScalarText(tree_, items[i])), Escaped(name_)));
    }
    return absl::OkStatus();
  }

  absl::Status Open(Naming naming, Ref container, absl::Span<const Ref> children) {
    WEFT_ASSIGN_OR_RETURN(Frame* const frame, NewFrame(naming, container));
    if (frame != nullptr) frame->children = children;
    return absl::OkStatus();
  }

  absl::Status OpenParts(Ref container, std::initializer_list<Ref> parts) {
    WEFT_ASSIGN_OR_RETURN(Frame* const frame, NewFrame(Naming::kNothing, container));
    if (frame == nullptr) return absl::OkStatus();
    for (const Ref part : parts) {
      const bool is_empty = part == kNoValue || tree_.KindOf(part) == Kind::kNone ||
                            (tree_.KindOf(part) == Kind::kTuple && tree_.ItemsOf(part).empty());
      if (!is_empty) frame->parts.push_back(part);
    }
    return absl::OkStatus();
  }

  // Null when the container is open already: it is in itself.
  absl::StatusOr<Frame*> NewFrame(Naming naming, Ref container) {
    if (is_open_[container]) {
      visitor_.warning(
          absl::StrFormat("%s: '%s': holds itself, which is left out", where_, Escaped(name_)));
      return nullptr;
    }
    if (frames_.size() >= limits_.depth) {
      return Error(ErrorCode::kLimitExceeded,
                   absl::StrFormat("the objects are nested more than %d deep", limits_.depth));
    }
    is_open_[container] = true;
    Frame& frame = frames_.emplace_back();
    frame.naming = naming;
    frame.container = container;
    frame.name_bytes = name_.size();
    return &frame;
  }

  absl::Status Error(ErrorCode code, std::string_view what) const {
    return ErrorStatus(code, absl::StrFormat("%s: '%s'", where_, Escaped(name_)), what);
  }

  const Tree& tree_;
  const RoleTable& roles_;
  std::string_view where_;
  const WalkLimits& limits_;
  const Visitor& visitor_;
  std::vector<bool> is_open_;  // by value
  std::vector<Frame> frames_;
  std::string name_;  // of what is being visited
  uint64_t visits_ = 0;
  uint64_t name_bytes_ = 0;
};

}  // namespace

absl::Status WalkNames(const Tree& tree, const RoleTable& roles, Ref root, std::string prefix,
                       std::string_view where, const WalkLimits& limits, const Visitor& visitor) {
  return Walk(tree, roles, std::move(prefix), where, limits, visitor).Run(root);
}

}  // namespace weft::pytorch
