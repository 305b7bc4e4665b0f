// A conversion into a template, and what comes of it.
#ifndef WEFT_TESTS_INTO_JOB_H_
#define WEFT_TESTS_INTO_JOB_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "files/checkpoint_tensors.h"
#include "weft/weft.h"

namespace weft::test {

// A file of tests/into/files.
std::string PathOf(const std::string& name);

struct Job {
  std::string source;
  std::string into;
  std::string destination;
  std::vector<Mapping> mappings = {Mapping::Identity()};
  CompileOptions compile = {};
  bool overwrite = false;
};

// What was written, and what the plan warned of.
struct Written {
  ConvertReport report;
  std::vector<std::string> warnings;
};

absl::StatusOr<Written> Run(const Job& job);

// Fails the test where that fails.
Written MustRun(const Job& job);

// What is wrong, all of it as one text; empty where nothing is.
std::string ProblemOf(const Job& job);

bool Holds(const std::string& text, const std::string& part);

Mapping MappingOf(const Stage& stage);

}  // namespace weft::test

#endif  // WEFT_TESTS_INTO_JOB_H_
