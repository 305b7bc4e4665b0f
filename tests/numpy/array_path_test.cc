#include "formats/numpy/array_path.h"

#include <catch2/catch.hpp>
#include <filesystem>
#include <set>
#include <string>
#include <vector>

#include "io/error_of.h"
#include "io/path.h"
#include "io/scratch_directory.h"

namespace weft {
namespace {

using numpy::ListArrays;
using numpy::NameOfPath;
using numpy::PathOfName;

TEST_CASE("npy directory: names are paths", "[numpy]") {
  CHECK(*PathOfName("layers.0.weight") == "layers.0.weight.npy");
  CHECK(*PathOfName("a/b.c/d") == "a/b.c/d.npy");
  CHECK(*PathOfName("网") == "网.npy");
  CHECK(*PathOfName("x.npy") == "x.npy.npy");
}

TEST_CASE("npy directory: what a path cannot say is escaped", "[numpy]") {
  CHECK(*PathOfName("..") == "%2E..npy");
  CHECK(*PathOfName("../up") == "%2E./up.npy");
  CHECK(*PathOfName("a/../b") == "a/%2E./b.npy");
  CHECK(*PathOfName(".hidden") == "%2Ehidden.npy");
  CHECK(*PathOfName("/root") == "%2Froot.npy");
  CHECK(*PathOfName("end/") == "end%2F.npy");
  CHECK(*PathOfName("a//b") == "a%2F%2Fb.npy");
  CHECK(*PathOfName("a.npy/b") == "a%2Enpy/b.npy");
  CHECK(*PathOfName("100%") == "100%25.npy");
  CHECK(*PathOfName("C:\\x") == "C%3A%5Cx.npy");
  CHECK(*PathOfName(std::string_view("a\0b\n", 4)) == "a%00b%0A.npy");
}

TEST_CASE("npy directory: every name of a few characters comes back, from a path of its own",
          "[numpy]") {
  const std::string letters = "a./%2";
  std::set<std::string> paths;
  size_t count = 0;
  std::vector<std::string> names = {""};
  for (size_t i = 0; i < names.size(); ++i) {
    for (const char c : letters) {
      if (names[i].size() < 5) names.push_back(names[i] + c);
    }
  }
  for (const std::string& name : names) {
    for (const std::string& full : {name, name + ".npy", name + ".npy/" + name}) {
      if (full.empty()) continue;
      const auto path = PathOfName(full);
      REQUIRE(path.ok());
      INFO(full << " -> " << *path);
      REQUIRE(NameOfPath(*path) == full);
      // Components are plain, and none but the last is taken for a file.
      for (size_t begin = 0; begin <= path->size();) {
        const size_t end = std::min(path->find('/', begin), path->size());
        const std::string component = path->substr(begin, end - begin);
        REQUIRE(IsPlainName(component));
        REQUIRE(component[0] != '.');
        if (end < path->size()) {
          REQUIRE((component.size() < 4 || component.substr(component.size() - 4) != ".npy"));
        }
        begin = end + 1;
      }
      paths.insert(*path);
      ++count;
    }
  }
  std::set<std::string> different(names.begin(), names.end());
  for (const std::string& name : names) {
    different.insert(name + ".npy");
    different.insert(name + ".npy/" + name);
  }
  different.erase("");
  CHECK(count > 10'000);
  CHECK(paths.size() == different.size());
}

TEST_CASE("npy directory: names that no file can have are refused", "[numpy]") {
  CHECK(ErrorNameOf(PathOfName("")) == "BAD_NAME");
  CHECK(ErrorNameOf(PathOfName("\xFF")) == "BAD_NAME");
  CHECK(PathOfName(std::string(251, 'x')).ok());
  CHECK(ErrorNameOf(PathOfName(std::string(252, 'x'))) == "BAD_NAME");
  CHECK(PathOfName(std::string(255, 'x') + "/" + std::string(251, 'x')).ok());
  // As deep as a directory is read.
  std::string deep = "x";
  for (int i = 0; i < 64; ++i) deep = "d/" + deep;
  CHECK(PathOfName(deep).ok());
  CHECK(ErrorNameOf(PathOfName("d/" + deep)) == "BAD_NAME");
  CHECK(ErrorNameOf(PathOfName(std::string(256, 'x') + "/y")) == "BAD_NAME");
}

TEST_CASE("npy directory: a percent sign of others stands for itself", "[numpy]") {
  CHECK(NameOfPath("50%.npy") == "50%");
  CHECK(NameOfPath("50%2.npy") == "50%2");
  CHECK(NameOfPath("50%2f.npy") == "50%2f");
  CHECK(NameOfPath("50%2F.npy") == "50/");
}

TEST_CASE("npy directory: all arrays are found, in natural order of names", "[numpy]") {
  const ScratchDirectory scratch;
  for (const char* path : {"layers.10.w.npy", "layers.9.w.npy", "a/b/c.npy", "a/x%2Fy.npy"}) {
    scratch.Write(path, "");
  }
  for (const char* path : {"config.json", ".hidden.npy", ".git/x.npy", "a/readme.txt"}) {
    scratch.Write(path, "");
  }
  std::filesystem::create_directory_symlink(scratch.PathOf("a"), scratch.PathOf("link"));
  std::filesystem::create_symlink(scratch.PathOf("a/b/c.npy"), scratch.PathOf("linked.npy"));
  const auto arrays = ListArrays(scratch.path(), {});
  REQUIRE(arrays.ok());
  std::vector<std::string> found;
  for (const numpy::ArrayPath& array : *arrays) found.push_back(array.name + " " + array.path);
  CHECK(found == std::vector<std::string>{"a/b/c a/b/c.npy", "a/x/y a/x%2Fy.npy",
                                          "layers.9.w layers.9.w.npy",
                                          "layers.10.w layers.10.w.npy", "linked linked.npy"});
}

TEST_CASE("npy directory: arrays are not looked for among any number of other files", "[numpy]") {
  const ScratchDirectory scratch;
  for (int i = 0; i < 10'000; ++i) scratch.Write("d/" + std::to_string(i), "");
  scratch.Write("e/f/w.npy", "");
  // Beyond the files that are looked at.
  REQUIRE(ListArrays(scratch.path(), {}).ok());
  CHECK(ListArrays(scratch.path(), {})->empty());
  // Nearer than those; then they are too many beside it.
  scratch.Write("w.npy", "");
  CHECK(ListArrays(scratch.path(), {})->size() == 2);
  for (int i = 0; i < 200; ++i) scratch.Write("a/" + std::to_string(i), "");
  CHECK(ErrorNameOf(ListArrays(scratch.path(), {})) == "LIMIT_EXCEEDED");
  // More arrays may have more beside them.
  for (int i = 0; i < 3; ++i) scratch.Write("w" + std::to_string(i) + ".npy", "");
  CHECK(ListArrays(scratch.path(), {})->size() == 5);
}

TEST_CASE("npy directory: two paths of one name are refused", "[numpy]") {
  const ScratchDirectory scratch;
  scratch.Write("a/b.npy", "");
  scratch.Write("a%2Fb.npy", "");
  CHECK(ErrorNameOf(ListArrays(scratch.path(), {})) == "DUPLICATE_NAME");
}

TEST_CASE("npy directory: names that are no UTF-8, too many arrays, too deep directories",
          "[numpy]") {
  const ScratchDirectory scratch;
  scratch.Write("a.npy", "");
  Limits limits;
  limits.tensors = 1;
  CHECK(ListArrays(scratch.path(), limits).ok());
  scratch.Write("b.npy", "");
  CHECK(ErrorNameOf(ListArrays(scratch.path(), limits)) == "LIMIT_EXCEEDED");
  scratch.Write("\xFF.npy", "");
  CHECK(ErrorNameOf(ListArrays(scratch.path(), {})) == "BAD_NAME");
  const ScratchDirectory deep;
  std::string path;
  for (int i = 0; i < 66; ++i) path += "d/";
  deep.Write(path + "a.npy", "");
  CHECK(ErrorNameOf(ListArrays(deep.path(), {})) == "LIMIT_EXCEEDED");
  CHECK(ErrorNameOf(ListArrays(deep.PathOf("none"), {})) == "CANNOT_READ");
}

}  // namespace
}  // namespace weft
