// The tensors and values that a tree of objects holds.
#ifndef WEFT_FORMATS_PYTORCH_OBJECT_CATALOG_H_
#define WEFT_FORMATS_PYTORCH_OBJECT_CATALOG_H_

#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "formats/pickle/tree.h"
#include "formats/pytorch/contents.h"
#include "formats/pytorch/name_walk.h"
#include "formats/pytorch/role_table.h"
#include "formats/pytorch/storage_table.h"
#include "formats/pytorch/tensor_reader.h"

namespace weft::pytorch {

struct ObjectLimits {
  WalkLimits walk;
  TensorLimits tensor;
  uint64_t tensors = 1'000'000;
  uint64_t values = 1'000'000;  // beside the tensors; what is beyond is left out, with a warning
};

// For messages. A root that is a tensor has the empty name: the file itself is meant.
std::string WhereOfTensor(std::string_view where, std::string_view name);

// Adds what is below the root of `tree` to `contents`: tensors, the storages they name (without
// places in the file), values, refused tensors, warnings. Names begin with `prefix`. Errors of
// different tensors are reported together: those of TensorReader and WalkNames; kBadName;
// kLimitExceeded.
absl::Status AddObjects(const pickle::Tree& tree, const RoleTable& roles, std::string prefix,
                        std::string_view where, const ObjectLimits& limits, StorageTable& storages,
                        Contents& contents);

// Errors: kDuplicateName, for every name that two tensors have.
absl::Status CheckNamesUnique(const Contents& contents, std::string_view where);

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_OBJECT_CATALOG_H_
