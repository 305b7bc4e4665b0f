// What becomes of the tensors of a plan's source, and what its target lacks: in groups of names.
#ifndef WEFT_TOOLS_WEFT_TENSOR_REPORT_H_
#define WEFT_TOOLS_WEFT_TENSOR_REPORT_H_

#include <nlohmann/json.hpp>
#include <string>

#include "weft/plan.h"

namespace weft::cli {

// {"used": [groups that rules take], "passed": […], "dropped": […]}; a tensor stands in each list
// that is true of it.
nlohmann::ordered_json SourcesJson(const Plan& plan);

// How the plan fares against what is expected; null where nothing is.
nlohmann::ordered_json ExpectationJson(const Plan& plan);

// The same in lines; empty where nothing is expected.
std::string ExpectationText(const Plan& plan);

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_TENSOR_REPORT_H_
