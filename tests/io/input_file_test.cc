#include "io/input_file.h"

#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "io/error_of.h"
#include "io/scratch_directory.h"

namespace weft {
namespace {

namespace fs = std::filesystem;

TEST_CASE("input file: reads exactly what is asked for", "[io]") {
  const ScratchDirectory scratch;
  const auto file = InputFile::Open(scratch.Write("f", "0123456789"));
  REQUIRE(file.ok());
  CHECK(file->size_bytes() == 10);
  CHECK(file->path() == scratch.PathOf("f"));
  std::string out(4, '.');
  REQUIRE(file->ReadAt(3, 4, out.data()).ok());
  CHECK(out == "3456");
  CHECK(file->ReadAt(10, 0, out.data()).ok());
  CHECK(file->CheckUnchanged().ok());
}

TEST_CASE("input file: a mapping shows the file, and outlives it", "[io]") {
  const ScratchDirectory scratch;
  std::shared_ptr<const char> map;
  {
    const auto file = InputFile::Open(scratch.Write("f", "0123456789"));
    REQUIRE(file.ok());
    auto mapped = file->Map();
    REQUIRE(mapped.ok());
    map = *std::move(mapped);
  }
  fs::remove(scratch.PathOf("f"));
  CHECK(std::string(map.get(), 10) == "0123456789");
}

TEST_CASE("input file: an empty file cannot be mapped", "[io]") {
  const ScratchDirectory scratch;
  const auto file = InputFile::Open(scratch.Write("f", ""));
  REQUIRE(file.ok());
  CHECK(ErrorNameOf(file->Map()) == "CANNOT_READ");
}

TEST_CASE("input file: a link leads to the file", "[io]") {
  const ScratchDirectory scratch;
  scratch.Write("f", "abc");
  fs::create_symlink("f", scratch.PathOf("link"));
  const auto file = InputFile::Open(scratch.PathOf("f"));
  const auto link = InputFile::Open(scratch.PathOf("link"));
  REQUIRE(link.ok());
  CHECK(link->identity() == file->identity());
  CHECK_FALSE(link->identity() == FileIdentity{});
}

TEST_CASE("input file: what is no regular file is refused, and a pipe is not waited for", "[io]") {
  const ScratchDirectory scratch;
  REQUIRE(::mkfifo(scratch.PathOf("pipe").c_str(), 0600) == 0);
  CHECK(ErrorNameOf(InputFile::Open(scratch.PathOf("pipe"))) == "NOT_REGULAR_FILE");
  CHECK(ErrorNameOf(InputFile::Open(scratch.path())) == "NOT_REGULAR_FILE");
  CHECK(ErrorNameOf(InputFile::Open("/dev/null")) == "NOT_REGULAR_FILE");
}

TEST_CASE("input file: the system's reason is in the message", "[io]") {
  const ScratchDirectory scratch;
  const auto missing = InputFile::Open(scratch.PathOf("missing\n"));
  CHECK(ErrorNameOf(missing) == "CANNOT_READ");
  CHECK(ErrorTextOf(missing) ==
        scratch.PathOf("missing\\n") + ": cannot open the file: No such file or directory");
  CHECK(ErrorNameOf(InputFile::Open(std::string_view("a\0b", 3))) == "CANNOT_READ");
}

TEST_CASE("input file: a file that is cut or written to has changed", "[io]") {
  const ScratchDirectory scratch;
  const auto file = InputFile::Open(scratch.Write("f", "0123456789"));
  REQUIRE(file.ok());
  fs::resize_file(scratch.PathOf("f"), 5);
  std::string out(10, '.');
  CHECK(ErrorNameOf(file->ReadAt(0, 10, out.data())) == "INPUT_CHANGED");
  CHECK(ErrorNameOf(file->CheckUnchanged()) == "INPUT_CHANGED");

  const auto same_size = InputFile::Open(scratch.Write("g", "01"));
  REQUIRE(same_size.ok());
  fs::last_write_time(scratch.PathOf("g"),
                      fs::file_time_type::clock::now() + std::chrono::hours(1));
  CHECK(ErrorNameOf(same_size->CheckUnchanged()) == "INPUT_CHANGED");
}

TEST_CASE("input file: whether it still reaches so far", "[io]") {
  const ScratchDirectory scratch;
  const auto file = InputFile::Open(scratch.Write("f", "0123456789"));
  REQUIRE(file.ok());
  CHECK(file->CheckReaches(10).ok());
  fs::resize_file(scratch.PathOf("f"), 5);
  CHECK(file->CheckReaches(5).ok());
  CHECK(ErrorNameOf(file->CheckReaches(6)) == "INPUT_CHANGED");
  CHECK(ErrorTextOf(file->CheckReaches(6)) ==
        scratch.PathOf("f") +
            ": the file was cut while it was read: it had 10 bytes and now ends before byte 6");
}

TEST_CASE("input file: stays open when it is moved, renamed and removed", "[io]") {
  const ScratchDirectory scratch;
  auto file = InputFile::Open(scratch.Write("f", "abc"));
  REQUIRE(file.ok());
  InputFile moved = *std::move(file);
  fs::remove(scratch.PathOf("f"));
  std::string out(3, '.');
  CHECK(moved.ReadAt(0, 3, out.data()).ok());
  CHECK(out == "abc");
}

TEST_CASE("text file: read whole, up to a limit", "[io]") {
  const ScratchDirectory scratch;
  const std::string path = scratch.Write("f", "abc");
  CHECK(*ReadTextFile(path, 3) == "abc");
  CHECK(ErrorNameOf(ReadTextFile(path, 2)) == "LIMIT_EXCEEDED");
  CHECK(ReadTextFile(scratch.Write("empty", ""), 0)->empty());
}

}  // namespace
}  // namespace weft
