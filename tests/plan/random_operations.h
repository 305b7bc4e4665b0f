// Random rules by operation chains, carried out beside on arrays whose elements are known one by
// one. Nothing here is shared with the library.
#ifndef WEFT_TESTS_PLAN_RANDOM_OPERATIONS_H_
#define WEFT_TESTS_PLAN_RANDOM_OPERATIONS_H_

#include <cstdint>
#include <map>
#include <random>
#include <string>
#include <vector>

namespace weft {

// An array of elements, each "name of its source tensor[place there]".
struct KnownArray {
  std::vector<uint64_t> shape;
  std::vector<std::string> elements;
};

struct RandomOperationRule {
  std::string json;
  std::map<std::string, KnownArray> from;  // by name
  std::map<std::string, KnownArray> to;
  bool reversible = true;
};

RandomOperationRule MakeRandomOperationRule(std::mt19937_64& random);

}  // namespace weft

#endif  // WEFT_TESTS_PLAN_RANDOM_OPERATIONS_H_
