// Random plans, with the source files that they read.
#ifndef WEFT_TESTS_EXECUTE_RANDOM_PLAN_H_
#define WEFT_TESTS_EXECUTE_RANDOM_PLAN_H_

#include <cstdint>
#include <random>
#include <vector>

#include "execute/memory_files.h"
#include "weft/plan.h"

namespace weft::execute {

struct RandomPlan {
  Plan plan;
  std::vector<Bytes> files;
};

// Up to five tensors of up to about `most_elements` elements: joined, interleaved, permuted, sliced
// and strided, of all dtypes, some cast, with constants among them.
RandomPlan MakeRandomPlan(std::mt19937_64& random, uint64_t most_elements);

}  // namespace weft::execute

#endif  // WEFT_TESTS_EXECUTE_RANDOM_PLAN_H_
