// A processor runs one of several kinds of rows; all must do the same. This file is compiled like
// the library's rows, with vector instructions.
#include "execute/cast_row.h"

#include <catch2/catch.hpp>
#include <cstddef>
#include <random>
#include <utility>
#include <vector>

#include "execute/cast.h"
#include "execute/reference.h"

namespace weft::execute {
namespace {

template <DType kFrom, DType kTo>
void CheckPair(std::mt19937_64& random) {
  if constexpr (kFrom != kTo) {
    CAPTURE(NameOf(kFrom), NameOf(kTo));
    constexpr size_t kFromBytes = sizeof(typename FloatElement<kFrom>::Bits);
    constexpr size_t kToBytes = sizeof(typename FloatElement<kTo>::Bits);
    const size_t count = 20'000 + random() % 64;
    std::vector<char> source(count * kFromBytes);
    for (char& byte : source) byte = static_cast<char>(random() >> 56);
    std::vector<char> portable(count * kToBytes);
    std::vector<char> here(count * kToBytes);
    CastRowPortably<kFrom, kTo>(source.data(), portable.data(), count);
    const Loop loop = {count, kFromBytes, kToBytes};
    CastKernel(kFrom, kTo)(&loop, 1, source.data(), here.data());
    CHECK(portable == here);
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
      CastRowWithAvx2<kFrom, kTo>(source.data(), here.data(), count);
      CHECK(portable == here);
    }
#endif
  }
}

template <size_t... kPair>
void CheckPairs(std::mt19937_64& random, std::index_sequence<kPair...> /*pairs*/) {
  constexpr size_t kCount = std::size(kCastable);
  (CheckPair<kCastable[kPair / kCount], kCastable[kPair % kCount]>(random), ...);
}

TEST_CASE("cast: a row is the same on every processor, NaNs included", "[execute]") {
  std::mt19937_64 random(10);
  CheckPairs(random, std::make_index_sequence<std::size(kCastable) * std::size(kCastable)>());
}

}  // namespace
}  // namespace weft::execute
