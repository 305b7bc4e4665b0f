#include "formats/pytorch/storage_table.h"

#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"
#include "formats/pytorch/value_text.h"
#include "tensor/shape.h"

namespace weft::pytorch {
namespace {

using pickle::Kind;
using pickle::Ref;

constexpr auto kMostBytes = static_cast<uint64_t>(std::numeric_limits<int64_t>::max());

absl::Status BadId(std::string_view where, std::string_view what) {
  return ErrorStatus(ErrorCode::kBadHeaderSyntax, where,
                     absl::StrFormat("the reference to its storage %s", what));
}

}  // namespace

absl::StatusOr<const ElementType*> StorageTable::TypeOf(Ref ref, std::string_view where) const {
  const Role role = roles_.RoleOfName(ref);
  if (role == Role::kUntypedStorage) return ElementTypeOf("uint8");
  // Which names may be there, the role says.
  if (role == Role::kStorageType) return ElementTypeOfScriptStorage(roles_.GlobalOf(ref).name);
  return BadId(where, "has no type of storage");
}

absl::StatusOr<StorageView> StorageTable::Find(Ref persistent, std::string_view where) {
  if (tree_.KindOf(persistent) != Kind::kPersistent) return BadId(where, "is none");
  const Ref id = tree_.PersistentIdOf(persistent);
  if (tree_.KindOf(id) != Kind::kTuple) return BadId(where, "is no tuple");
  const absl::Span<const Ref> parts = tree_.ItemsOf(id);
  if (parts.empty() || tree_.KindOf(parts[0]) != Kind::kText)
    return BadId(where, "says not of what");
  if (tree_.TextOf(parts[0]) == "module") {
    return ErrorStatus(ErrorCode::kUnsupportedFeature, where,
                       "the file holds a whole module with its source code",
                       "save the module's state_dict() instead");
  }
  if (tree_.TextOf(parts[0]) != "storage" || (parts.size() != 5 && parts.size() != 6)) {
    return BadId(where, "is none of torch's");
  }
  const Kind key_kind = tree_.KindOf(parts[2]);
  if ((key_kind != Kind::kText && key_kind != Kind::kInt) || tree_.KindOf(parts[4]) != Kind::kInt ||
      tree_.IntOf(parts[4]) < 0) {
    return BadId(where, "has a key or a number of elements that is none");
  }
  StorageView view;
  WEFT_ASSIGN_OR_RETURN(view.type, TypeOf(parts[1], where));
  view.elements = static_cast<uint64_t>(tree_.IntOf(parts[4]));
  std::string key =
      key_kind == Kind::kText ? std::string(tree_.TextOf(parts[2])) : ScalarText(tree_, parts[2]);
  WEFT_ASSIGN_OR_RETURN(view.storage, Add(key, *view.type, parts[3], view.elements, where));
  if (parts.size() == 5 || tree_.KindOf(parts[5]) == Kind::kNone) return view;

  const bool is_tuple = tree_.KindOf(parts[5]) == Kind::kTuple;
  const absl::Span<const Ref> window = is_tuple ? tree_.ItemsOf(parts[5]) : absl::Span<const Ref>();
  if (window.size() != 3 || tree_.KindOf(window[1]) != Kind::kInt ||
      tree_.KindOf(window[2]) != Kind::kInt) {
    return BadId(where, "has a part of a storage that is none");
  }
  const int64_t first = tree_.IntOf(window[1]);
  const int64_t size = tree_.IntOf(window[2]);
  if (first < 0 || size < 0 || static_cast<uint64_t>(first) > view.elements ||
      static_cast<uint64_t>(size) > view.elements - static_cast<uint64_t>(first)) {
    return ErrorStatus(ErrorCode::kOffsetRange, where,
                       absl::StrFormat("its storage is said to be elements %d to %d + %d of one "
                                       "that has %d",
                                       first, first, size, view.elements));
  }
  view.first_element = static_cast<uint64_t>(first);
  view.elements = static_cast<uint64_t>(size);
  return view;
}

absl::StatusOr<uint32_t> StorageTable::Add(const std::string& key, const ElementType& type,
                                           Ref location, uint64_t elements,
                                           std::string_view where) {
  const std::optional<uint64_t> size_bytes = CheckedMultiply(elements, type.size_bytes);
  if (!size_bytes || *size_bytes > kMostBytes) {
    return ErrorStatus(ErrorCode::kOverflow, where,
                       absl::StrFormat("its storage has %d elements of %s, which is 2^63 bytes or "
                                       "more",
                                       elements, type.name));
  }
  const auto index = static_cast<uint32_t>(contents_.storages.size());
  const auto [found, is_new] = known_.try_emplace(key, Known{index, &type, false});
  Known& known = found->second;
  if (is_new) {
    Storage& storage = contents_.storages.emplace_back();
    storage.key = absl::StrFormat("%s%s", key_prefix_, found->first);
    if (tree_.KindOf(location) == Kind::kText) storage.location = tree_.TextOf(location);
    storage.size_bytes = *size_bytes;
    storage.element_bytes = type.size_bytes;
    return index;
  }
  const Storage& storage = contents_.storages[known.storage];
  if (storage.size_bytes != *size_bytes) {
    return ErrorStatus(ErrorCode::kSizeMismatch, where,
                       absl::StrFormat("its storage '%s' has %d bytes here and %d for another "
                                       "tensor",
                                       Escaped(storage.key), *size_bytes, storage.size_bytes));
  }
  if (known.type != &type && !std::exchange(known.is_warned, true)) {
    contents_.warnings.push_back(
        absl::StrFormat("%s: its storage '%s' is %s here and %s for another tensor; torch takes "
                        "one type for both",
                        where, Escaped(storage.key), type.name, known.type->name));
  }
  return known.storage;
}

absl::Status StorageTable::AddAll(std::string_view where) {
  for (Ref ref = 0; ref < tree_.values(); ++ref) {
    if (tree_.KindOf(ref) == Kind::kPersistent) WEFT_RETURN_IF_ERROR(Find(ref, where).status());
  }
  return absl::OkStatus();
}

uint32_t StorageTable::FindKey(std::string_view key) const {
  const auto found = known_.find(std::string(key));
  return found == known_.end() ? kNoStorage : found->second.storage;
}

}  // namespace weft::pytorch
