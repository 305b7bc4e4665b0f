// Layouts: how the axes of a tensor are made of named axes, written "e [gate:f | up:f] d".
//
// A layout is a tree. Its leaves are atoms (named axes, fixed numbers, the rest `...`); products
// join atoms into one axis, row-major; sums put labelled parts behind one another along one axis. A
// choice of one part in every sum is a *cell*: a block of the tensor that is a plain product of
// atoms. Two layouts with the same cells over the same atoms are a bijection of elements by syntax.
//
// A part that begins with `~` exists on one side only, such as the padding in "[t:v | ~0:pad] d": a
// block in it is no cell but a *filler*, of constant elements or of any.
#ifndef WEFT_MAPPING_LAYOUT_H_
#define WEFT_MAPPING_LAYOUT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"

namespace weft {

// The atoms of one rule, numbered. Both sides of a rule share one table.
class AtomTable {
 public:
  static constexpr int64_t kUnknown = -1;

  // The number of the atom of that name, which is added when new.
  int Intern(std::string_view name);
  // The atom of a fixed number ≥ 2 written in a layout; of the same number several times there, the
  // first, second, … one.
  int InternNumber(int64_t number, int occurrence);
  // The number of the atom of that name; −1 when there is none.
  int Find(std::string_view name) const;

  int size() const { return static_cast<int>(names_.size()); }
  const std::string& name(int atom) const { return names_[static_cast<size_t>(atom)]; }
  // The size that the text fixes, or kUnknown.
  int64_t fixed_size(int atom) const { return fixed_[static_cast<size_t>(atom)]; }

 private:
  std::vector<std::string> names_;
  std::vector<int64_t> fixed_;
};

struct LayoutNode {
  enum class Kind { kAtom, kUnit, kProduct, kSum };

  Kind kind = Kind::kUnit;
  int atom = -1;                         // kAtom
  int sum = -1;                          // kSum: number of the sum in its layout
  std::vector<LayoutNode> children;      // kProduct: factors; kSum: parts
  std::vector<std::string> part_labels;  // kSum: of each part; empty for a filler
  // kSum: of each part: nullopt, or the element of a filler as text, empty for any.
  std::vector<std::optional<std::string>> fillers;
};

// One block of a layout: a cell or a filler.
struct LayoutCell {
  // The innermost sum label (labels of sums that stand side by side are joined by '&'), or the
  // tensor's label when the cell lies in no sum.
  std::string label;
  std::vector<int> parts;  // by number of the sum: the part chosen, −1 where the sum is not reached
  std::vector<int> atoms;  // outermost first
  // Of a filler: its element as text, empty for any.
  std::optional<std::string> filler;
};

class Layout {
 public:
  // The name of the atom that `...` stands for. The axes it covers are merged into one.
  static constexpr std::string_view kRestName = "...";

  // Errors: kLayoutSyntax with the position in the text, `where` put before it.
  static absl::StatusOr<Layout> Parse(std::string_view text, AtomTable& atoms,
                                      std::string_view where);

  const std::string& text() const { return text_; }
  const std::vector<LayoutNode>& axes() const { return axes_; }
  int rest_axis() const { return rest_axis_; }  // index into axes(), or −1
  int sum_count() const { return sum_count_; }

  // All cells and fillers, in row-major order of their parts. Errors: kLayoutSyntax when an axis
  // stands twice in one of them, or fillers of different elements meet; kLimitExceeded when their
  // number is absurd.
  absl::StatusOr<std::vector<LayoutCell>> Cells(std::string_view tensor_label,
                                                const AtomTable& atoms,
                                                std::string_view where) const;

 private:
  std::string text_;
  std::vector<LayoutNode> axes_;
  int rest_axis_ = -1;
  int sum_count_ = 0;
};

}  // namespace weft

#endif  // WEFT_MAPPING_LAYOUT_H_
