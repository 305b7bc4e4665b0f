#include "io/output_directory.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "io/error_of.h"
#include "io/output_file.h"
#include "io/scratch_directory.h"

namespace weft {
namespace {

namespace fs = std::filesystem;

// A directory to be published as "out", with a file of that name and content.
OutputDirectory NewOutput(const Directory& parent, std::string_view name,
                          std::string_view content) {
  auto output = OutputDirectory::CreateTemporary(parent, "out");
  REQUIRE(output.ok());
  auto file = OutputFile::Create(output->directory(), name);
  REQUIRE(file.ok());
  REQUIRE(file->WriteAt(0, content).ok());
  file->Keep();
  return *std::move(output);
}

TEST_CASE("output directory: appears with everything in it, or not at all", "[io]") {
  const ScratchDirectory scratch;
  const auto parent = Directory::Open(scratch.path());
  REQUIRE(parent.ok());
  {
    const OutputDirectory dropped = NewOutput(*parent, "weights", "x");
  }
  CHECK(scratch.Names().empty());

  OutputDirectory output = NewOutput(*parent, "weights", "x");
  CHECK_FALSE(fs::exists(scratch.PathOf("out")));
  REQUIRE(output.Publish().ok());
  CHECK(scratch.Names() == std::vector<std::string>{"out"});
  CHECK(scratch.Read("out/weights") == "x");
}

TEST_CASE("output directory: what exists stays unless it may be replaced", "[io]") {
  const ScratchDirectory scratch;
  const auto parent = Directory::Open(scratch.path());
  REQUIRE(parent.ok());
  fs::create_directory(scratch.PathOf("out"));
  {
    OutputDirectory output = NewOutput(*parent, "weights", "x");
    CHECK(ErrorNameOf(output.Publish()) == "OUTPUT_EXISTS");
  }
  CHECK(scratch.Names() == std::vector<std::string>{"out"});
  CHECK(scratch.Names("out").empty());
}

TEST_CASE("output directory: replacing keeps what is not replaced", "[io]") {
  const ScratchDirectory scratch;
  scratch.Write("out/weights-old", "old");
  scratch.Write("out/weights", "old");
  scratch.Write("out/config.json", "{}");
  scratch.Write("out/sub/file", "deep");
  const auto parent = Directory::Open(scratch.path());
  REQUIRE(parent.ok());
  OutputDirectory output = NewOutput(*parent, "weights", "new");
  REQUIRE(output.PublishOver({"weights", "weights-old"}).ok());
  CHECK(scratch.Names() == std::vector<std::string>{"out"});
  CHECK(scratch.Names("out") == std::vector<std::string>{"config.json", "sub", "weights"});
  CHECK(scratch.Read("out/weights") == "new");
  CHECK(scratch.Read("out/sub/file") == "deep");
}

TEST_CASE("output directory: a new file comes before an old one of its name", "[io]") {
  const ScratchDirectory scratch;
  scratch.Write("out/config.json", "old");
  const auto parent = Directory::Open(scratch.path());
  REQUIRE(parent.ok());
  OutputDirectory output = NewOutput(*parent, "config.json", "new");
  REQUIRE(output.PublishOver({"weights"}).ok());
  CHECK(scratch.Read("out/config.json") == "new");
  CHECK(scratch.Names() == std::vector<std::string>{"out"});
}

TEST_CASE("output directory: what is replaced may be in directories", "[io]") {
  const ScratchDirectory scratch;
  for (const char* const path : {"out/a/old", "out/a/notes", "out/b/c/old", "out/d/old", "out/d/e",
                                 "out/layers/old", "out/layers/notes", "out/layers/weights"}) {
    scratch.Write(path, "old");
  }
  const auto parent = Directory::Open(scratch.path());
  REQUIRE(parent.ok());
  OutputDirectory output = NewOutput(*parent, "weights", "new");
  {
    const auto layers = output.directory().OpenOrMakeEntry("layers");
    REQUIRE(layers.ok());
    auto file = OutputFile::Create(*layers, "weights");
    REQUIRE(file.ok());
    file->Keep();
  }
  REQUIRE(output.PublishOver({"a/old", "b/c/old", "d/old", "layers/old"}).ok());
  CHECK(scratch.Names() == std::vector<std::string>{"out"});
  CHECK(scratch.Names("out") == std::vector<std::string>{"a", "d", "layers", "weights"});
  CHECK(scratch.Names("out/a") == std::vector<std::string>{"notes"});
  CHECK(scratch.Names("out/d") == std::vector<std::string>{"e"});
  CHECK(scratch.Names("out/layers") == std::vector<std::string>{"notes", "weights"});
  CHECK(scratch.Read("out/layers/weights").empty());
}

TEST_CASE("output directory: replacing nothing is publishing", "[io]") {
  const ScratchDirectory scratch;
  const auto parent = Directory::Open(scratch.path());
  REQUIRE(parent.ok());
  OutputDirectory output = NewOutput(*parent, "weights", "x");
  REQUIRE(output.PublishOver({"weights"}).ok());
  CHECK(scratch.Names() == std::vector<std::string>{"out"});
}

TEST_CASE("output directory: a link in its place is replaced, and not what it leads to", "[io]") {
  const ScratchDirectory scratch;
  scratch.Write("real/weights", "real");
  fs::create_directory_symlink("real", scratch.PathOf("out"));
  const auto parent = Directory::Open(scratch.path());
  REQUIRE(parent.ok());
  OutputDirectory output = NewOutput(*parent, "weights", "new");
  REQUIRE(output.PublishOver({"weights"}).ok());
  CHECK(scratch.Names() == std::vector<std::string>{"out", "real"});
  CHECK(scratch.Read("out/weights") == "new");
  CHECK(scratch.Read("real/weights") == "real");
}

}  // namespace
}  // namespace weft
