// Eigen's half and bfloat16, written by others, as a second judge of the casts that both know.
#include <Eigen/Core>
#include <catch2/catch.hpp>
#include <cmath>
#include <random>
#include <vector>

#include "execute/cast.h"

namespace weft::execute {
namespace {

template <typename To, typename From>
std::vector<To> CastAll(DType from, DType to, const std::vector<From>& source) {
  std::vector<To> target(source.size());
  const Loop row = {source.size(), sizeof(From), sizeof(To)};
  CastKernel(from, to)(&row, 1, reinterpret_cast<const char*>(source.data()),
                       reinterpret_cast<char*>(target.data()));
  return target;
}

std::vector<uint16_t> AllBits() {
  std::vector<uint16_t> all(size_t{1} << 16);
  for (size_t i = 0; i < all.size(); ++i) all[i] = static_cast<uint16_t>(i);
  return all;
}

// Numbers of all sizes, and those beside and halfway between two 16-bit ones.
std::vector<float> Floats() {
  std::vector<float> floats;
  for (uint32_t high = 0; high < 0x10000; ++high) {
    for (const uint32_t low :
         {0x0000u, 0x0001u, 0x0FFFu, 0x1000u, 0x1001u, 0x7FFFu, 0x8000u, 0x8001u}) {
      floats.push_back(Eigen::numext::bit_cast<float>(high << 16 | low));
    }
  }
  std::mt19937 random(1);
  for (int i = 0; i < 500'000; ++i) {
    floats.push_back(Eigen::numext::bit_cast<float>(static_cast<uint32_t>(random())));
  }
  return floats;
}

template <typename Number>
void CheckWidening(DType dtype) {
  const std::vector<uint16_t> bits = AllBits();
  const std::vector<float> got = CastAll<float>(dtype, DType::kF32, bits);
  for (size_t i = 0; i < bits.size(); ++i) {
    const auto expected = static_cast<float>(Eigen::numext::bit_cast<Number>(bits[i]));
    const auto bits_of = [](float number) { return Eigen::numext::bit_cast<uint32_t>(number); };
    if (std::isnan(expected) ? std::isnan(got[i]) : bits_of(expected) == bits_of(got[i])) {
      continue;
    }
    CAPTURE(bits[i], expected, got[i]);
    FAIL("wrong cast");
  }
}

template <typename Number>
void CheckNarrowing(DType dtype) {
  const std::vector<float> floats = Floats();
  const std::vector<uint16_t> got = CastAll<uint16_t>(DType::kF32, dtype, floats);
  for (size_t i = 0; i < floats.size(); ++i) {
    const auto expected = static_cast<Number>(floats[i]);
    const auto found = Eigen::numext::bit_cast<Number>(got[i]);
    if (std::isnan(floats[i]) ? (Eigen::numext::isnan)(found)
                              : Eigen::numext::bit_cast<uint16_t>(expected) == got[i]) {
      continue;
    }
    CAPTURE(floats[i], expected, found);
    FAIL("wrong cast");
  }
}

TEST_CASE("cast: Eigen reads F16 and BF16 alike, all of them", "[execute]") {
  CheckWidening<Eigen::half>(DType::kF16);
  CheckWidening<Eigen::bfloat16>(DType::kBF16);
}

TEST_CASE("cast: Eigen rounds to F16 and BF16 alike", "[execute]") {
  CheckNarrowing<Eigen::half>(DType::kF16);
  CheckNarrowing<Eigen::bfloat16>(DType::kBF16);
}

}  // namespace
}  // namespace weft::execute
