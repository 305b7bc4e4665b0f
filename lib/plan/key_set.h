// A list of patterns, to be asked which of them matches a name.
#ifndef WEFT_PLAN_KEY_SET_H_
#define WEFT_PLAN_KEY_SET_H_

#include <cstddef>
#include <optional>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/pattern.h"
#include "mapping/pattern_index.h"

namespace weft {

// A pattern that matches a name.
struct KeyMatch {
  size_t place = 0;   // in the list
  Bindings bindings;  // texts point into the name
};

class KeySet {
 public:
  // All arguments outlive the set.
  KeySet(const std::vector<NamePattern>& patterns, const Expression::Resolver& resolver,
         RegexCache& cache);

  // The first pattern that matches; nullopt when none does. Its variables are set in `bindings`,
  // unless that is null; their texts point into `name`. Errors: those of PatternMatcher.
  absl::StatusOr<std::optional<size_t>> Find(std::string_view name, Bindings* bindings = nullptr);

  // All that match, in the order of the list. Errors: those of PatternMatcher.
  absl::Status FindAll(std::string_view name, std::vector<KeyMatch>* matches);

 private:
  absl::StatusOr<bool> Match(uint32_t candidate, std::string_view name, Bindings* bindings);

  const std::vector<NamePattern>& patterns_;
  std::vector<PatternMatcher> matchers_;
  PatternIndex index_;
};

}  // namespace weft

#endif  // WEFT_PLAN_KEY_SET_H_
