// Random choices, the same for one seed everywhere.
#ifndef WEFT_TESTS_INTERPRETER_RANDOM_H_
#define WEFT_TESTS_INTERPRETER_RANDOM_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <random>
#include <vector>

namespace weft::interpreter {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  size_t Below(size_t count) { return static_cast<size_t>(engine_() % count); }

  // True once in `times`.
  bool Chance(size_t times) { return Below(times) == 0; }

  template <typename T>
  const T& Pick(const std::vector<T>& items) {
    return items[Below(items.size())];
  }

  template <typename T>
  void Shuffle(std::vector<T>& items) {
    for (size_t i = items.size(); i > 1; --i) std::swap(items[i - 1], items[Below(i)]);
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace weft::interpreter

#endif  // WEFT_TESTS_INTERPRETER_RANDOM_H_
