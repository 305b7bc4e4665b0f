#include "io/scratch_directory.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace weft {
namespace {

namespace fs = std::filesystem;

}  // namespace

ScratchDirectory::ScratchDirectory() {
  std::string pattern = (fs::temp_directory_path() / "weft-test-XXXXXX").string();
  REQUIRE(::mkdtemp(pattern.data()) != nullptr);
  path_ = pattern;
}

ScratchDirectory::~ScratchDirectory() {
  std::error_code error;
  fs::remove_all(path_, error);
}

std::string ScratchDirectory::PathOf(std::string_view name) const {
  return (fs::path(path_) / name).string();
}

std::string ScratchDirectory::Write(std::string_view name, std::string_view content) const {
  const std::string path = PathOf(name);
  fs::create_directories(fs::path(path).parent_path());
  std::ofstream file(path, std::ios::binary);
  file << content;
  REQUIRE(file.flush().good());
  return path;
}

std::string ScratchDirectory::Read(std::string_view name) const {
  std::ifstream file(PathOf(name), std::ios::binary);
  REQUIRE(file.good());
  std::ostringstream content;
  content << file.rdbuf();
  return content.str();
}

std::vector<std::string> ScratchDirectory::Names(std::string_view subdirectory) const {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(PathOf(subdirectory))) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace weft
