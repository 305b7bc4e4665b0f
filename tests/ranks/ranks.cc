#include "ranks/ranks.h"

#include <algorithm>
#include <catch2/catch.hpp>
#include <set>
#include <utility>

#include "files/temporary_directory.h"

namespace weft::test {
namespace {

absl::StatusOr<Plan> PlanOf(const Model& model, const Checkpoint& checkpoint,
                            const std::optional<Shard>& shard) {
  CompileOptions options = model.options;
  if (!model.config.empty()) options.config_json = ReadFile(model.config);
  // A model's own sharding stays.
  if (shard.has_value()) {
    if (!options.shard.has_value()) options.shard.emplace();
    options.shard->rank = shard->rank;
    options.shard->world_size = shard->world_size;
  } else {
    options.shard.reset();
  }
  return Compile({model.mapping}, checkpoint.catalog(), options);
}

LoadedRank LoadPart(const Model& model, const std::optional<Shard>& shard) {
  const absl::StatusOr<Checkpoint> checkpoint = Checkpoint::Open(model.source);
  INFO(checkpoint.status());
  REQUIRE(checkpoint.ok());
  const absl::StatusOr<Plan> plan = PlanOf(model, *checkpoint, shard);
  INFO(plan.status());
  REQUIRE(plan.ok());
  LoadOptions options;
  options.threads = 2;
  const absl::StatusOr<LoadedCheckpoint> loaded = Load(*plan, *checkpoint, options);
  INFO(loaded.status());
  REQUIRE(loaded.ok());
  LoadedRank rank;
  rank.bytes_read = loaded->bytes_read;
  rank.gap_bytes = loaded->gap_bytes;
  rank.planned_bytes_read = plan->bytes_read;
  for (const LoadedTensor& tensor : loaded->tensors) {
    FileTensor& copy = rank.tensors[tensor.name];
    copy.dtype = NameOf(tensor.dtype);
    copy.shape.assign(tensor.shape.begin(), tensor.shape.end());
    if (tensor.size_bytes > 0) copy.data.assign(tensor.data, tensor.size_bytes);
  }
  return rank;
}

// Which rows of each tensor some rank has had.
class Coverage {
 public:
  void Add(const std::string& name, const Rows& rows) {
    if (rows.whole) {
      whole_.insert(name);
    } else {
      rows_[name].insert(rows.rows.begin(), rows.rows.end());
      axes_[name] = rows.axis;
    }
  }

  bool HasAll(const std::string& name, const FileTensor& tensor) const {
    if (whole_.count(name) != 0) return true;
    const auto found = rows_.find(name);
    return found != rows_.end() &&
           found->second.size() == static_cast<size_t>(tensor.shape[axes_.at(name)]);
  }

 private:
  std::set<std::string> whole_;
  std::map<std::string, std::set<int64_t>> rows_;
  std::map<std::string, size_t> axes_;
};

}  // namespace

std::vector<int64_t> Blocks(int64_t first, int64_t last, int64_t size, int64_t offset) {
  std::vector<int64_t> rows;
  for (int64_t row = first * size; row < last * size; ++row) rows.push_back(offset + row);
  return rows;
}

std::vector<int64_t> operator+(std::vector<int64_t> a, const std::vector<int64_t>& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

Share Of(int64_t units, int64_t rank, int64_t ranks) {
  return {rank * units / ranks, (rank + 1) * units / ranks};
}

Share SharedOf(int64_t units, int64_t rank, int64_t ranks) {
  return {rank * units / ranks, ((rank + 1) * units + ranks - 1) / ranks};
}

FileTensor Take(const FileTensor& tensor, const Rows& rows) {
  if (rows.whole) return tensor;
  FileTensor part;
  part.dtype = tensor.dtype;
  part.shape = tensor.shape;
  part.shape[rows.axis] = static_cast<int64_t>(rows.rows.size());
  int64_t outer = 1;
  for (size_t axis = 0; axis < rows.axis; ++axis) outer *= tensor.shape[axis];
  const auto row_bytes = tensor.data.size() / static_cast<size_t>(outer * tensor.shape[rows.axis]);
  for (int64_t block = 0; block < outer; ++block) {
    for (const int64_t row : rows.rows) {
      part.data += tensor.data.substr(
          static_cast<size_t>(block * tensor.shape[rows.axis] + row) * row_bytes, row_bytes);
    }
  }
  return part;
}

FileTensors LoadWhole(const Model& model) { return LoadPart(model, std::nullopt).tensors; }

LoadedRank LoadRank(const Model& model, int64_t rank, int64_t ranks) {
  return LoadPart(model, Shard{static_cast<uint64_t>(rank), static_cast<uint64_t>(ranks)});
}

void CheckRanks(const Model& model, const FileTensors& whole, const Listing& listing,
                const std::vector<int64_t>& numbers_of_ranks) {
  for (const int64_t ranks : numbers_of_ranks) {
    Coverage coverage;
    for (int64_t rank = 0; rank < ranks; ++rank) {
      CAPTURE(rank, ranks);
      FileTensors expected;
      uint64_t bytes = 0;
      for (const auto& [name, tensor] : whole) {
        const std::optional<Rows> rows = listing(name, rank, ranks);
        if (!rows.has_value()) continue;
        expected[name] = Take(tensor, *rows);
        bytes += expected[name].data.size();
        coverage.Add(name, *rows);
      }
      const LoadedRank loaded = LoadRank(model, rank, ranks);
      CheckSame(loaded.tensors, expected);
      CHECK(loaded.planned_bytes_read == bytes);
      CHECK(loaded.bytes_read - loaded.gap_bytes <= bytes);
    }
    for (const auto& [name, tensor] : whole) {
      CAPTURE(name, ranks);
      CHECK(coverage.HasAll(name, tensor));
    }
  }
}

}  // namespace weft::test
