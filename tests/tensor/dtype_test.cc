#include "weft/dtype.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

namespace weft {
namespace {

TEST_CASE("dtype: every dtype is found by its own name", "[tensor]") {
  std::set<std::string> names;
  for (int i = 0; i < kDTypeCount; ++i) {
    const auto dtype = static_cast<DType>(i);
    names.insert(std::string(NameOf(dtype)));
    CHECK(DTypeFromName(NameOf(dtype)) == dtype);
  }
  CHECK(names.size() == static_cast<size_t>(kDTypeCount));
}

TEST_CASE("dtype: sizes are those of the safetensors format", "[tensor]") {
  CHECK(BitsOf(DType::kF4) == 4);
  CHECK(BitsOf(DType::kF6E2M3) == 6);
  CHECK(BitsOf(DType::kF6E3M2) == 6);
  for (const DType dtype : {DType::kBool, DType::kU8, DType::kI8, DType::kF8E5M2, DType::kF8E4M3,
                            DType::kF8E8M0, DType::kF8E4M3Fnuz, DType::kF8E5M2Fnuz}) {
    CHECK(BitsOf(dtype) == 8);
  }
  for (const DType dtype : {DType::kI16, DType::kU16, DType::kF16, DType::kBF16}) {
    CHECK(BitsOf(dtype) == 16);
  }
  for (const DType dtype : {DType::kI32, DType::kU32, DType::kF32}) CHECK(BitsOf(dtype) == 32);
  for (const DType dtype : {DType::kC64, DType::kF64, DType::kI64, DType::kU64}) {
    CHECK(BitsOf(dtype) == 64);
  }
}

TEST_CASE("dtype: other spellings are no dtype", "[tensor]") {
  for (const char* name : {"", "f32", "F32 ", "float32", "F8", "F6", "bool"}) {
    CHECK_FALSE(DTypeFromName(name).has_value());
  }
}

TEST_CASE("dtype: integers, truth values and complex numbers are not floating point", "[tensor]") {
  CHECK(IsFloatingPoint(DType::kF4));
  CHECK(IsFloatingPoint(DType::kF8E8M0));
  CHECK(IsFloatingPoint(DType::kBF16));
  CHECK(IsFloatingPoint(DType::kF64));
  CHECK_FALSE(IsFloatingPoint(DType::kC64));
  CHECK_FALSE(IsFloatingPoint(DType::kBool));
  CHECK_FALSE(IsFloatingPoint(DType::kI64));
}

}  // namespace
}  // namespace weft
