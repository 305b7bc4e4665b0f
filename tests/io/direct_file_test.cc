#include "io/direct_file.h"

#include <catch2/catch.hpp>
#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "io/error_of.h"
#include "io/scratch_directory.h"

namespace weft {
namespace {

std::string Counting(size_t size) {
  std::string bytes;
  for (size_t i = 0; i < size; ++i) bytes += static_cast<char>(i * 7 + i / 251);
  return bytes;
}

TEST_CASE("direct file: any offset, size and address, to the end of the file", "[io]") {
  const ScratchDirectory scratch;
  const std::string content = Counting(5 * kDirectAlignment + 123);
  const auto file = InputFile::Open(scratch.Write("f", content));
  REQUIRE(file.ok());
  const auto direct = DirectFile::Open(*file);
  INFO(direct.status());
  REQUIRE(direct.ok());
  const uint64_t last = content.size();
  for (const uint64_t buffer_bytes : {uint64_t{1}, kDirectAlignment, 3 * kDirectAlignment}) {
    const DirectBuffer buffer(buffer_bytes);
    REQUIRE(buffer.size_bytes() > buffer_bytes);
    for (const uint64_t offset : {uint64_t{0}, uint64_t{1}, uint64_t{4095}, uint64_t{4096},
                                  uint64_t{4097}, uint64_t{8192}, last - 1, last}) {
      for (const uint64_t size : {uint64_t{0}, uint64_t{1}, uint64_t{100}, uint64_t{4096},
                                  uint64_t{8192}, uint64_t{12289}, last - offset}) {
        if (size > last - offset) continue;
        // Where the place allows it, whole blocks are read straight to it.
        const DirectBuffer place(size + 1);
        for (const size_t at : {size_t{0}, size_t{1}}) {
          CAPTURE(buffer_bytes, offset, size, at);
          char* const out = place.data() + at;
          out[size] = '.';
          REQUIRE(direct->ReadAt(offset, size, out, buffer).ok());
          CHECK((std::string(out, size) == content.substr(offset, size)));
          CHECK(out[size] == '.');
        }
      }
    }
  }
}

TEST_CASE("direct file: a file of a few bytes", "[io]") {
  const ScratchDirectory scratch;
  const auto file = InputFile::Open(scratch.Write("f", "abc"));
  REQUIRE(file.ok());
  const auto direct = DirectFile::Open(*file);
  REQUIRE(direct.ok());
  std::string out(2, '.');
  CHECK(direct->ReadAt(1, 2, out.data(), DirectBuffer(1)).ok());
  CHECK(out == "bc");
}

TEST_CASE("direct file: stays open when it is moved, renamed and replaced", "[io]") {
  const ScratchDirectory scratch;
  const auto file = InputFile::Open(scratch.Write("f", "old"));
  REQUIRE(file.ok());
  std::filesystem::rename(scratch.PathOf("f"), scratch.PathOf("g"));
  scratch.Write("f", "new");
  auto direct = DirectFile::Open(*file);
  REQUIRE(direct.ok());
  const DirectFile moved = *std::move(direct);
  std::string out(3, '.');
  CHECK(moved.ReadAt(0, 3, out.data(), DirectBuffer(3)).ok());
  CHECK(out == "old");
}

TEST_CASE("direct file: a file that was cut has changed", "[io]") {
  const ScratchDirectory scratch;
  const auto file = InputFile::Open(scratch.Write("f", Counting(10'000)));
  REQUIRE(file.ok());
  const auto direct = DirectFile::Open(*file);
  REQUIRE(direct.ok());
  std::filesystem::resize_file(scratch.PathOf("f"), 5000);
  std::string out(10'000, '.');
  const DirectBuffer buffer(10'000);
  for (const uint64_t offset : std::vector<uint64_t>{0, 4096, 4999, 5000, 8192}) {
    CAPTURE(offset);
    const absl::Status status = direct->ReadAt(offset, 10'000 - offset, out.data(), buffer);
    CHECK(ErrorNameOf(status) == "INPUT_CHANGED");
    CHECK(ErrorTextOf(status).find("it had 10000 bytes and now ends before byte") !=
          std::string::npos);
  }
  CHECK(direct->ReadAt(0, 5000, out.data(), buffer).ok());
}

TEST_CASE("direct file: a file system without such reads is told", "[io]") {
  const auto file = InputFile::Open("/proc/version");
  REQUIRE(file.ok());
  const auto direct = DirectFile::Open(*file);
  CHECK(ErrorNameOf(direct) == "CANNOT_READ");
  CHECK(ErrorTextOf(direct) ==
        "/proc/version: its file system has no reads past the cache (O_DIRECT)");
}

}  // namespace
}  // namespace weft
