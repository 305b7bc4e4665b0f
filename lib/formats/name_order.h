// The order in which a catalog lists its tensors.
#ifndef WEFT_FORMATS_NAME_ORDER_H_
#define WEFT_FORMATS_NAME_ORDER_H_

#include <functional>
#include <vector>

#include "weft/catalog.h"

namespace weft {

// Natural order of names; tensors of one name in the order of their files.
void SortByName(std::vector<TensorInfo>& tensors);

// Calls `report` for each pair of neighbours of one name; `tensors` are sorted.
void ForEachRepeatedName(const std::vector<TensorInfo>& tensors,
                         const std::function<void(const TensorInfo&, const TensorInfo&)>& report);

}  // namespace weft

#endif  // WEFT_FORMATS_NAME_ORDER_H_
