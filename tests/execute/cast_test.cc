#include "execute/cast.h"

#include <catch2/catch.hpp>
#include <cstring>
#include <random>
#include <vector>

#include "execute/reference.h"

namespace weft::execute {
namespace {

constexpr DType kCastable[] = {DType::kF64, DType::kF32, DType::kF16, DType::kBF16};

uint64_t Cast(DType from, DType to, uint64_t bits) {
  char source[8];
  std::memcpy(source, &bits, 8);
  uint64_t result = 0;
  CastKernel(from, to)(nullptr, 0, source, reinterpret_cast<char*>(&result));
  return result;
}

void CheckCast(DType from, DType to, uint64_t bits) {
  const uint64_t expected = ReferenceCast(from, to, bits);
  const uint64_t got = Cast(from, to, bits);
  if (IsNan(to, expected) ? IsNan(to, got) : got == expected) return;
  CAPTURE(NameOf(from), NameOf(to), bits, expected, got);
  FAIL("wrong cast");
}

void CheckCasts(DType from, uint64_t bits) {
  for (const DType to : kCastable) {
    if (to != from) CheckCast(from, to, bits);
  }
}

TEST_CASE("cast: the reference knows what is written in the standard", "[execute]") {
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

TEST_CASE("cast: all values of the 16-bit dtypes", "[execute]") {
  for (uint64_t bits = 0; bits < 1 << 16; ++bits) {
    CheckCasts(DType::kF16, bits);
    CheckCasts(DType::kBF16, bits);
  }
}

TEST_CASE("cast: F32 and F64 around every value of the 16-bit dtypes", "[execute]") {
  for (const DType narrow : {DType::kF16, DType::kBF16}) {
    for (uint64_t bits = 0; bits < 1 << 16; ++bits) {
      // Halfway to the next value, a little less, a little more, and the value itself.
      const uint64_t at = ReferenceCast(narrow, DType::kF32, bits);
      const uint64_t half = narrow == DType::kF16 ? 1 << 12 : 1 << 15;
      for (const uint64_t near : {at, at + 1, at + half - 1, at + half, at + half + 1}) {
        CheckCasts(DType::kF32, near & 0xFFFFFFFF);
        CheckCasts(DType::kF64, ReferenceCast(DType::kF32, DType::kF64, near & 0xFFFFFFFF));
        CheckCasts(DType::kF64, ReferenceCast(DType::kF32, DType::kF64, near & 0xFFFFFFFF) ^ 1);
      }
    }
  }
}

TEST_CASE("cast: random F32 and F64", "[execute]") {
  std::mt19937_64 random(20'240'601);
  for (int i = 0; i < 400'000; ++i) {
    CheckCasts(DType::kF32, random() >> 32);
    CheckCasts(DType::kF64, random());
    // Exponents near those of the narrower dtypes.
    const uint64_t exponent = 1023 - 160 + random() % 320;
    CheckCasts(DType::kF64, (random() & 0x800FFFFFFFFFFFFF) | exponent << 52);
  }
}

TEST_CASE("cast: a row of numbers is cast like each alone", "[execute]") {
  std::mt19937_64 random(7);
  for (const DType from : kCastable) {
    for (const DType to : kCastable) {
      if (from == to) continue;
      const auto from_bytes = static_cast<size_t>(BitsOf(from)) / 8;
      const auto to_bytes = static_cast<size_t>(BitsOf(to)) / 8;
      constexpr size_t kCount = 1003;
      // One byte off, as in a file whose header has an odd length.
      std::vector<char> source(kCount * from_bytes + 1);
      for (char& byte : source) byte = static_cast<char>(random() >> 56);
      std::vector<char> target(kCount * to_bytes + 1);
      const Loop loop = {kCount, from_bytes, to_bytes};
      CastKernel(from, to)(&loop, 1, source.data() + 1, target.data() + 1);
      for (size_t i = 0; i < kCount; ++i) {
        uint64_t bits = 0;
        std::memcpy(&bits, source.data() + 1 + i * from_bytes, from_bytes);
        uint64_t got = 0;
        std::memcpy(&got, target.data() + 1 + i * to_bytes, to_bytes);
        const uint64_t expected = ReferenceCast(from, to, bits);
        CAPTURE(NameOf(from), NameOf(to), i, bits);
        REQUIRE((IsNan(to, expected) ? IsNan(to, got) : got == expected));
      }
    }
  }
}

TEST_CASE("cast: other dtypes have no conversion", "[execute]") {
  CHECK(CastKernel(DType::kF32, DType::kF32) == nullptr);
  CHECK(CastKernel(DType::kI64, DType::kF32) == nullptr);
  CHECK(CastKernel(DType::kF32, DType::kI64) == nullptr);
  CHECK(CastKernel(DType::kF8E4M3, DType::kBF16) == nullptr);
}

}  // namespace
}  // namespace weft::execute
