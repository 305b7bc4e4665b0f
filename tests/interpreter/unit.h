// Tensors of a random checkpoint that random rules take together.
#ifndef WEFT_TESTS_INTERPRETER_UNIT_H_
#define WEFT_TESTS_INTERPRETER_UNIT_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "interpreter/array.h"
#include "interpreter/name_pattern.h"

namespace weft::interpreter {

struct Variable {
  enum class Kind { kIndex, kText, kPath };
  std::string name;
  Kind kind = Kind::kIndex;
  std::vector<std::string> values;  // as they stand in names
  bool padded = false;              // an index of two digits
};

struct Member {
  std::vector<std::string> pieces;  // of its names, joined by dots; "{i}" stands for a variable
  Sizes shape;
};

// For all values of the variables, all members.
struct Unit {
  std::vector<Variable> variables;
  std::vector<Member> members;
  std::string dtype = "F32";
  bool tied = false;       // the members are equal
  std::string equal_over;  // tensors that differ in this variable only are equal

  struct Padding {
    size_t axis = 0;
    uint64_t size = 0;  // the last elements of the axis
    std::string constant;
  };
  std::optional<Padding> padding;
  bool temporary = false;  // its names begin with "$"
};

// Text for each variable in place of "{name}".
using Spelling = std::map<std::string, std::string>;

std::string NameOf(const std::vector<std::string>& pieces, const Spelling& spelling);

// All combinations of values.
std::vector<Spelling> AllValues(const std::vector<Variable>& variables);

// A pattern for each variable that takes its values, and more.
Spelling PlainSpelling(const std::vector<Variable>& variables);

// True when the values of an index run from 0 without holes.
bool IsComplete(const Variable& variable);

}  // namespace weft::interpreter

#endif  // WEFT_TESTS_INTERPRETER_UNIT_H_
