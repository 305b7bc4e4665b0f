// Evidence: conditions on the keys, shapes and params that reach a stage, or by which a mapping is
// chosen.
//
//   {"has": PATTERN}  {"lacks": PATTERN}  {"shape": {"pattern": P, "is": [expressions]}}
//   {"dtype": {"pattern": P, "is": "BF16"}}  {"param": EXPRESSION}  {"all": […]}  {"any": […]}
//   {"not": …}
#ifndef WEFT_MAPPING_GUARD_H_
#define WEFT_MAPPING_GUARD_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/expression.h"
#include "mapping/pattern.h"
#include "weft/catalog.h"
#include "weft/dtype.h"

namespace weft {

struct Guard {
  enum class Kind { kHas, kLacks, kShape, kDtype, kParam, kAll, kAny, kNot };

  Kind kind = Kind::kAll;
  std::string where;
  NamePattern name;                 // kHas, kLacks, kShape, kDtype
  std::vector<Expression> shape;    // kShape
  DType dtype = DType::kF32;        // kDtype
  std::optional<Expression> param;  // kParam
  std::vector<Guard> parts;         // kAll, kAny, kNot
};

// One key, as far as guards look at it.
struct GuardKey {
  std::string_view name;
  DType dtype = DType::kF32;
  const Shape* shape = nullptr;
};

// Judges the guard on all `keys`. Errors: kMissingTensor when a shape or dtype is asked for and no
// key matches (undecidable), or keys disagree; those of the resolver.
absl::StatusOr<bool> Judge(const Guard& guard, const std::vector<GuardKey>& keys,
                           const Expression::Resolver& resolver, RegexCache& cache);

// The guard in one line, for messages: has "{p*}.norm0.weight" and not …
std::string TextOf(const Guard& guard);

}  // namespace weft

#endif  // WEFT_MAPPING_GUARD_H_
