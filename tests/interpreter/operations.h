// Named operations, carried out one after the other on arrays.
#ifndef WEFT_TESTS_INTERPRETER_OPERATIONS_H_
#define WEFT_TESTS_INTERPRETER_OPERATIONS_H_

#include <map>
#include <string>
#include <vector>

#include "interpreter/arithmetic.h"
#include "interpreter/array.h"

namespace weft::interpreter {

// One tensor, or a list of tensors over some variables: index tuple → tensor.
struct Slot {
  std::vector<std::string> variables;
  std::map<Sizes, Array> items;
};

// What an operation needs to know besides its slots.
struct ChainContext {
  size_t targets = 1;              // tensors under `to`
  const Lookup* lookup = nullptr;  // of names in sizes
  bool* values_differ = nullptr;   // set when tensors that must be equal are not
};

// Throws a Refusal where the shapes do not fit.
std::vector<Slot> ApplyOperation(const Json& operation, const std::vector<Slot>& slots,
                                 const ChainContext& context);

// The chain that undoes a chain.
Json ReverseOperations(const Json& operations);

}  // namespace weft::interpreter

#endif  // WEFT_TESTS_INTERPRETER_OPERATIONS_H_
