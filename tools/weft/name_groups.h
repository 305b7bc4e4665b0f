// Long lists of tensor names, shortened for people.
#ifndef WEFT_TOOLS_WEFT_NAME_GROUPS_H_
#define WEFT_TOOLS_WEFT_NAME_GROUPS_H_

#include <string>
#include <string_view>
#include <vector>

namespace weft::cli {

// Names that differ only in indices become one text, "layers.{0..31}.experts.{0..6,8}.w1.weight".
// A text stands for exactly the names that its index sets spell, in every combination; where names
// are no such product, they become several texts, so no hole is hidden. In the order in which each
// group first appears.
std::vector<std::string> GroupNames(const std::vector<std::string_view>& names);

}  // namespace weft::cli

#endif  // WEFT_TOOLS_WEFT_NAME_GROUPS_H_
