// Names for what is in the objects of a checkpoint: the way to it from the root.
#ifndef WEFT_FORMATS_PYTORCH_NAME_WALK_H_
#define WEFT_FORMATS_PYTORCH_NAME_WALK_H_

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "formats/pickle/tree.h"
#include "formats/pytorch/role_table.h"

namespace weft::pytorch {

struct WalkLimits {
  uint64_t depth = 1000;
  uint64_t name_bytes = uint64_t{4} << 20U;
  // What a walk may take beyond its share for every value: small graphs in which everything is used
  // many times.
  uint64_t free_visits = 100'000;
};

struct Visitor {
  // An object that is a tensor.
  std::function<absl::Status(pickle::Ref, const std::string& name)> tensor;
  // What is no container: a scalar, or an object that is not understood.
  std::function<void(const std::string& name, std::string text)> value;
  // Something odd but legal.
  std::function<void(std::string)> warning;
};

// Visits everything below `root` in the order of the pickle; what several containers hold, once for
// each. Names begin with `prefix`.
// Errors: kDuplicateName (a key twice in one dict), kLimitExceeded, those of the visitor.
absl::Status WalkNames(const pickle::Tree& tree, const RoleTable& roles, pickle::Ref root,
                       std::string prefix, std::string_view where, const WalkLimits& limits,
                       const Visitor& visitor);

}  // namespace weft::pytorch

#endif  // WEFT_FORMATS_PYTORCH_NAME_WALK_H_
