#include "io/memory_block.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <memory>

#include "io/error_of.h"

namespace weft {
namespace {

TEST_CASE("memory block: zeros, aligned, there as long as a copy of the pointer", "[io]") {
  for (const uint64_t size : {uint64_t{1}, uint64_t{4097}, uint64_t{5} << 20}) {
    std::shared_ptr<char> copy;
    {
      const auto block = NewMemoryBlock(size);
      REQUIRE(block.ok());
      CHECK(reinterpret_cast<uintptr_t>(block->get()) % 4096 == 0);
      copy = *block;
    }
    CHECK(std::all_of(copy.get(), copy.get() + size, [](char c) { return c == 0; }));
    copy.get()[size - 1] = 'x';
    CHECK(copy.get()[size - 1] == 'x');
  }
}

TEST_CASE("memory block: more than the system has is refused", "[io]") {
  const auto block = NewMemoryBlock(uint64_t{1} << 60);
  CHECK(ErrorNameOf(block) == "LIMIT_EXCEEDED");
  CHECK(ErrorTextOf(block) ==
        "memory: the system does not give 1152921504606846976 bytes for tensors");
}

}  // namespace
}  // namespace weft
