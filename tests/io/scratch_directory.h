// A directory for one test.
#ifndef WEFT_TESTS_IO_SCRATCH_DIRECTORY_H_
#define WEFT_TESTS_IO_SCRATCH_DIRECTORY_H_

#include <string>
#include <string_view>
#include <vector>

namespace weft {

// Made empty, and removed with all that is in it.
class ScratchDirectory {
 public:
  ScratchDirectory();
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory();

  const std::string& path() const { return path_; }
  std::string PathOf(std::string_view name) const;

  // Writes a file and returns its path; directories in `name` are made.
  std::string Write(std::string_view name, std::string_view content) const;

  // The content of a file; fails the test when it cannot be read.
  std::string Read(std::string_view name) const;

  // Names of the entries, hidden ones too, ordered as bytes.
  std::vector<std::string> Names(std::string_view subdirectory = "") const;

 private:
  std::string path_;
};

}  // namespace weft

#endif  // WEFT_TESTS_IO_SCRATCH_DIRECTORY_H_
