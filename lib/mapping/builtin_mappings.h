// The files of mappings/, embedded by cmake/EmbedMappings.cmake.
#ifndef WEFT_MAPPING_BUILTIN_MAPPINGS_H_
#define WEFT_MAPPING_BUILTIN_MAPPINGS_H_

#include <vector>

#include "weft/mapping.h"

namespace weft {

const std::vector<BuiltinMapping>& BuiltinMappings();

}  // namespace weft

#endif  // WEFT_MAPPING_BUILTIN_MAPPINGS_H_
