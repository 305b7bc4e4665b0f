// Layouts with numbers in them: sizes of atoms solved from shapes, cells placed in linear
// coordinates.
#ifndef WEFT_PLAN_LAYOUT_GEOMETRY_H_
#define WEFT_PLAN_LAYOUT_GEOMETRY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "mapping/layout.h"
#include "weft/catalog.h"

namespace weft {

// Sizes by atom; AtomTable::kUnknown where a size is not known yet.
using AtomSizes = std::vector<int64_t>;

// Solves what the shape of a tensor says about the atoms of its layout, as far as it can now; call
// again when other sizes became known. `rest` receives the axes that `...` covers. Returns whether
// a size became known. Errors without a place: kWrongShape (another rank, an axis that contradicts
// its sizes).
absl::StatusOr<bool> SolveFromShape(const Layout& layout, const AtomTable& atoms,
                                    const Shape& shape, AtomSizes& sizes, Shape* rest);

// The shape of a tensor of that layout; all its atoms are known. Errors: kOverflow.
absl::StatusOr<Shape> ShapeOf(const Layout& layout, const AtomSizes& sizes, const Shape& rest);

// A cell in the linear coordinates of its tensor.
struct PlacedCell {
  uint64_t offset = 0;
  std::vector<uint64_t> strides;  // parallel to LayoutCell::atoms
};

PlacedCell PlaceCell(const Layout& layout, const LayoutCell& cell, const AtomSizes& sizes);

}  // namespace weft

#endif  // WEFT_PLAN_LAYOUT_GEOMETRY_H_
