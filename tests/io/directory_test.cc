#include "io/directory.h"

#include <catch2/catch.hpp>
#include <cerrno>
#include <filesystem>
#include <set>
#include <string>

#include "io/error_of.h"
#include "io/scratch_directory.h"

namespace weft {
namespace {

namespace fs = std::filesystem;

TEST_CASE("directory: opened or made", "[io]") {
  const ScratchDirectory scratch;
  scratch.Write("file", "");
  CHECK(Directory::Open(scratch.path()).ok());
  CHECK(ErrorNameOf(Directory::Open(scratch.PathOf("none"))) == "CANNOT_READ");
  CHECK(ErrorNameOf(Directory::Open(scratch.PathOf("file"))) == "NOT_REGULAR_FILE");

  CHECK(Directory::OpenOrMake(scratch.PathOf("a/b/c")).ok());
  CHECK(Directory::OpenOrMake(scratch.PathOf("a/b")).ok());
  CHECK(fs::is_directory(scratch.PathOf("a/b/c")));
  CHECK(ErrorNameOf(Directory::OpenOrMake(scratch.PathOf("file/x"))) == "CANNOT_WRITE");

  CHECK(Directory::OpenOrMake(scratch.PathOf("a/../b")).ok());
  CHECK(ErrorNameOf(Directory::OpenOrMake(scratch.PathOf("none/../b"))) == "CANNOT_WRITE");
  CHECK(ErrorNameOf(Directory::OpenOrMake(scratch.PathOf("a/none/x/.."))) == "CANNOT_WRITE");
  CHECK_FALSE(fs::exists(scratch.PathOf("none")));
  CHECK_FALSE(fs::exists(scratch.PathOf("a/none")));
}

TEST_CASE("directory: names and kinds of its entries", "[io]") {
  const ScratchDirectory scratch;
  scratch.Write("file", "");
  scratch.Write("d/inner", "");
  fs::create_symlink("file", scratch.PathOf("link"));
  fs::create_symlink("nowhere", scratch.PathOf("dangling"));
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(directory.ok());
  CHECK(*directory->Names() == std::vector<std::string>{"d", "dangling", "file", "link"});
  CHECK(*directory->Names() == *directory->Names());

  CHECK(directory->KindOf("file") == EntryKind::kFile);
  CHECK(directory->KindOf("d") == EntryKind::kDirectory);
  CHECK(directory->KindOf("link") == EntryKind::kFile);
  CHECK(directory->KindOf("dangling") == EntryKind::kNone);
  CHECK(directory->KindOf("none") == EntryKind::kNone);
  CHECK(directory->OwnKindOf("link") == EntryKind::kOther);
  CHECK(directory->OwnKindOf("dangling") == EntryKind::kOther);

  CHECK(directory->OpenEntry("d").ok());
  fs::create_directory_symlink("d", scratch.PathOf("dlink"));
  CHECK(ErrorNameOf(directory->OpenEntry("dlink")) == "CANNOT_READ");
}

TEST_CASE("directory: renaming to a name that is free, over one, and in exchange", "[io]") {
  const ScratchDirectory scratch;
  scratch.Write("a", "A");
  scratch.Write("b", "B");
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(directory.ok());
  CHECK(ErrorNameOf(directory->RenameNew("a", "b")) == "OUTPUT_EXISTS");
  CHECK(ErrorNameOf(directory->RenameNew("none", "c")) == "CANNOT_WRITE");
  CHECK(directory->Exchange("a", "b").ok());
  CHECK(scratch.Read("a") == "B");
  CHECK(scratch.Read("b") == "A");
  CHECK(ErrorNameOf(directory->Exchange("a", "none")) == "CANNOT_WRITE");
  CHECK(directory->RenameNew("a", "c").ok());
  CHECK(directory->Replace("c", "b").ok());
  CHECK(scratch.Names() == std::vector<std::string>{"b"});
  CHECK(scratch.Read("b") == "B");
  CHECK(directory->Sync().ok());
}

TEST_CASE("directory: removal takes a whole tree and follows no link", "[io]") {
  const ScratchDirectory scratch;
  scratch.Write("outside/file", "stays");
  scratch.Write("tree/a/b/file", "");
  scratch.Write("tree/file", "");
  fs::create_directory_symlink("../../outside", scratch.PathOf("tree/a/link"));
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(directory.ok());
  CHECK(directory->Remove("tree").ok());
  CHECK(scratch.Names() == std::vector<std::string>{"outside"});
  CHECK(scratch.Read("outside/file") == "stays");
  CHECK(ErrorNameOf(directory->Remove("tree")) == "CANNOT_WRITE");
}

TEST_CASE("directory: a temporary name is tried until one is free", "[io]") {
  const ScratchDirectory scratch;
  const auto directory = Directory::Open(scratch.path());
  REQUIRE(directory.ok());
  std::set<std::string> tried;
  const auto name = MakeTemporary(*directory, "n", [&](const std::string& candidate) {
    tried.insert(candidate);
    return tried.size() < 3 ? EEXIST : 0;
  });
  REQUIRE(name.ok());
  CHECK(tried.size() == 3);
  CHECK(tried.count(*name) == 1);
  CHECK(name->find(".n.weft-") == 0);
  CHECK(name->size() == std::string(".n.weft-XXXXXX").size());

  CHECK(ErrorNameOf(MakeTemporary(*directory, "n", [](const std::string&) { return EACCES; })) ==
        "CANNOT_WRITE");
  CHECK(ErrorNameOf(MakeTemporary(*directory, "n", [](const std::string&) { return EEXIST; })) ==
        "CANNOT_WRITE");
}

}  // namespace
}  // namespace weft
