// The mapping language, word by word: slow, and as plain as its description in docs/dsl.md.
//
// It reads the same mapping files as the library and shares no code with it. What the language has
// beyond the words read here (regular expressions in names, casts, lists of keys, configs, part
// files) has tests of its own.
#ifndef WEFT_TESTS_INTERPRETER_INTERPRETER_H_
#define WEFT_TESTS_INTERPRETER_INTERPRETER_H_

#include <map>
#include <string>
#include <vector>

#include "interpreter/arithmetic.h"
#include "interpreter/array.h"
#include "weft/mapping.h"

namespace weft::interpreter {

using Params = std::map<std::string, int64_t>;
using Library = std::map<std::string, Json>;  // mappings that others include, by name

// What the way forward leaves for the way back, by stage.
struct Record {
  std::vector<bool> stage_ran;
  std::vector<std::map<std::string, std::map<std::string, uint64_t>>> sizes;
};

// What the mapping makes of the tensors. In reverse `record` is that of the way forward. Throws a
// Refusal; of tensors that must be equal and are not only after everything else was found right.
Tensors Interpret(const Json& mapping, const Library& library, const Params& set,
                  Direction direction, const Tensors& tensors, Record* record);

}  // namespace weft::interpreter

#endif  // WEFT_TESTS_INTERPRETER_INTERPRETER_H_
