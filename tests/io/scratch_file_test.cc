// One nameless file that many have parts of.
#include "io/scratch_file.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <thread>
#include <vector>

#include "io/error_of.h"

namespace weft {
namespace {

TEST_CASE("scratch file: ranges are apart and begin as zeros", "[io]") {
  ScratchFile scratch;
  const auto first = scratch.Take(3);
  const auto none = scratch.Take(0);
  const auto large = scratch.Take(uint64_t{2} << 20);
  const auto last = scratch.Take(4);
  REQUIRE((first.ok() && none.ok() && large.ok() && last.ok()));
  CHECK(scratch.WriteAt(*last, "last", 4).ok());
  CHECK(scratch.WriteAt(*first, "abc", 3).ok());
  std::string read(3, '.');
  REQUIRE(scratch.ReadAt(*first, 3, read.data()).ok());
  CHECK(read == "abc");
  read.assign(4, '.');
  REQUIRE(scratch.ReadAt(*last, 4, read.data()).ok());
  CHECK(read == "last");
  read.assign(uint64_t{2} << 20, '.');
  REQUIRE(scratch.ReadAt(*large, read.size(), read.data()).ok());
  CHECK((read == std::string(read.size(), '\0')));
}

TEST_CASE("scratch file: what no file can hold is refused, and takes nothing", "[io]") {
  ScratchFile scratch;
  REQUIRE(scratch.Take(10).ok());
  CHECK(ErrorNameOf(scratch.Take(std::numeric_limits<uint64_t>::max())) == "CANNOT_WRITE");
  CHECK(ErrorNameOf(scratch.Take(uint64_t{1} << 62)) == "CANNOT_WRITE");
  const auto next = scratch.Take(1);
  REQUIRE(next.ok());
  CHECK(*next == 10);
}

TEST_CASE("scratch file: several threads take ranges of it", "[io]") {
  ScratchFile scratch;
  constexpr uint64_t kTakes = 100;
  std::vector<std::vector<uint64_t>> taken(4);
  std::vector<std::thread> threads;
  for (std::vector<uint64_t>& own : taken) {
    threads.emplace_back([&] {
      const auto number = static_cast<char>(&own - taken.data());
      for (uint64_t i = 0; i < kTakes; ++i) {
        const auto offset = scratch.Take(1);
        if (offset.ok() && scratch.WriteAt(*offset, &number, 1).ok()) own.push_back(*offset);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (size_t i = 0; i < taken.size(); ++i) {
    CHECK(taken[i].size() == kTakes);
    for (const uint64_t offset : taken[i]) {
      char read = -1;
      CHECK(scratch.ReadAt(offset, 1, &read).ok());
      CHECK(read == static_cast<char>(i));
    }
  }
}

}  // namespace
}  // namespace weft
