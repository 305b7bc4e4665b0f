// Random choices, the same for one seed everywhere.
#ifndef WEFT_TESTS_MUTATION_RANDOM_H_
#define WEFT_TESTS_MUTATION_RANDOM_H_

#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace weft::mutation {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  size_t Below(size_t count) { return static_cast<size_t>(engine_() % count); }
  bool Half() { return Below(2) == 0; }

  template <typename T>
  const T& Pick(const std::vector<T>& items) {
    return items[Below(items.size())];
  }

  // Two different places of a list of `count` ≥ 2.
  std::pair<size_t, size_t> Two(size_t count) {
    const size_t first = Below(count);
    const size_t second = Below(count - 1);
    return {first, second < first ? second : second + 1};
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace weft::mutation

#endif  // WEFT_TESTS_MUTATION_RANDOM_H_
