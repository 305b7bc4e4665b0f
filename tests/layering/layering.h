// Which part of the tree may include what.
#ifndef WEFT_LAYERING_LAYERING_H_
#define WEFT_LAYERING_LAYERING_H_

#include <string>
#include <vector>

namespace weft::layering {

struct SourceFile {
  std::string path;  // from the root of the tree, for example "lib/json/parse.cc"
  std::string text;
};

// The C++ files of the rooms and of the command line, and the public headers.
std::vector<SourceFile> ReadTree(const std::string& root);

// One line "PATH:LINE: what" for each include, include guard and name that breaks a rule, in the
// order of the files. `tree` is complete: an include is looked up in it.
std::vector<std::string> Violations(const std::vector<SourceFile>& tree);

}  // namespace weft::layering

#endif  // WEFT_LAYERING_LAYERING_H_
