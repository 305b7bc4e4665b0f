// How ranks share tensors: JSON → rules. The language is described in docs/dsl.md.
#ifndef WEFT_MAPPING_SHARE_READER_H_
#define WEFT_MAPPING_SHARE_READER_H_

#include <functional>
#include <string_view>
#include <vector>

#include "diagnostic/status.h"
#include "mapping/document.h"
#include "mapping/json_fields.h"

namespace weft {

// Names that have a value in every expression of a share rule: the rank, and how many there are.
inline constexpr std::string_view kRankName = "rank";
inline constexpr std::string_view kWorldSizeName = "world_size";

// Reads a pattern or a list of patterns.
using NamePatternReader = std::function<std::vector<NamePattern>(const Field&)>;

// The entries of one side; errors go to `diagnostics`, with which the rules are not to be used.
std::vector<internal::ShareRule> ReadShares(const Field& list, const NamePatternReader& read_names,
                                            Diagnostics& diagnostics);

}  // namespace weft

#endif  // WEFT_MAPPING_SHARE_READER_H_
