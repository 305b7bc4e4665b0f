// A conversion that must not happen.
#ifndef WEFT_TESTS_END_TO_END_REFUSAL_H_
#define WEFT_TESTS_END_TO_END_REFUSAL_H_

#include <string>
#include <vector>

#include "files/safetensors_files.h"

namespace weft::test {

struct Refusal {
  int exit_code = -1;
  // Of stderr, with SRC for the path of the source.
  std::vector<std::string> lines;

  // "" when there is none, so that a test that expects a line fails.
  std::string line(size_t number) const { return number < lines.size() ? lines[number] : ""; }
};

// Runs `weft convert` on a mixtral directory with these shards, once to a file and once to a
// directory, both below a directory that is not there. `mapping` is the text of a mapping file;
// where it is empty, the mapping is detected. Fails the test when anything is on the disk
// afterwards that was not there before, when stdout has text, or when the two runs differ.
Refusal Refuse(const std::vector<FileTensors>& shards, const std::string& mapping = "",
               const std::vector<std::string>& options = {});

}  // namespace weft::test

#endif  // WEFT_TESTS_END_TO_END_REFUSAL_H_
