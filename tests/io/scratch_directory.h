// A temporary directory that is written and read by names.
#ifndef WEFT_TESTS_IO_SCRATCH_DIRECTORY_H_
#define WEFT_TESTS_IO_SCRATCH_DIRECTORY_H_

#include <string>
#include <string_view>
#include <vector>

#include "files/temporary_directory.h"

namespace weft {

class ScratchDirectory {
 public:
  std::string path() const { return directory_.path().string(); }
  std::string PathOf(std::string_view name) const;

  // Writes a file and returns its path; directories in `name` are made.
  std::string Write(std::string_view name, std::string_view content) const;

  // The content of a file; fails the test when it cannot be read.
  std::string Read(std::string_view name) const { return test::ReadFile(PathOf(name)); }

  // Names of the entries, hidden ones too, ordered as bytes.
  std::vector<std::string> Names(std::string_view subdirectory = "") const;

 private:
  test::TemporaryDirectory directory_;
};

}  // namespace weft

#endif  // WEFT_TESTS_IO_SCRATCH_DIRECTORY_H_
