// Which pairs of patterns may have a name in common, without looking at most of them.
#ifndef WEFT_MAPPING_LINT_PATTERN_PAIRS_H_
#define WEFT_MAPPING_LINT_PATTERN_PAIRS_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "mapping/pattern.h"

namespace weft {

// Every pair of patterns that share a name is among the result, as places in `patterns`, the
// smaller first, in rising order; of the others those are left out that begin or end with different
// text.
// `*steps` is what may be spent on pairs, and what is left of it; 0 when the result is not
// complete.
std::vector<std::pair<uint32_t, uint32_t>> PossiblePairs(
    const std::vector<const Pattern*>& patterns, uint64_t* steps);

}  // namespace weft

#endif  // WEFT_MAPPING_LINT_PATTERN_PAIRS_H_
