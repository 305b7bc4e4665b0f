// What a plan says of the complement that it is to write.
#ifndef WEFT_TOOLS_WEFT_COMPLEMENT_REPORT_H_
#define WEFT_TOOLS_WEFT_COMPLEMENT_REPORT_H_

#include <nlohmann/json.hpp>
#include <string>

#include "planning.h"

namespace weft::cli {

// Null where none is written.
nlohmann::ordered_json ComplementJson(const Planned& planned);

// A line; empty where none is written.
std::string ComplementText(const Planned& planned);

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_COMPLEMENT_REPORT_H_
