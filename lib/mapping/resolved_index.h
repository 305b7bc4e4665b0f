// What the expressions of an index of a pattern come to, once the params have values.
#ifndef WEFT_MAPPING_RESOLVED_INDEX_H_
#define WEFT_MAPPING_RESOLVED_INDEX_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/expression.h"
#include "mapping/pattern.h"

namespace weft {

struct ResolvedIndex {
  struct Range {
    int64_t first = 0;
    int64_t last = 0;
    int64_t step = 1;  // at least 1
    bool open = false;
  };

  int64_t offset = 0;  // written = offset + slope · index
  int64_t slope = 1;   // never 0
  std::vector<Range> ranges;

  // True when `index` is in one of the ranges; without ranges, always.
  bool Contains(uint64_t index) const;
};

// Of a kIndex token of `pattern`. Errors: kPatternSyntax (not affine, a step below 1);
// kUnknownParam and kBadParam of the expressions.
absl::StatusOr<ResolvedIndex> ResolveIndex(const PatternToken& token, const Pattern& pattern,
                                           const VariableTable& variables,
                                           const Expression::Resolver& resolver);

}  // namespace weft

#endif  // WEFT_MAPPING_RESOLVED_INDEX_H_
