// Which forms of names on two sides mean the same?
//
// Names become forms ("layers.#.w"); two forms can be a pair when they hold the same indices. Of
// those the nearest are paired, where that is no matter of choice. Forms that find no partner have
// an index written out ("layers.#.0.w", "layers.#.1.w") and are tried again.
#ifndef WEFT_TENSOR_FORM_PAIRS_H_
#define WEFT_TENSOR_FORM_PAIRS_H_

#include <string>
#include <vector>

#include "weft/name_report.h"

namespace weft {

// Forms with as many marks (tensor/name_form.h) each.
struct FormPair {
  std::string from;
  std::string to;
};

bool ShapesDiffer(const ReportedName& a, const ReportedName& b);

// Nearest pairs first, among those with as many marks; those with more marks before.
std::vector<FormPair> PairForms(const std::vector<ReportedName>& from,
                                const std::vector<ReportedName>& to);

}  // namespace weft

#endif  // WEFT_TENSOR_FORM_PAIRS_H_
