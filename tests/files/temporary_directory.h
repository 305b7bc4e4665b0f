// A directory for one test, and the files in it.
#ifndef WEFT_TESTS_FILES_TEMPORARY_DIRECTORY_H_
#define WEFT_TESTS_FILES_TEMPORARY_DIRECTORY_H_

#include <filesystem>
#include <string>
#include <vector>

namespace weft::test {

// A fresh directory that disappears with its owner.
class TemporaryDirectory {
 public:
  TemporaryDirectory();
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory();

  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Names of everything below `directory`, relative to it, sorted.
std::vector<std::string> ListTree(const std::filesystem::path& directory);

std::string ReadFile(const std::string& path);
void WriteFile(const std::string& path, const std::string& content);

}  // namespace weft::test

#endif  // WEFT_TESTS_FILES_TEMPORARY_DIRECTORY_H_
