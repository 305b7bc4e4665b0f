#include "execute/cast.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <random>
#include <vector>

#include "execute/reference.h"
#include "tensor/element.h"

namespace weft::execute {
namespace {

uint64_t BytesOf(DType dtype) { return static_cast<uint64_t>(BitsOf(dtype)) / 8; }

uint64_t Load(const char* at, DType dtype) {
  uint64_t bits = 0;
  std::memcpy(&bits, at, BytesOf(dtype));
  return bits;
}

void CheckElement(DType from, DType to, uint64_t bits, uint64_t got) {
  const uint64_t expected = ReferenceCast(from, to, bits);
  if (IsNan(to, expected) ? IsNan(to, got) : got == expected) return;
  CAPTURE(NameOf(from), NameOf(to), bits, expected, got);
  FAIL("wrong cast");
}

// A row of numbers, to every other dtype.
void CheckCasts(DType from, const std::vector<uint64_t>& numbers) {
  std::vector<char> source(numbers.size() * BytesOf(from));
  for (size_t i = 0; i < numbers.size(); ++i) {
    std::memcpy(&source[i * BytesOf(from)], &numbers[i], BytesOf(from));
  }
  for (const DType to : kCastable) {
    if (to == from) continue;
    std::vector<char> target(numbers.size() * BytesOf(to));
    const Loop loop = {numbers.size(), BytesOf(from), BytesOf(to)};
    CastKernel(from, to)(&loop, 1, source.data(), target.data());
    for (size_t i = 0; i < numbers.size(); ++i) {
      CheckElement(from, to, numbers[i], Load(&target[i * BytesOf(to)], to));
    }
  }
}

std::vector<uint64_t> AllBits(DType dtype) {
  std::vector<uint64_t> all(uint64_t{1} << BitsOf(dtype));
  for (size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}

TEST_CASE("cast: the reference knows what is written in the standards", "[execute]") {
  // 1 + 2^-11 is halfway between two values of F16; 1 + 3·2^-11 is too.
  CHECK(ReferenceCast(DType::kF32, DType::kF16, 0x3F801000) == 0x3C00);
  CHECK(ReferenceCast(DType::kF32, DType::kF16, 0x3F803000) == 0x3C02);
  CHECK(ReferenceCast(DType::kF32, DType::kF16, 0x3F801001) == 0x3C01);
  CHECK(ReferenceCast(DType::kF32, DType::kF16, 0x477FE000) == 0x7BFF);  // 65504
  CHECK(ReferenceCast(DType::kF32, DType::kF16, 0x477FF000) == 0x7C00);  // 65520
  CHECK(ReferenceCast(DType::kF32, DType::kF16, 0x33800000) == 0x0001);  // 2^-24
  CHECK(ReferenceCast(DType::kF32, DType::kF16, 0x33000000) == 0x0000);  // 2^-25
  CHECK(ReferenceCast(DType::kF32, DType::kF16, 0x33000001) == 0x0001);
  CHECK(ReferenceCast(DType::kF32, DType::kF16, 0x80000000) == 0x8000);
  CHECK(ReferenceCast(DType::kF32, DType::kBF16, 0x3F808000) == 0x3F80);
  CHECK(ReferenceCast(DType::kF32, DType::kBF16, 0x3F818000) == 0x3F82);
  CHECK(ReferenceCast(DType::kF32, DType::kBF16, 0x7F7FFFFF) == 0x7F80);
  CHECK(ReferenceCast(DType::kF16, DType::kF32, 0x0001) == 0x33800000);
  CHECK(ReferenceCast(DType::kF32, DType::kF64, 0x00000001) == 0x36A0000000000000);
  CHECK(ReferenceCast(DType::kF64, DType::kF32, 0xFFF0000000000000) == 0xFF800000);
  // Rounded twice: first to F32, where it becomes the halfway case.
  CHECK(ReferenceCast(DType::kF64, DType::kF16, 0x3FF0020000000001) == 0x3C00);
}

TEST_CASE("cast: the reference knows what PyTorch 2.13 makes of the edges of F8", "[execute]") {
  const auto from_float = [](DType to, float number) {
    uint32_t bits = 0;
    std::memcpy(&bits, &number, 4);
    return ReferenceCast(DType::kF32, to, bits);
  };
  for (const float large : {448.0f, 464.0f, 480.0f, 512.0f, 1e9f, INFINITY}) {
    CHECK(from_float(DType::kF8E4M3, large) == 0x7E);
    CHECK(from_float(DType::kF8E4M3, -large) == 0xFE);
  }
  CHECK(from_float(DType::kF8E4M3, -0.0f) == 0x80);
  CHECK(from_float(DType::kF8E4M3, 0x1p-9f) == 0x01);
  CHECK(from_float(DType::kF8E4M3, 0x1p-10f) == 0x00);
  CHECK(from_float(DType::kF8E4M3, 0x1.004p-10f) == 0x01);
  CHECK(from_float(DType::kF8E5M2, 61439.9f) == 0x7B);
  CHECK(from_float(DType::kF8E5M2, 61440.0f) == 0x7C);
  CHECK(from_float(DType::kF8E5M2, -INFINITY) == 0xFC);
  CHECK(from_float(DType::kF8E4M3Fnuz, 247.9f) == 0x7F);
  CHECK(from_float(DType::kF8E4M3Fnuz, 248.0f) == 0x80);
  CHECK(from_float(DType::kF8E4M3Fnuz, -INFINITY) == 0x80);
  CHECK(from_float(DType::kF8E4M3Fnuz, -0.0f) == 0x00);
  CHECK(from_float(DType::kF8E4M3Fnuz, -0x1p-20f) == 0x00);
  CHECK(from_float(DType::kF8E5M2Fnuz, 61439.9f) == 0x7F);
  CHECK(from_float(DType::kF8E5M2Fnuz, 61440.0f) == 0x80);
  CHECK(from_float(DType::kF8E5M2Fnuz, 0x1p-17f) == 0x01);
  CHECK(from_float(DType::kF8E8M0, 0.0f) == 0x00);
  CHECK(from_float(DType::kF8E8M0, -1.0f) == 0x7F);
  CHECK(from_float(DType::kF8E8M0, 1.4f) == 0x7F);
  CHECK(from_float(DType::kF8E8M0, 1.5f) == 0x80);
  CHECK(from_float(DType::kF8E8M0, 3.0f) == 0x81);
  CHECK(from_float(DType::kF8E8M0, 0x1p-127f) == 0x00);
  CHECK(from_float(DType::kF8E8M0, 0x1.8p-126f) == 0x02);
  CHECK(from_float(DType::kF8E8M0, 0x1.7fp127f) == 0xFE);
  CHECK(from_float(DType::kF8E8M0, 0x1.8p127f) == 0xFF);
  CHECK(from_float(DType::kF8E8M0, INFINITY) == 0xFF);
  CHECK(ReferenceCast(DType::kF8E8M0, DType::kF32, 0x00) == 0x00400000);
  CHECK(ReferenceCast(DType::kF8E4M3, DType::kBF16, 0x7E) == 0x43E0);
  CHECK(ReferenceCast(DType::kF8E5M2, DType::kF16, 0xFC) == 0xFC00);
  CHECK(ReferenceCast(DType::kF8E5M2Fnuz, DType::kF32, 0x01) == 0x37000000);
}

TEST_CASE("cast: all values of the dtypes of 8 and 16 bits", "[execute]") {
  for (const DType from : kCastable) {
    if (BitsOf(from) <= 16) CheckCasts(from, AllBits(from));
  }
}

TEST_CASE("cast: F32 and F64 around every value of the dtypes of 8 and 16 bits", "[execute]") {
  for (const DType narrow : kCastable) {
    if (BitsOf(narrow) > 16) continue;
    // Half of the distance to the next value, in units of F32.
    const int mantissa_bits = narrow == DType::kF16                                      ? 10
                              : narrow == DType::kBF16                                   ? 7
                              : narrow == DType::kF8E4M3 || narrow == DType::kF8E4M3Fnuz ? 3
                              : narrow == DType::kF8E8M0                                 ? 0
                                                                                         : 2;
    const uint64_t half = uint64_t{1} << (22 - mantissa_bits);
    std::vector<uint64_t> single;
    for (const uint64_t bits : AllBits(narrow)) {
      const uint64_t at = ReferenceCast(narrow, DType::kF32, bits);
      for (const uint64_t near : {at, at + 1, at - 1, at + half - 1, at + half, at + half + 1}) {
        single.push_back(near & 0xFFFFFFFF);
      }
      // Without a leading one, values are nearer to each other.
      const uint64_t next = ReferenceCast(narrow, DType::kF32, bits + 1);
      for (const uint64_t near : {(at + next) / 2, (at + next) / 2 + 1}) {
        single.push_back(near & 0xFFFFFFFF);
      }
    }
    CheckCasts(DType::kF32, single);
    std::vector<uint64_t> twice;
    for (const uint64_t bits : single) {
      const uint64_t wide = ReferenceCast(DType::kF32, DType::kF64, bits);
      twice.insert(twice.end(), {wide, wide ^ 1, wide ^ (uint64_t{1} << 28)});
    }
    CheckCasts(DType::kF64, twice);
  }
}

TEST_CASE("cast: random F32 and F64", "[execute]") {
  std::mt19937_64 random(20'240'601);
  std::vector<uint64_t> single(500'000);
  std::vector<uint64_t> twice(500'000);
  for (size_t i = 0; i < single.size(); ++i) {
    single[i] = random() >> 32;
    twice[i] = random();
    // Half of them with exponents near those of the narrower dtypes.
    if (i % 2 == 0) continue;
    single[i] = (single[i] & 0x807FFFFF) | (127 - 30 + random() % 60) << 23;
    twice[i] = (twice[i] & 0x800FFFFFFFFFFFFF) | (1023 - 160 + random() % 320) << 52;
  }
  CheckCasts(DType::kF32, single);
  CheckCasts(DType::kF64, twice);
}

// A box, and how many bytes it reaches over on either side.
struct Box {
  Loops loops;
  uint64_t source_bytes = 0;
  uint64_t target_bytes = 0;
};

// An array in the order of the target, `sizes` outermost first, whose axes stand in the source in
// another order; each innermost axis has `gap` elements of nothing behind each element.
Box BoxOf(DType from, DType to, const std::vector<uint64_t>& sizes,
          const std::vector<size_t>& order, uint64_t source_gap, uint64_t target_gap) {
  Box box;
  box.loops.resize(sizes.size());
  box.source_bytes = BytesOf(from) * (source_gap + 1);
  for (size_t k = sizes.size(); k-- > 0;) {
    box.loops[order[k]].source_stride = box.source_bytes;
    box.source_bytes *= sizes[order[k]];
  }
  box.target_bytes = BytesOf(to) * (target_gap + 1);
  for (size_t k = sizes.size(); k-- > 0;) {
    box.loops[k].count = sizes[k];
    box.loops[k].target_stride = box.target_bytes;
    box.target_bytes *= sizes[k];
  }
  return box;
}

// Casts random bytes, one byte off any alignment, and looks at every element, and that no other
// byte was touched.
void CheckBox(DType from, DType to, const Box& box, std::mt19937_64& random) {
  std::vector<char> source(box.source_bytes + 1);
  for (char& byte : source) byte = static_cast<char>(random() >> 56);
  std::vector<char> target(box.target_bytes + 2, 'x');
  CastKernel(from, to)(box.loops.data(), box.loops.size(), source.data() + 1, target.data() + 1);
  std::vector<char> untouched(target.size(), 'x');
  ForEachStep(box.loops.data(), box.loops.size(), [&](uint64_t at, uint64_t put) {
    CheckElement(from, to, Load(&source[1 + at], from), Load(&target[1 + put], to));
    std::copy_n(&target[1 + put], BytesOf(to), &untouched[1 + put]);
  });
  REQUIRE(target == untouched);
}

template <typename Check>
void ForEachPair(const Check& check) {
  for (const DType from : kCastable) {
    for (const DType to : kCastable) {
      if (from == to) continue;
      CAPTURE(NameOf(from), NameOf(to));
      check(from, to);
    }
  }
}

TEST_CASE("cast: rows of every length up to 70, and long ones", "[execute]") {
  std::mt19937_64 random(7);
  ForEachPair([&](DType from, DType to) {
    for (uint64_t count = 1; count <= 70; ++count) {
      CheckBox(from, to, BoxOf(from, to, {count}, {0}, 0, 0), random);
    }
    for (const uint64_t count : {uint64_t{1003}, uint64_t{5000}}) {
      for (const uint64_t gap : {uint64_t{0}, uint64_t{1}}) {
        CAPTURE(count, gap);
        CheckBox(from, to, BoxOf(from, to, {count}, {0}, gap, 0), random);
        CheckBox(from, to, BoxOf(from, to, {count}, {0}, 0, gap), random);
      }
    }
  });
}

TEST_CASE("cast: one element needs no loop, and a row of none moves nothing", "[execute]") {
  char target[3] = {'x', 'x', 'x'};
  CastKernel(DType::kF8E4M3, DType::kBF16)(nullptr, 0, "\x7E", target);
  CHECK(Load(target, DType::kBF16) == 0x43E0);
  CHECK(target[2] == 'x');
  const Loop none = {0, 1, 2};
  CastKernel(DType::kF8E4M3, DType::kBF16)(&none, 1, "", target);
  CHECK(Load(target, DType::kBF16) == 0x43E0);
}

TEST_CASE("cast: axes in any order", "[execute]") {
  std::mt19937_64 random(8);
  const std::vector<std::vector<uint64_t>> shapes = {{2, 3, 5},  {1, 40, 33}, {3, 2, 70},
                                                     {70, 3, 2}, {2, 65, 31}, {5, 16, 17}};
  ForEachPair([&](DType from, DType to) {
    for (const std::vector<uint64_t>& sizes : shapes) {
      std::vector<size_t> order = {0, 1, 2};
      do {
        const uint64_t gap = random() % 2;
        CAPTURE(sizes, order, gap);
        CheckBox(from, to, BoxOf(from, to, sizes, order, 0, 0), random);
        CheckBox(from, to, BoxOf(from, to, sizes, order, gap, 1 - gap), random);
      } while (std::next_permutation(order.begin(), order.end()));
    }
  });
}

TEST_CASE("cast: one element is repeated", "[execute]") {
  std::mt19937_64 random(9);
  ForEachPair([&](DType from, DType to) {
    Box box = BoxOf(from, to, {40, 50}, {0, 1}, 0, 0);
    for (Loop& loop : box.loops) loop.source_stride = 0;
    CheckBox(from, to, box, random);
  });
}

TEST_CASE("cast: a dtype holds all numbers of another if they survive the way there and back",
          "[execute]") {
  ForEachPair([&](DType from, DType to) {
    std::vector<uint64_t> numbers;
    if (BitsOf(from) <= 16) {
      numbers = AllBits(from);
    } else {
      // Zeros, infinities, the ends of the range, and a mantissa that is full.
      const uint64_t sign = uint64_t{1} << (BitsOf(from) - 1);
      const uint64_t infinity = from == DType::kF64 ? 0x7FF0000000000000 : 0x7F800000;
      numbers = {0, sign, infinity, infinity | sign, infinity - 1, 1, infinity / 2 + 1};
    }
    bool all = true;
    for (const uint64_t bits : numbers) {
      if (IsNan(from, bits)) continue;
      all = all && ReferenceCast(to, from, ReferenceCast(from, to, bits)) == bits;
    }
    CHECK(HoldsAllOf(to, from) == all);
  });
}

TEST_CASE("cast: other dtypes have no conversion", "[execute]") {
  for (const DType dtype : kCastable) CHECK(CastKernel(dtype, dtype) == nullptr);
  for (const DType other : {DType::kI64, DType::kU8, DType::kC64, DType::kF4, DType::kF6E2M3}) {
    CHECK(CastKernel(other, DType::kF32) == nullptr);
    CHECK(CastKernel(DType::kF32, other) == nullptr);
  }
}

}  // namespace
}  // namespace weft::execute
