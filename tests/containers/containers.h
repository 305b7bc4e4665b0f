// The containers that weft reads and writes, as their documents describe them (docs/formats/).
#ifndef WEFT_TESTS_CONTAINERS_CONTAINERS_H_
#define WEFT_TESTS_CONTAINERS_CONTAINERS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "containers/random.h"
#include "files/safetensors_files.h"
#include "weft/weft.h"

namespace weft::test {

enum class Family {
  kSafetensors,
  kPyTorch,
  kMindSpore,
  kMindSporeSafetensors,
  kNpz,
  kNpyDirectory
};

struct Container {
  Family family;
  std::string name;  // of the test
  std::string file;  // of the destination
  std::string format;
  uint64_t max_shard_bytes;
};

const std::vector<Container>& Containers();

// The name of the error with which the family refuses a tensor, from what its document says; "OK"
// when it holds it.
std::string VerdictOf(Family family, const std::string& name, const FileTensor& tensor);

// A tensor of each kind in turn: dtypes, ranks from 0 to 5, sizes from 0, names that need care.
// Those that one of `families` refuses are left out.
FileTensors RandomTensors(const std::vector<Family>& families, Random& random, int count);

// Names that are hard on someone.
const std::vector<std::string>& OddNames();

// Writes the tensors of `source` with `threads` and memory chosen at random; no rule but identity.
absl::Status Rewrite(const std::string& source, const std::string& destination,
                     const Container& container, Random& random);

// The tensors of a checkpoint, loaded with options chosen at random. Fails the test on any error.
FileTensors LoadTensors(const std::string& path, Random& random);

}  // namespace weft::test

#endif  // WEFT_TESTS_CONTAINERS_CONTAINERS_H_
