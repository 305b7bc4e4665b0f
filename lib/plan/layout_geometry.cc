#include "plan/layout_geometry.h"

#include <algorithm>

#include "absl/strings/str_format.h"
#include "diagnostic/status.h"

namespace weft {
namespace {

// The size of a node as a + b · x, x being the one atom that is unknown.
struct LinearSize {
  int64_t constant = 0;
  int64_t slope = 0;
  int unknown = -1;
  bool solvable = true;  // at most one unknown atom, and nothing overflows
  bool overflow = false;
};

LinearSize SizeOf(const LayoutNode& node, const AtomSizes& sizes);

LinearSize Multiply(const LinearSize& a, const LinearSize& b) {
  LinearSize product;
  product.solvable = a.solvable && b.solvable && (a.unknown < 0 || b.unknown < 0);
  product.unknown = a.unknown >= 0 ? a.unknown : b.unknown;
  const LinearSize& linear = a.unknown >= 0 ? a : b;
  const int64_t factor = a.unknown >= 0 ? b.constant : a.constant;
  if (__builtin_mul_overflow(linear.constant, factor, &product.constant) ||
      __builtin_mul_overflow(linear.slope, factor, &product.slope)) {
    product.overflow = true;
  }
  product.overflow = product.overflow || a.overflow || b.overflow;
  product.solvable = product.solvable && !product.overflow;
  return product;
}

LinearSize Add(const LinearSize& a, const LinearSize& b) {
  LinearSize sum;
  sum.solvable =
      a.solvable && b.solvable && (a.unknown < 0 || b.unknown < 0 || a.unknown == b.unknown);
  sum.unknown = a.unknown >= 0 ? a.unknown : b.unknown;
  if (__builtin_add_overflow(a.constant, b.constant, &sum.constant) ||
      __builtin_add_overflow(a.slope, b.slope, &sum.slope)) {
    sum.overflow = true;
  }
  sum.overflow = sum.overflow || a.overflow || b.overflow;
  sum.solvable = sum.solvable && !sum.overflow;
  return sum;
}

LinearSize SizeOf(const LayoutNode& node, const AtomSizes& sizes) {
  LinearSize size;
  size.constant = 1;
  switch (node.kind) {
    case LayoutNode::Kind::kUnit:
      break;
    case LayoutNode::Kind::kAtom:
      size.constant = sizes[static_cast<size_t>(node.atom)];
      if (size.constant == AtomTable::kUnknown) {
        size.constant = 0;
        size.slope = 1;
        size.unknown = node.atom;
      }
      break;
    case LayoutNode::Kind::kProduct:
      for (const LayoutNode& child : node.children) size = Multiply(size, SizeOf(child, sizes));
      break;
    case LayoutNode::Kind::kSum:
      size.constant = 0;
      for (const LayoutNode& child : node.children) size = Add(size, SizeOf(child, sizes));
      break;
  }
  return size;
}

void Place(const LayoutNode& node, const LayoutCell& cell, const AtomSizes& sizes,
           uint64_t multiplier, PlacedCell* placed);

// Factors from the innermost out; the strides are collected in that order.
uint64_t PlaceRow(const std::vector<LayoutNode>& row, const LayoutCell& cell,
                  const AtomSizes& sizes, uint64_t multiplier, PlacedCell* placed) {
  for (auto node = row.rbegin(); node != row.rend(); ++node) {
    Place(*node, cell, sizes, multiplier, placed);
    multiplier *= static_cast<uint64_t>(SizeOf(*node, sizes).constant);
  }
  return multiplier;
}

void Place(const LayoutNode& node, const LayoutCell& cell, const AtomSizes& sizes,
           uint64_t multiplier, PlacedCell* placed) {
  switch (node.kind) {
    case LayoutNode::Kind::kUnit:
      return;
    case LayoutNode::Kind::kAtom:
      placed->strides.push_back(multiplier);
      return;
    case LayoutNode::Kind::kProduct:
      PlaceRow(node.children, cell, sizes, multiplier, placed);
      return;
    case LayoutNode::Kind::kSum: {
      const auto part = static_cast<size_t>(cell.parts[static_cast<size_t>(node.sum)]);
      for (size_t before = 0; before < part; ++before) {
        placed->offset +=
            multiplier * static_cast<uint64_t>(SizeOf(node.children[before], sizes).constant);
      }
      Place(node.children[part], cell, sizes, multiplier, placed);
      return;
    }
  }
}

}  // namespace

absl::StatusOr<bool> SolveFromShape(const Layout& layout, const AtomTable& atoms,
                                    const Shape& shape, AtomSizes& sizes, Shape* rest) {
  const std::vector<LayoutNode>& axes = layout.axes();
  const bool has_rest = layout.rest_axis() >= 0;
  if (has_rest ? shape.size() + 1 < axes.size() : shape.size() != axes.size()) {
    return ErrorStatus(ErrorCode::kWrongShape, "",
                       absl::StrFormat("layout \"%s\" has %s%d axes, got shape %s", layout.text(),
                                       has_rest ? "at least " : "",
                                       axes.size() - (has_rest ? 1 : 0), TextOf(shape)));
  }
  const size_t rest_size = has_rest ? shape.size() + 1 - axes.size() : 0;
  bool progress = false;
  size_t dim = 0;
  for (size_t axis = 0; axis < axes.size(); ++axis) {
    if (has_rest && axis == static_cast<size_t>(layout.rest_axis())) {
      const auto begin = shape.begin() + static_cast<std::ptrdiff_t>(dim);
      rest->assign(begin, begin + static_cast<std::ptrdiff_t>(rest_size));
      int64_t& size = sizes[static_cast<size_t>(axes[axis].atom)];
      const auto product = static_cast<int64_t>(ElementsOf(*rest));
      if (size != AtomTable::kUnknown && size != product) {
        return ErrorStatus(ErrorCode::kWrongShape, "",
                           absl::StrFormat("\"...\" covers %d elements; expected %d, got shape %s",
                                           product, size, TextOf(shape)));
      }
      progress = progress || size == AtomTable::kUnknown;
      size = product;
      dim += rest_size;
      continue;
    }
    const int64_t wanted = shape[dim];
    const LinearSize size = SizeOf(axes[axis], sizes);
    if (size.overflow) {
      return ErrorStatus(ErrorCode::kWrongShape, "",
                         absl::StrFormat("axis %d of layout \"%s\" is beyond 64 bits; got shape %s",
                                         dim, layout.text(), TextOf(shape)));
    }
    if (size.solvable && size.unknown < 0 && size.constant != wanted) {
      return ErrorStatus(ErrorCode::kWrongShape, "",
                         absl::StrFormat("axis %d of layout \"%s\" is %d; got shape %s", dim,
                                         layout.text(), size.constant, TextOf(shape)));
    }
    if (size.solvable && size.unknown >= 0 && size.slope > 0) {
      const int64_t left = wanted - size.constant;
      if (left < 0 || left % size.slope != 0) {
        return ErrorStatus(
            ErrorCode::kWrongShape, "",
            absl::StrFormat("axis %d of layout \"%s\" is %s%d * %s, which no size of %s makes "
                            "%d; got shape %s",
                            dim, layout.text(),
                            size.constant == 0 ? "" : absl::StrFormat("%d + ", size.constant),
                            size.slope, atoms.name(size.unknown), atoms.name(size.unknown), wanted,
                            TextOf(shape)));
      }
      sizes[static_cast<size_t>(size.unknown)] = left / size.slope;
      progress = true;
    }
    ++dim;
  }
  return progress;
}

absl::StatusOr<Shape> ShapeOf(const Layout& layout, const AtomSizes& sizes, const Shape& rest) {
  Shape shape;
  for (size_t axis = 0; axis < layout.axes().size(); ++axis) {
    if (static_cast<int>(axis) == layout.rest_axis()) {
      shape.insert(shape.end(), rest.begin(), rest.end());
      continue;
    }
    const LinearSize size = SizeOf(layout.axes()[axis], sizes);
    if (!size.solvable) {
      return ErrorStatus(
          ErrorCode::kOverflow, "",
          absl::StrFormat("an axis of layout \"%s\" is beyond 64 bits", layout.text()));
    }
    shape.push_back(size.constant);
  }
  return shape;
}

PlacedCell PlaceCell(const Layout& layout, const LayoutCell& cell, const AtomSizes& sizes) {
  PlacedCell placed;
  PlaceRow(layout.axes(), cell, sizes, 1, &placed);
  std::reverse(placed.strides.begin(), placed.strides.end());
  return placed;
}

}  // namespace weft
