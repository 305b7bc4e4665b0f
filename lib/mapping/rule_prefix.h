// The names of an included mapping stand under a prefix.
#ifndef WEFT_MAPPING_RULE_PREFIX_H_
#define WEFT_MAPPING_RULE_PREFIX_H_

#include <string>

#include "weft/rules.h"

namespace weft {

// A name or pattern under the prefix. Temporaries stay temporary: "$x" becomes "$PREFIXx".
std::string Prefixed(const std::string& prefix, const std::string& name);

// Puts all names of a rule, on both sides, under the prefix.
void AddPrefix(const std::string& prefix, Rule* rule);

}  // namespace weft

#endif  // WEFT_MAPPING_RULE_PREFIX_H_
