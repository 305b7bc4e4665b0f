// What of the metadata of a source is said of the output.
#ifndef WEFT_EXECUTE_OUTPUT_METADATA_H_
#define WEFT_EXECUTE_OUTPUT_METADATA_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "weft/plan.h"

namespace weft::execute {

// The plan's metadata, but for what would not be true of an output of `format`, the writer's: words
// on the files that were read (DropWordsOnFiles), and notes on a tensor (IsTensorNote). These go to
// all tensors that are made of such tensors alone, whatever their names; where a tensor has other
// parts too, it has none, and that is warned of.
std::map<std::string, std::string> OutputMetadata(const Plan& plan, std::string_view format,
                                                  std::vector<std::string>& warnings);

}  // namespace weft::execute

#endif  // WEFT_EXECUTE_OUTPUT_METADATA_H_
