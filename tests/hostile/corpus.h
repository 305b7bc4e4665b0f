// Files that break the rules of docs/formats/, made here, each with the error that the document
// says; and files that look wrong and are right.
#ifndef WEFT_TESTS_HOSTILE_CORPUS_H_
#define WEFT_TESTS_HOSTILE_CORPUS_H_

#include <map>
#include <string>
#include <vector>

namespace weft::test {

struct HostileFile {
  std::string what;  // of the test: what is wrong with it
  std::string bytes;
  std::string verdict;  // of opening it and reading all tensors: "OK" or the error's name
  // Its name, which matters where the content says nothing.
  std::string file;
  std::map<std::string, std::string> beside = {};  // other files of the directory
};

std::vector<HostileFile> HostileSafetensors();
std::vector<HostileFile> HostileIndexes();
std::vector<HostileFile> HostileZips();
std::vector<HostileFile> HostilePickles();
std::vector<HostileFile> HostileLegacyTorch();
std::vector<HostileFile> HostileMindSpore();
std::vector<HostileFile> HostileArrays();
std::vector<HostileFile> HostileArchives();
std::vector<HostileFile> HostileModels();

// One small file of each format, all of which are right.
std::vector<HostileFile> Controls();

}  // namespace weft::test

#endif  // WEFT_TESTS_HOSTILE_CORPUS_H_
