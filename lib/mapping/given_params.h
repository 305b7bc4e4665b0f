// The params that a caller gives by hand.
#ifndef WEFT_MAPPING_GIVEN_PARAMS_H_
#define WEFT_MAPPING_GIVEN_PARAMS_H_

#include <map>
#include <set>
#include <string>

#include "absl/status/statusor.h"
#include "mapping/param_value.h"

namespace weft {

// The values of `texts`, name → JSON; text that is not JSON is a string. Errors: kBadParam for a
// value that no param can have, and for a name that is not among `names`, those that the mappings
// use (mapping/mapping_names.h).
absl::StatusOr<std::map<std::string, ParamValue>> GivenParams(
    const std::map<std::string, std::string>& texts, const std::set<std::string>& names);

}  // namespace weft

#endif  // WEFT_MAPPING_GIVEN_PARAMS_H_
