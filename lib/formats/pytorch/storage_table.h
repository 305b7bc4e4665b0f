// The storages that a pickle refers to.
#ifndef WEFT_FORMATS_PYTORCH_STORAGE_TABLE_H_
#define WEFT_FORMATS_PYTORCH_STORAGE_TABLE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "formats/pickle/tree.h"
#include "formats/pytorch/contents.h"
#include "formats/pytorch/role_table.h"

namespace weft::pytorch {

// A storage as one tensor sees it.
struct StorageView {
  uint32_t storage = 0;  // into the list
  const ElementType* type = nullptr;
  uint64_t first_element = 0;  // of legacy files, whose storages may be parts of others
  uint64_t elements = 0;
};

class StorageTable {
 public:
  // `key_prefix` stands before every key: "data/".
  StorageTable(const pickle::Tree& tree, const RoleTable& roles, std::string_view key_prefix,
               Contents& contents)
      : tree_(tree), roles_(roles), key_prefix_(key_prefix), contents_(contents) {}

  // What a persistent id names: ("storage", type, key, location, elements), in legacy files with
  // None or (view key, first element, elements) behind. Adds the storage when it is new. Errors:
  // kBadHeaderSyntax, kOffsetRange, kOverflow, kSizeMismatch, kUnsupportedFeature.
  absl::StatusOr<StorageView> Find(pickle::Ref persistent, std::string_view where);

  // Adds what the pickle names beside tensors that were read: storages of tensors that cannot be,
  // and those without a tensor. Errors: as of Find.
  absl::Status AddAll(std::string_view where);

  // The storage of a key, without the prefix; kNoStorage when none has been added.
  static constexpr uint32_t kNoStorage = UINT32_MAX;
  uint32_t FindKey(std::string_view key) const;

 private:
  absl::StatusOr<const ElementType*> TypeOf(pickle::Ref ref, std::string_view where) const;
  absl::StatusOr<uint32_t> Add(const std::string& key, const ElementType& type,
                               pickle::Ref location, uint64_t elements, std::string_view where);

  struct Known {
    uint32_t storage = 0;
    const ElementType* type = nullptr;
    bool is_warned = false;
  };

  const pickle::Tree& tree_;
  const RoleTable& roles_;
  std::string key_prefix_;
  Contents& contents_;
  absl::flat_hash_map<std::string, Known> known_;  // by key
};

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_STORAGE_TABLE_H_
