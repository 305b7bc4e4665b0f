#include "formats/pytorch/inert_pickle.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/pytorch/role_table.h"

namespace weft::pytorch {
namespace {

using pickle::Kind;
using pickle::kNoValue;
using pickle::Object;
using pickle::Ref;
using pickle::Tree;

class MemberCheck {
 public:
  MemberCheck(const Tree& tree, const InertNames& names) : tree_(tree), roles_(tree, names) {}

  // Whether getattr is only called, and for members of enumerations.
  bool Passes() const {
    if (IsGetter(tree_.root())) return false;
    for (Ref ref = 0; ref < tree_.values(); ++ref) {
      switch (tree_.KindOf(ref)) {
        case Kind::kTuple:
        case Kind::kList:
        case Kind::kSet:
        case Kind::kDict: {
          const absl::Span<const Ref> items = tree_.ItemsOf(ref);
          if (std::any_of(items.begin(), items.end(), [&](Ref item) { return IsGetter(item); })) {
            return false;
          }
          break;
        }
        case Kind::kObject:
          if (!IsRight(tree_.ObjectOf(ref))) return false;
          break;
        case Kind::kPersistent:
          if (IsGetter(tree_.PersistentIdOf(ref))) return false;
          break;
        default:
          break;
      }
    }
    return true;
  }

  const pickle::Global* Getter() const {
    const auto found =
        std::find_if(tree_.globals().begin(), tree_.globals().end(), [](const auto& global) {
          return global.name == "getattr" &&
                 (global.module == "builtins" || global.module == "__builtin__");
        });
    return found == tree_.globals().end() ? nullptr : &*found;
  }

 private:
  bool IsGetter(Ref ref) const {
    return ref != kNoValue && roles_.RoleOfName(ref) == Role::kEnumMember;
  }

  bool IsRight(const Object& object) const {
    const bool is_elsewhere = IsGetter(object.state) || IsGetter(object.arguments);
    if (is_elsewhere) return false;
    if (!IsGetter(object.callee)) return true;
    if (object.keywords != kNoValue || object.state != kNoValue || object.elements != kNoValue ||
        object.entries != kNoValue || tree_.KindOf(object.arguments) != Kind::kTuple) {
      return false;
    }
    const absl::Span<const Ref> arguments = tree_.ItemsOf(object.arguments);
    if (arguments.size() != 2 || roles_.RoleOfName(arguments[0]) != Role::kOpaque ||
        tree_.KindOf(arguments[1]) != Kind::kText) {
      return false;
    }
    const std::string_view name = tree_.TextOf(arguments[1]);
    return !name.empty() && absl::ascii_isalpha(static_cast<unsigned char>(name[0])) &&
           std::all_of(name.begin(), name.end(), [](char c) {
             return c == '_' || absl::ascii_isalnum(static_cast<unsigned char>(c));
           });
  }

  const Tree& tree_;
  RoleTable roles_;
};

absl::StatusOr<Tree> Checked(absl::StatusOr<Tree> tree, std::string_view where,
                             const InertNames& names) {
  if (!tree.ok()) return tree;
  const MemberCheck check(*tree, names);
  const pickle::Global* const getter = check.Getter();
  if (getter == nullptr || check.Passes()) return tree;
  return ErrorStatus(ErrorCode::kUnknownGlobal, where,
                     absl::StrFormat("the pickle names '%s.getattr' for something else than a "
                                     "member of an enumeration",
                                     getter->module),
                     "weft calls nothing; with it, a pickle can reach any function");
}

pickle::IsInert InertBy(const InertNames& names) {
  return [&names](std::string_view module, std::string_view name) {
    return names.RoleOf(module, name) != Role::kUnknown;
  };
}

}  // namespace

absl::StatusOr<Tree> ReadPickle(const ByteReader& reader, uint64_t offset_bytes,
                                std::string_view where, const InertNames& names,
                                const pickle::Limits& limits) {
  return Checked(pickle::Read(reader, offset_bytes, where, InertBy(names), limits), where, names);
}

absl::StatusOr<Tree> ReadWholePickle(std::string bytes, std::string_view where,
                                     const InertNames& names, const pickle::Limits& limits) {
  return Checked(pickle::ReadWhole(std::move(bytes), where, InertBy(names), limits), where, names);
}

}  // namespace weft::pytorch
