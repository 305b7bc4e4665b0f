// The golden cases: checkpoints that the original programs made of one another.
#ifndef WEFT_TESTS_GOLDEN_CASES_H_
#define WEFT_TESTS_GOLDEN_CASES_H_

#include <string>
#include <vector>

namespace weft::test {

struct GoldenCase {
  std::string name;      // "mixtral", "mixtral (shared)"
  std::string mapping;   // built-in
  std::string source;    // a directory, or a file
  std::string expected;  // a file: what the original program makes of the source
  std::string config;    // the config.json of either side
  // A file: what the original program makes of the source when it casts to BF16. Empty: it does
  // not.
  std::string expected_bf16;
  std::string lost;  // the tensor of the source that no way back gives again. Empty: there is none
};

// The cases beside this file and, where there is one, those of the shared folder.
const std::vector<GoldenCase>& GoldenCases();

// The folder with the shared cases: $WEFT_GOLDEN, or ../shared/golden beside the project. Empty
// where there is none.
std::string SharedGoldenFolder();

}  // namespace weft::test

#endif  // WEFT_TESTS_GOLDEN_CASES_H_
