// The params that a caller gives by hand.
#ifndef WEFT_MAPPING_GIVEN_PARAMS_H_
#define WEFT_MAPPING_GIVEN_PARAMS_H_

#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/document.h"
#include "mapping/param_value.h"

namespace weft {

// The values of `texts`, name → JSON; text that is not JSON is a string. Errors: kBadParam for a
// value that no param can have, and for a name that none of the documents uses.
absl::StatusOr<std::map<std::string, ParamValue>> GivenParams(
    const std::map<std::string, std::string>& texts,
    const std::vector<const internal::MappingDocument*>& documents);

}  // namespace weft

#endif  // WEFT_MAPPING_GIVEN_PARAMS_H_
