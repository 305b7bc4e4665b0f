// Layouts of elements: what each element of a tensor is, in words of its axes.
#ifndef WEFT_TESTS_INTERPRETER_AXIS_LAYOUT_H_
#define WEFT_TESTS_INTERPRETER_AXIS_LAYOUT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "interpreter/array.h"

namespace weft::interpreter {

using AxisSizes = std::map<std::string, uint64_t>;

// Where an element stands: the part of each sum, and its place on each axis.
struct ElementPlace {
  std::vector<std::string> labels;
  std::map<std::string, uint64_t> axes;
  std::optional<std::string> filler;  // the constant that it is; empty: anything
};

class AxisLayout {
 public:
  explicit AxisLayout(const std::string& text);

  // Names of all axes but those that only fillers have; numbers are axes of that name.
  std::set<std::string> AxisNames() const;

  // The number of choices of one part in every sum, fillers aside.
  uint64_t Cells() const;

  bool HasRest() const;

  // Puts axes "...0", "...1" where "..." stands.
  void ExpandRest(size_t rank);
  size_t rank() const { return axes_.size(); }

  // The size of an axis; none while the size of one of its parts is unknown.
  std::optional<uint64_t> SizeOfAxis(size_t axis, const AxisSizes& sizes) const;

  // The axes within `axis` whose size is unknown.
  std::set<std::string> Unknown(size_t axis, const AxisSizes& sizes) const;

  ElementPlace PlaceOf(const Sizes& index, const AxisSizes& sizes) const;

 private:
  enum class Kind { kUnit, kAxis, kProduct, kSum, kRest };
  struct Node {
    Kind kind = Kind::kUnit;
    std::string name;  // of an axis
    std::vector<Node> children;
    std::vector<std::string> labels;                  // of the parts of a sum
    std::vector<std::optional<std::string>> fillers;  // parallel
  };

  Node ReadNode();
  Node ReadFactors(const std::string& ends);
  Node ReadSum();
  char Next();
  std::string Word();

  static void AddNames(const Node& node, bool with_fillers, std::set<std::string>* names);
  static uint64_t CellsOf(const Node& node);
  static std::optional<uint64_t> SizeOf(const Node& node, const AxisSizes& sizes);
  static void AddPlace(const Node& node, uint64_t index, const AxisSizes& sizes,
                       ElementPlace* place);

  std::string text_;
  size_t position_ = 0;
  std::vector<Node> axes_;
};

}  // namespace weft::interpreter

#endif  // WEFT_TESTS_INTERPRETER_AXIS_LAYOUT_H_
