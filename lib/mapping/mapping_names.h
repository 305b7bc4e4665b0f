// Every name that a mapping could look up: params, axes, stages. A name that is set and stands in
// none of them is a mistake of the caller.
#ifndef WEFT_MAPPING_MAPPING_NAMES_H_
#define WEFT_MAPPING_MAPPING_NAMES_H_

#include <set>
#include <string>
#include <vector>

#include "mapping/document.h"

namespace weft {

void AddNames(const internal::MappingDocument& document, std::set<std::string>* names);

// The same of rules of sharding, whose names are those of the mapping that they are used with.
void AddNames(const std::vector<internal::ShareRule>& rules, std::set<std::string>* names);

}  // namespace weft

#endif  // WEFT_MAPPING_MAPPING_NAMES_H_
