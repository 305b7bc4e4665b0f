// Random rules by layouts, and a slow reference that says element by element what they must do: it
// counts through every index tuple of every axis. Nothing here is shared with the library.
#ifndef WEFT_TESTS_PLAN_RANDOM_LAYOUTS_H_
#define WEFT_TESTS_PLAN_RANDOM_LAYOUTS_H_

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace weft {

// A tree that is written as a layout.
struct RandomAxis {
  enum class Kind { kAtom, kUnit, kRest, kProduct, kSum };
  Kind kind = Kind::kUnit;
  std::string atom;                 // kAtom
  std::vector<RandomAxis> parts;    // kProduct, kSum
  std::vector<std::string> labels;  // kSum
};

struct RandomTensor {
  std::string label;  // empty when it is alone on its side
  std::vector<RandomAxis> axes;
  std::vector<std::string> lists;  // atoms that are variables of its name
};

struct RandomLayoutRule {
  std::map<std::string, uint64_t> sizes;  // of atoms
  std::vector<uint64_t> rest;             // the axes of "..."
  std::vector<RandomTensor> from;
  std::vector<RandomTensor> to;
  std::string json;         // one rule; names are "from.LABEL.INDEX…" and "to.LABEL.INDEX…"
  std::string turned_json;  // its sides exchanged
};

RandomLayoutRule MakeRandomLayoutRule(std::mt19937_64& random);

// A tensor of one side: its shape, and for each element its coordinates, "label|a=0,b=1".
struct SpelledTensor {
  std::vector<uint64_t> shape;
  std::vector<std::string> coordinates;
};

// All tensors of a side by name.
std::map<std::string, SpelledTensor> SpelledOut(const RandomLayoutRule& rule, bool from);

}  // namespace weft

#endif  // WEFT_TESTS_PLAN_RANDOM_LAYOUTS_H_
