// Random choices, the same for one seed everywhere.
#ifndef WEFT_TESTS_CONTAINERS_RANDOM_H_
#define WEFT_TESTS_CONTAINERS_RANDOM_H_

#include <cstdint>
#include <random>
#include <string>

namespace weft::test {

class Random {
 public:
  explicit Random(uint64_t seed) : engine_(seed) {}

  uint64_t Below(uint64_t count) { return engine_() % count; }
  uint64_t Between(uint64_t least, uint64_t most) { return least + Below(most - least + 1); }
  bool Chance(uint64_t times) { return Below(times) == 0; }

  std::string Bytes(uint64_t count) {
    std::string bytes(count, '\0');
    for (char& byte : bytes) byte = static_cast<char>(engine_());
    return bytes;
  }

  template <typename Items>
  const auto& Pick(const Items& items) {
    return items[Below(items.size())];
  }

 private:
  std::mt19937_64 engine_;
};

}  // namespace weft::test

#endif  // WEFT_TESTS_CONTAINERS_RANDOM_H_
