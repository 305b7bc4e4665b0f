// Random mappings, and checkpoints that they apply to, mostly.
#ifndef WEFT_TESTS_INTERPRETER_RANDOM_MAPPING_H_
#define WEFT_TESTS_INTERPRETER_RANDOM_MAPPING_H_

#include <cstdint>
#include <string>

#include "interpreter/arithmetic.h"
#include "interpreter/array.h"
#include "interpreter/interpreter.h"
#include "interpreter/random.h"

namespace weft::interpreter {

struct RandomCase {
  Json mapping;
  Library library;
  Params set;
  Tensors tensors;
};

// Built from the checkpoint on: each rule takes tensors that are there. What nothing takes care of
// (two names that become one, a tensor that looks converted already) happens now and then.
RandomCase MakeRandomCase(Random& random);

// Changes a checkpoint a little: an element, a shape, a tensor less, one more, its name made of
// those of `others` too.
void Damage(Random& random, const Tensors& others, Tensors* tensors);

}  // namespace weft::interpreter

#endif  // WEFT_TESTS_INTERPRETER_RANDOM_MAPPING_H_
