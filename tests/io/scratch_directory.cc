#include "io/scratch_directory.h"

#include <algorithm>
#include <filesystem>

namespace weft {

std::string ScratchDirectory::PathOf(std::string_view name) const {
  return (directory_.path() / name).string();
}

std::string ScratchDirectory::Write(std::string_view name, std::string_view content) const {
  std::string path = PathOf(name);
  std::filesystem::create_directories(std::filesystem::path(path).parent_path());
  test::WriteFile(path, std::string(content));
  return path;
}

std::vector<std::string> ScratchDirectory::Names(std::string_view subdirectory) const {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(PathOf(subdirectory))) {
    names.push_back(entry.path().filename().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace weft
