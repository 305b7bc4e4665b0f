#include "io/path.h"

#include <catch2/catch.hpp>

namespace weft {
namespace {

TEST_CASE("path: cut before the last component", "[io]") {
  struct Case {
    const char* path;
    const char* directory;
    const char* name;
  };
  for (const Case& c : {Case{"a", ".", "a"}, Case{"a/b", "a", "b"}, Case{"a/b///", "a", "b"},
                        Case{"a//b", "a", "b"}, Case{"/b", "/", "b"}, Case{"/", "/", ""},
                        Case{"", ".", ""}, Case{"../x", "..", "x"}, Case{"//b", "/", "b"}}) {
    CAPTURE(c.path);
    const SplitPath split = SplitAtName(c.path);
    CHECK(split.directory == c.directory);
    CHECK(split.name == c.name);
  }
}

TEST_CASE("path: joined with one slash", "[io]") {
  CHECK(Join("a", "b") == "a/b");
  CHECK(Join("/", "b") == "/b");
  CHECK(Join("a/", "b") == "a/b");
}

TEST_CASE("path: a plain name leads nowhere else", "[io]") {
  for (const char* name : {"model.safetensors", "..a", "a..", "...", "größe", " "}) {
    CHECK(IsPlainName(name));
  }
  for (const char* name :
       {"", ".", "..", "/", "a/b", "../a", "/etc/passwd", "a\\b", "C:a", "http://host/a"}) {
    CAPTURE(name);
    CHECK_FALSE(IsPlainName(name));
  }
  CHECK_FALSE(IsPlainName(std::string_view("a\0b", 3)));
}

}  // namespace
}  // namespace weft
