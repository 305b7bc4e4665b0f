// Loads each rank of a model, and holds what it gets against rows of the whole that a test lists by
// hand. Nothing here reads a sharding section.
#ifndef WEFT_TESTS_RANKS_RANKS_H_
#define WEFT_TESTS_RANKS_RANKS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "files/safetensors_files.h"
#include "weft/weft.h"

namespace weft::test {

// Which rows of a tensor a rank has, along one axis, in the order in which it has them.
struct Rows {
  size_t axis = 0;
  std::vector<int64_t> rows;
  bool whole = false;  // all of them, whatever the axis is
};

inline Rows Whole() { return {0, {}, true}; }

// Rows first … last − 1 of `units` equal blocks, each of `size` rows, behind `offset` rows.
std::vector<int64_t> Blocks(int64_t first, int64_t last, int64_t size, int64_t offset = 0);

// One behind the other.
std::vector<int64_t> operator+(std::vector<int64_t> a, const std::vector<int64_t>& b);

// The share of rank `rank` of `ranks` in units 0 … units − 1; and the units that it has where ranks
// share them.
struct Share {
  int64_t first = 0;
  int64_t last = 0;
};
Share Of(int64_t units, int64_t rank, int64_t ranks);
Share SharedOf(int64_t units, int64_t rank, int64_t ranks);

// nullopt: the rank does not have the tensor.
using Listing =
    std::function<std::optional<Rows>(const std::string& name, int64_t rank, int64_t ranks)>;

// The rows of a tensor, copied out.
FileTensor Take(const FileTensor& tensor, const Rows& rows);

struct Model {
  Mapping mapping = Mapping::Identity();
  std::string source;  // path
  std::string config;  // path of config.json; empty for none
  CompileOptions options = {};
};

// What a rank gets, and what it read.
struct LoadedRank {
  FileTensors tensors;
  uint64_t bytes_read = 0;
  uint64_t gap_bytes = 0;
  uint64_t planned_bytes_read = 0;
};

// The whole, without a rank.
FileTensors LoadWhole(const Model& model);
LoadedRank LoadRank(const Model& model, int64_t rank, int64_t ranks);

// For each number of ranks: every rank has what `listing` says of `whole`, bit for bit, and nothing
// else; all ranks together have every row; and none requests more than its bytes, besides the gaps
// between short runs.
void CheckRanks(const Model& model, const FileTensors& whole, const Listing& listing,
                const std::vector<int64_t>& numbers_of_ranks = {1, 2, 3, 4, 8});

}  // namespace weft::test

#endif  // WEFT_TESTS_RANKS_RANKS_H_
