// A rule of a mapping file → a rule as data (weft/rules.h).
#ifndef WEFT_MAPPING_RULE_READER_H_
#define WEFT_MAPPING_RULE_READER_H_

#include "mapping/json_fields.h"
#include "weft/rules.h"

namespace weft {

// Adds what is wrong to the diagnostics of `field`; the result is right only when nothing was
// added. Looks at the form only: patterns, layouts and expressions stay text (rule_checker.h).
Rule ReadRule(const Field& field);

}  // namespace weft

#endif  // WEFT_MAPPING_RULE_READER_H_
