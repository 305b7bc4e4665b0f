#include "weft/version.h"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>
#include <string>

namespace weft {
namespace {

TEST_CASE("version: the header, the library and the build agree", "[tensor]") {
  const std::string version(Version());
  std::ostringstream numbers;
  numbers << WEFT_VERSION_MAJOR << '.' << WEFT_VERSION_MINOR << '.' << WEFT_VERSION_PATCH;
  CHECK(version == numbers.str());

  std::ifstream file(WEFT_SOURCE_DIR "/CMakeLists.txt");
  std::stringstream build;
  build << file.rdbuf();
  CHECK(build.str().find("project(weft VERSION " + version + " ") != std::string::npos);
}

}  // namespace
}  // namespace weft
