#include "io/output_file.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <filesystem>
#include <iterator>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "io/error_of.h"
#include "io/scratch_directory.h"

namespace weft {
namespace {

namespace fs = std::filesystem;

TEST_CASE("output file: appears under its name only when published", "[io]") {
  const ScratchDirectory scratch;
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(directory.ok());
  auto file = OutputFile::CreateTemporary(*directory, "f");
  REQUIRE(file.ok());
  REQUIRE(file->Preallocate(6).ok());
  REQUIRE(file->WriteAt(3, "def").ok());
  REQUIRE(file->WriteAt(0, "abc").ok());
  REQUIRE(file->Sync().ok());
  CHECK(scratch.Names().at(0).find(".f.weft-") == 0);
  CHECK(scratch.Names().size() == 1);
  REQUIRE(file->Publish("f", false).ok());
  CHECK(file->path() == scratch.PathOf("f"));
  CHECK(scratch.Names() == std::vector<std::string>{"f"});
  CHECK(scratch.Read("f") == "abcdef");
}

TEST_CASE("output file: a parked file is used as before, and holds no descriptor", "[io]") {
  const ScratchDirectory scratch;
  const auto source = InputFile::Open(scratch.Write("source", "0123456789"));
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(source.ok());
  REQUIRE(directory.ok());
  const auto descriptors = [] {
    return std::distance(fs::directory_iterator("/proc/self/fd"), fs::directory_iterator());
  };
  const auto before = descriptors();
  auto file = OutputFile::CreateTemporary(*directory, "f");
  REQUIRE(file.ok());
  CHECK(descriptors() == before + 1);
  REQUIRE(file->WriteAt(0, "abc").ok());
  file->Park();
  file->Park();
  CHECK(descriptors() == before);
  REQUIRE(file->Preallocate(8).ok());
  REQUIRE(file->WriteAt(1, "BC").ok());
  CHECK(file->CopyAt(3, *source, 4, 5) == 5);
  REQUIRE(file->Sync().ok());
  CHECK(descriptors() == before);
  REQUIRE(file->Publish("f", false).ok());
  REQUIRE(file->WriteAt(0, "A").ok());
  CHECK(scratch.Read("f") == "ABC45678");

  auto given_up = OutputFile::Create(*directory, "g");
  REQUIRE(given_up.ok());
  given_up->Park();
  fs::remove(scratch.PathOf("g"));
  CHECK(ErrorNameOf(given_up->WriteAt(0, "x")) == "CANNOT_WRITE");
  CHECK(ErrorNameOf(given_up->Sync()) == "CANNOT_WRITE");
  CHECK(given_up->CopyAt(0, *source, 0, 1) == 0);
  scratch.Write("g", "");
  given_up = OutputFile::Create(*directory, "h");
  CHECK(scratch.Names() == std::vector<std::string>{"f", "h", "source"});
}

TEST_CASE("output file: creating what exists fails, and leaves it", "[io]") {
  const ScratchDirectory scratch;
  scratch.Write("f", "mine");
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(directory.ok());
  CHECK(ErrorNameOf(OutputFile::Create(*directory, "f")) == "CANNOT_WRITE");
  CHECK(scratch.Read("f") == "mine");
}

TEST_CASE("output file: the system copies a part of another file", "[io]") {
  const ScratchDirectory scratch;
  std::string content;
  for (int i = 0; i < 30'000; ++i) content += static_cast<char>(i * 7 + i / 251);
  const auto source = InputFile::Open(scratch.Write("source", content));
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(source.ok());
  REQUIRE(directory.ok());
  auto file = OutputFile::Create(*directory, "f");
  REQUIRE(file.ok());
  REQUIRE(file->Preallocate(20'000).ok());
  REQUIRE(file->WriteAt(0, std::string(20'000, '.')).ok());
  CHECK(file->CopyAt(5, *source, 9001, 12'345) == 12'345);
  CHECK(file->CopyAt(5, *source, 9001, 0) == 0);
  file->Keep();
  const std::string expected =
      std::string(5, '.') + content.substr(9001, 12'345) + std::string(20'000 - 12'350, '.');
  CHECK((scratch.Read("f") == expected));
}

TEST_CASE("output file: the system copies up to the end of a file, and not from every file system",
          "[io]") {
  const ScratchDirectory scratch;
  const auto source = InputFile::Open(scratch.Write("source", "0123456789"));
  const auto refused = InputFile::Open("/proc/version");
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(source.ok());
  REQUIRE(refused.ok());
  REQUIRE(directory.ok());
  const auto file = OutputFile::Create(*directory, "f");
  REQUIRE(file.ok());
  CHECK(file->CopyAt(0, *source, 6, 10) == 4);
  CHECK(file->CopyAt(4, *source, 10, 10) == 0);
  CHECK(file->CopyAt(4, *refused, 0, 10) == 0);
  CHECK(scratch.Read("f") == "6789");
}

TEST_CASE("output file: nothing is left of one that was not published", "[io]") {
  const ScratchDirectory scratch;
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(directory.ok());
  {
    const auto temporary = OutputFile::CreateTemporary(*directory, "f");
    const auto named = OutputFile::Create(*directory, "g");
    REQUIRE(temporary.ok());
    REQUIRE(named.ok());
    CHECK(scratch.Names().size() == 2);
  }
  CHECK(scratch.Names().empty());
  {
    auto kept = OutputFile::Create(*directory, "g");
    REQUIRE(kept.ok());
    kept->Keep();
    const OutputFile moved = *std::move(kept);
  }
  CHECK(scratch.Names() == std::vector<std::string>{"g"});
}

TEST_CASE("output file: what exists is replaced only when asked", "[io]") {
  const ScratchDirectory scratch;
  scratch.Write("f", "old");
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(directory.ok());
  auto file = OutputFile::CreateTemporary(*directory, "f");
  REQUIRE(file.ok());
  REQUIRE(file->WriteAt(0, "new").ok());
  CHECK(ErrorNameOf(file->Publish("f", false)) == "OUTPUT_EXISTS");
  CHECK(scratch.Read("f") == "old");
  CHECK(file->Publish("f", true).ok());
  CHECK(scratch.Read("f") == "new");
}

TEST_CASE("output file: no link is followed", "[io]") {
  const ScratchDirectory scratch;
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(directory.ok());
  fs::create_symlink("elsewhere", scratch.PathOf("f"));
  CHECK(ErrorNameOf(OutputFile::Create(*directory, "f")) == "CANNOT_WRITE");
  auto file = OutputFile::CreateTemporary(*directory, "f");
  REQUIRE(file.ok());
  CHECK(ErrorNameOf(file->Publish("f", false)) == "OUTPUT_EXISTS");
  CHECK(file->Publish("f", true).ok());
  CHECK(scratch.Names() == std::vector<std::string>{"f"});
  CHECK(fs::is_regular_file(fs::symlink_status(scratch.PathOf("f"))));
}

TEST_CASE("output file: permissions are what the umask leaves", "[io]") {
  const ScratchDirectory scratch;
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(directory.ok());
  const mode_t before = ::umask(0027);
  const auto file = OutputFile::CreateTemporary(*directory, "f");
  ::umask(before);
  REQUIRE(file.ok());
  struct stat info;
  REQUIRE(::stat(file->path().c_str(), &info) == 0);
  CHECK((info.st_mode & 0777) == 0640);
}

TEST_CASE("output file: space that is not there is known before anything is written", "[io]") {
  const ScratchDirectory scratch;
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(directory.ok());
  const auto file = OutputFile::CreateTemporary(*directory, "f");
  REQUIRE(file.ok());
  const absl::Status status = file->Preallocate(std::numeric_limits<int64_t>::max());
  CHECK(ErrorNameOf(status) == "CANNOT_WRITE");
  CHECK(ErrorTextOf(status).find("cannot reserve 9223372036854775807 bytes") != std::string::npos);
  CHECK(file->Preallocate(0).ok());
}

TEST_CASE("output file: a limit on file sizes is an error and no signal", "[io]") {
  const ScratchDirectory scratch;
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(directory.ok());
  const auto file = OutputFile::CreateTemporary(*directory, "f");
  REQUIRE(file.ok());
  rlimit before = {};
  REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
  const rlimit small = {4096, before.rlim_max};
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &small) == 0);
  const absl::Status too_large = file->Preallocate(4097);
  const absl::Status fits = file->Preallocate(4096);
  REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
  CHECK(ErrorNameOf(too_large) == "CANNOT_WRITE");
  CHECK(fits.ok());
}

TEST_CASE("output file: a long name has a temporary name that fits", "[io]") {
  const ScratchDirectory scratch;
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(directory.ok());
  const std::string name(255, 'n');
  auto file = OutputFile::CreateTemporary(*directory, name);
  REQUIRE(file.ok());
  CHECK(file->Publish(name, false).ok());
  CHECK(scratch.Names() == std::vector<std::string>{name});
}

TEST_CASE("output file: a directory that is gone cannot be written to", "[io]") {
  const ScratchDirectory scratch;
  fs::create_directory(scratch.PathOf("d"));
  const auto directory = Directory::Open(scratch.PathOf("d"));
  REQUIRE(directory.ok());
  fs::remove(scratch.PathOf("d"));
  CHECK(ErrorNameOf(OutputFile::CreateTemporary(*directory, "f")) == "CANNOT_WRITE");
}

}  // namespace
}  // namespace weft
